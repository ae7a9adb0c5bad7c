// The trace page on its own, without a workbench: long traces, broken files, text that looks like HTML.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { writeTrace } from '../../core/trace/write';
import type { Finding } from '../../protocol/finding';
import type { FromTracePage } from '../../protocol/webview';
import { findChromium } from '../../scripts/vscode-host/workbench.mjs';
import { traceOf } from '../unit/core/trace-of';

const dist = path.join(import.meta.dirname, '../../dist/media');
const GOROUTINES = 8;
const ROUNDS = 1_000;

/** What VS Code gives a page. */
const HOST =
  'sent = []; acquireVsCodeApi = () => ({ postMessage: (message) => sent.push(message), setState: () => {} });';

const finding: Finding = {
  id: '0123456789ab',
  kind: 'deadlock',
  verdict: 'confirmed',
  message: 'Goroutine 1.2 waits for <b>m.mu</b>',
  explanation: ['<img src=x onerror=alert(1)>'],
  package: 'p',
  test: 'TestP',
  sites: [{ file: 'main.go', line: 5, column: 1, role: 'waits', operation: 'lock' }],
  analysis: { name: 'deadlock', sound: true },
};

/** Every goroutine locks and unlocks in turn; the last waits for ever. */
function longTrace(): Uint8Array {
  const lines = Array.from({ length: GOROUTINES }, (_, index) => `1 go >1.${index + 1} :1`);
  for (let round = 0; round < ROUNDS; round++) {
    for (let goroutine = 1; goroutine <= GOROUTINES; goroutine++) {
      lines.push(`1.${goroutine} lock mutex/m.mu :2`, `1.${goroutine} unlock mutex/m.mu :3`);
    }
  }
  lines.push('1.1 lock mutex/m.mu :4', '1.2 lock!block mutex/m.mu :5');
  return writeTrace(traceOf(lines.join('\n'), { test: 'TestP', outcome: 'blocked' }));
}

describe('the trace page', () => {
  let browser: Browser;
  let page: Page;
  before(async () => {
    browser = await chromium.launch({ executablePath: findChromium(), chromiumSandbox: false });
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    page.setDefaultTimeout(10_000);
    await page.setContent('<!doctype html><body></body>');
    for (const style of ['lanes.css', 'trace.css']) {
      await page.addStyleTag({ content: readFileSync(path.join(dist, style), 'utf8') });
    }
    await page.addScriptTag({ content: HOST });
    await page.addScriptTag({ content: readFileSync(path.join(dist, 'trace.js'), 'utf8') });
  });
  afterEach(() => page.close());
  after(() => browser?.close());

  /** As the extension sends it. */
  function show(bytes: Uint8Array): Promise<void> {
    return page.evaluate(
      ({ values, finding }) =>
        window.postMessage(
          { type: 'trace', bytes: new Uint8Array(values), finding, state: { root: 'file:///r', id: finding.id } },
          '*',
        ),
      { values: [...bytes], finding },
    );
  }
  const sent = (): Promise<FromTracePage[]> => page.evaluate(() => Reflect.get(window, 'sent'));
  const active = () => page.getByRole('grid').getAttribute('aria-activedescendant');

  it('holds no more in the document than it shows', async () => {
    await show(longTrace());
    await page.locator('.event').first().waitFor();
    const count = 2 * GOROUTINES * ROUNDS + GOROUTINES + 2;
    await page.getByText(`${count.toLocaleString('en')} events`).waitFor();
    const grid = page.getByRole('grid');
    assert.equal(await grid.getAttribute('aria-colcount'), String(count + 1));
    for (const key of ['Home', 'End']) {
      await grid.press(key);
      await page.locator('.event.selected').waitFor();
      assert.ok((await page.locator('*').count()) < 1_000);
    }
    assert.equal(await active(), `event-${count - 1}`);
    await page.locator('.wait.for-ever').first().waitFor();
  });

  it('begins at the wait that the finding is about, and asks for its line', async () => {
    await show(longTrace());
    await page.locator('.details h2', { hasText: 'goroutine 1.2 waits for m.mu' }).waitFor();
    await page.getByRole('grid').press('Enter');
    const message = (await sent()).at(-1);
    assert.deepEqual(message, { type: 'reveal', file: 'main.go', line: 5, column: 2, takeFocus: true });
  });

  it('steps by goroutine and to the other side', async () => {
    await show(
      writeTrace(traceOf('1 go >1.1 :1\n1.1 start ~0 :2\n1.1 send chan/c :3\n1 receive chan/c ~2 :4\n1.1 end :5')),
    );
    const grid = page.getByRole('grid');
    await grid.press('Home');
    for (const [key, event] of [
      ['Shift+ArrowRight', 3],
      ['p', 2],
      ['Shift+ArrowLeft', 1],
      ['ArrowUp', 0],
      ['ArrowDown', 1],
      ['ArrowRight', 2],
      ['PageDown', 4],
    ] as const) {
      await grid.press(key);
      assert.equal(await active(), `event-${event}`, key);
    }
    assert.equal(await page.locator('.arrow').count(), 2);
  });

  it('shows text as text', async () => {
    await show(longTrace());
    await page.getByRole('heading', { name: '<b>m.mu</b>' }).waitFor();
    assert.equal(await page.locator('img, h1 b').count(), 0);
  });

  it('says what is wrong with a file that is no trace, and with one that was cut off', async () => {
    await show(new Uint8Array([1, 2, 3]));
    await page.getByRole('status').getByText('A trace has at least 16 bytes').waitFor();
    const whole = longTrace();
    await show(whole.subarray(0, whole.length - 100));
    await page.getByRole('status').getByText('cut off').waitFor();
    await page.locator('.event').first().waitFor();
  });
});
