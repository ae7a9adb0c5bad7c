// The trace page on its own, without a workbench: what a person does there with mouse and keys, long traces, broken
// files, text that looks like HTML, and whether assistive technology can use it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { writeTrace } from '../../core/trace/write';
import type { Finding, OutcomeCount } from '../../protocol/finding';
import { traceOf } from '../unit/core/trace-of';
import { openBrowser, openPage, type TestPage } from './page/host';

const GOROUTINES = 8;
const ROUNDS = 1_000;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const finding: Finding = {
  id: '0123456789ab',
  kind: 'deadlock',
  verdict: 'confirmed',
  message: 'Goroutine 1.2 waits for <b>m.mu</b>',
  explanation: ['<img src=x onerror=alert(1)>'],
  package: 'p',
  test: 'TestP',
  sites: [{ file: 'main.go', line: 5, column: 1, role: 'waits', operation: 'lock' }],
  schedule: 'schedules/0123456789ab.json',
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

const CROSSING = `
  1 go >1.1 :1
  1 lock mutex/a :3
  1.1 start ~0
  1.1 lock mutex/b :5
  1.1 send chan/results/4 :6
  1 lock!block mutex/b :8
  1.1 lock!block mutex/a :9`;
const crossing = (): Uint8Array => writeTrace(traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' }));
/** Each event is a step of its own. */
const TURNS = ['1', '1', '1.1', '1.1', '1.1', '1', '1.1'].map((g, at) => ({ at, g }));

describe('the trace page', () => {
  let browser: Browser;
  let tested: TestPage;
  before(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    tested = await openPage(browser);
    await tested.theme('dark');
  });
  afterEach(() => tested.page.close());
  after(() => browser?.close());

  const grid = () => tested.page.getByRole('grid');
  const said = (text: string | RegExp) => tested.page.locator('.details h2', { hasText: text }).waitFor();
  const last = async () => (await tested.sent()).at(-1);

  it('holds no more in the document than it shows', async () => {
    await tested.show(longTrace());
    const count = 2 * GOROUTINES * ROUNDS + GOROUTINES + 2;
    await tested.page.getByText(`${count.toLocaleString('en')} events`).waitFor();
    assert.equal(await grid().getAttribute('aria-colcount'), String(count + 1));
    for (const [key, event] of [
      ['Home', 0],
      ['End', count - 1],
    ] as const) {
      await grid().press(key);
      await said(event === 0 ? 'starts goroutine 1.1' : 'goroutine 1.2 waits for m.mu');
      assert.equal(await tested.chosen(), event);
      assert.ok((await tested.page.locator('*').count()) < 1_500);
    }
  });

  it('begins at the wait that the finding is about, and asks for its line', async () => {
    await tested.show(longTrace(), { finding });
    await said('goroutine 1.2 waits for m.mu');
    assert.deepEqual(
      (await tested.sent()).map(({ type }) => type),
      ['ready'],
      'nothing is opened before the reader steps',
    );
    await grid().press('Enter');
    await tested.page.waitForFunction(() => Reflect.get(window, 'sent').length > 1);
    assert.deepEqual(await last(), { type: 'reveal', file: 'main.go', line: 5, column: 2, takeFocus: true });
  });

  it('steps by event, by goroutine and to the other side, and the editor follows', async () => {
    await tested.show(
      writeTrace(traceOf('1 go >1.1 :1\n1.1 start ~0 :2\n1.1 send chan/c :3\n1 receive chan/c ~2 :4\n1.1 end :5')),
    );
    await grid().press('Home');
    for (const [key, event] of [
      ['Shift+ArrowRight', 3],
      ['p', 2],
      ['Shift+ArrowLeft', 1],
      ['ArrowUp', 0],
      ['ArrowDown', 1],
      ['ArrowRight', 2],
      ['PageDown', 4],
      ['ArrowLeft', 3],
    ] as const) {
      await grid().press(key);
      assert.equal(await tested.chosen(), event, key);
    }
    await said('goroutine 1 receives from c');
    const revealed = (await tested.sent()).filter(({ type }) => type === 'reveal').at(-1);
    assert.deepEqual(revealed, { type: 'reveal', file: 'main.go', line: 4, column: 2, takeFocus: false });
    await tested.page.getByLabel('Follow in editor').uncheck();
    const before = (await tested.sent()).length;
    await grid().press('Home');
    await said('starts goroutine 1.1');
    assert.equal((await tested.sent()).length, before);
    await grid().press('Escape');
    assert.equal(await tested.chosen(), undefined);
    assert.deepEqual(await last(), { type: 'unmark' });
  });

  it('tells each step to who does not see it, and where the minimap is', async () => {
    await tested.show(longTrace());
    const status = tested.page.locator('.status-line[role="status"]');
    await grid().press('Home');
    await status.getByText('goroutine 1 starts goroutine 1.1 at main.go:1').waitFor();
    await grid().press('ArrowRight');
    await status.getByText('goroutine 1 starts goroutine 1.2 at main.go:1').waitFor();
    const map = tested.page.getByRole('scrollbar', { name: 'Part of the run that is shown' });
    assert.match((await map.getAttribute('aria-valuetext')) ?? '', /^events 1 to \d+ of 16010$/);
    await map.press('End');
    assert.match((await map.getAttribute('aria-valuetext')) ?? '', /^events \d{4,} to 16010 of 16010$/);
    await map.press('Home');
    assert.match((await map.getAttribute('aria-valuetext')) ?? '', /^events 1 to /);
    assert.equal(await tested.chosen(), 1, 'looking elsewhere chooses nothing');
  });

  it('can be used with the mouse', async () => {
    await tested.show(crossing(), { finding });
    await grid().press('Home');
    const cell = tested.page.getByRole('gridcell', { name: /locks a/ });
    await cell.click();
    await said('goroutine 1 locks a');
    await cell.hover();
    await tested.page.locator('.tip.shown', { hasText: 'goroutine 1 locks a' }).waitFor();
    const before = await cell.evaluate((it) => it.getBoundingClientRect().width);
    await tested.page.keyboard.down('Control');
    await tested.page.mouse.wheel(0, 200);
    await tested.page.keyboard.up('Control');
    await tested.page.waitForFunction(
      (width) => document.querySelector('[role=gridcell]')!.getBoundingClientRect().width < width,
      before,
    );
    await tested.page.getByRole('button', { name: 'Next event' }).click();
    await said('goroutine 1.1 begins');
    await cell.dblclick();
    await tested.page.waitForFunction(() =>
      Reflect.get(window, 'sent').some((it: { takeFocus?: boolean }) => it.takeFocus),
    );
  });

  it('shows the state after each event', async () => {
    await tested.show(crossing(), { finding });
    await tested.page.getByRole('tab', { name: 'State' }).click();
    await grid().press('End');
    const row = (table: string, name: string) =>
      tested.page.getByRole('table', { name: table }).getByRole('row', { name: new RegExp(`^${name}`) });
    await row('Goroutines', '1.1').filter({ hasText: 'waits for a' }).waitFor();
    assert.match(await row('Locks', 'a').innerText(), /a\s+1\s+1\.1/);
    assert.match(await row('Channels', 'results').innerText(), /1 of 4 from 1\.1/);
    await row('Locks', 'b').getByRole('button').first().click();
    await said('goroutine 1.1 locks b');
    assert.match(await row('Goroutines', '1 ').innerText(), /runnable/);
  });

  it('draws who waits for whom, and says it in words', async () => {
    await tested.show(crossing(), { finding });
    await tested.page.getByRole('tab', { name: 'Who waits for whom' }).click();
    await grid().press('End');
    await tested.page.getByText('1, 1.1 wait for each other.').waitFor();
    assert.equal(await tested.page.locator('.graph .node.cycle').count(), 2);
    assert.equal(await tested.page.locator('.graph .edge.cycle').count(), 2);
    await grid().press('Home');
    await tested.page.getByText('Nobody waits after this event.').waitFor();
  });

  it('asks what would be if another goroutine went first, and shows that run beside', async () => {
    await tested.show(crossing(), { finding, turns: TURNS });
    await grid().press('Home');
    await grid().press('ArrowRight');
    await grid().press('ArrowRight');
    await tested.page.getByText('Step 3: who could go on').waitFor();
    await tested.page.getByRole('button', { name: 'What if goroutine 1 went first?' }).click();
    assert.deepEqual(await last(), { type: 'whatIf', step: 2, goroutine: '1' });
    const other =
      '1 go >1.1 :1\n1 lock mutex/a :3\n1 lock mutex/b :8\n1 unlock mutex/b :9\n1.1 start ~0\n1.1 lock mutex/b :5';
    await tested.send(
      {
        type: 'run',
        run: 'aaaaaaaaaaaa',
        title: '1 first at step 3',
        outcome: 'The test passed and every goroutine ended.',
        passed: true,
        compare: false,
        turns: ['1', '1', '1', '1', '1.1', '1.1'].map((g, at) => ({ at, g })),
        counts: [],
      },
      writeTrace(traceOf(other, { test: 'TestP' })),
    );
    await tested.page.getByRole('button', { name: '1 first at step 3', pressed: true }).waitFor();
    await tested.page.getByRole('tab', { name: 'Compare' }).click();
    await tested.page.getByText('The first 2 events are the same.').waitFor();
    await grid().press('End');
    await tested.page.getByText('who could go on').waitFor();
    await tested.page.getByRole('button', { name: 'The run that was found' }).click();
    await said('goroutine 1.1 begins');
  });

  it('shows the newest of two traces that come at once', async () => {
    const message = { type: 'trace' as const, finding, turns: TURNS, counts: [] };
    await Promise.all([tested.send(message, longTrace()), tested.send(message, crossing())]);
    await tested.page.getByText('7 events').waitFor();
    await tested.page.getByText('goroutine 1.1 waits for a').first().waitFor();
    assert.equal(await tested.page.locator('.run').count(), 0);
  });

  it('folds goroutines that are alike into a lane, and takes them apart', async () => {
    const workers = Array.from({ length: 40 }, (_, at) => `1.${at + 1}`);
    const lines = ['1 lock mutex/m.mu :2', ...workers.map((path) => `1 go >${path} :3`)];
    lines.push(...workers.map((path) => `${path} start`), ...workers.map((path) => `${path} lock!block mutex/m.mu :5`));
    const trace = traceOf(lines.join('\n'), { test: 'TestP', outcome: 'blocked' });
    for (const site of trace.header.sites) {
      if (site.operation === 'go') site.expression = 'worker';
      else site.function = 'worker';
    }
    await tested.show(writeTrace(trace));
    const rows = (count: number) => tested.page.locator(`[role=grid][aria-rowcount="${count}"]`).waitFor();
    await rows(2);
    await tested.page.getByText('41 goroutines').waitFor();
    await tested.page.getByRole('rowheader', { name: '40 goroutines that are alike, worker' }).waitFor();
    await grid().press('End');
    await said('goroutine 1.40 waits for m.mu');
    const table = tested.page.getByRole('table', { name: 'Goroutines' });
    assert.match(
      await table.getByRole('row', { name: /^1\.1, 1\.2, 1\.3 and 37 more/ }).innerText(),
      /waits for m\.mu/,
    );
    assert.equal(await table.getByRole('row').count(), 3, 'a head, the holder and all who wait');
    await grid().press('f');
    await rows(41);
    await tested.page.getByRole('status').getByText('Unfolded 40 goroutines').waitFor();
    assert.equal(await tested.chosen(), 120, 'what was chosen stays so');
    await grid().press('f');
    await rows(2);
    await tested.page.locator('canvas.lanes').click({ position: { x: 60, y: 90 }, force: true });
    await rows(41);
    await tested.page.getByText('Filter', { exact: true }).click();
    await tested.page.getByLabel(/Fold goroutines/).check();
    await rows(2);
    await tested.page.getByLabel(/Fold goroutines/).uncheck();
    await rows(41);
  });

  it('marks what was not to be expected, and says how seldom it is', async () => {
    const trace = traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' });
    const { column } = trace.header.sites.find(({ line }) => line === 9)!;
    const count: OutcomeCount = {
      ...{ file: 'main.go', line: 9, column, operation: 'lock', expression: 'a', runs: 900 },
      outcomes: { 'at-once': 990, 'blocked-for-ever': 10 },
    };
    await tested.show(writeTrace(trace), { finding, turns: TURNS, counts: [count] });
    await grid().press('Home');
    await said('starts goroutine 1.1');
    await tested.page.getByRole('button', { name: '1 surprising' }).click();
    await said('goroutine 1.1 waits for a');
    const words = /Surprising: blocked for ever, [\d.]+ %, by 10 of 1,000 times in 900 runs; usually goes on at once/;
    await tested.page.locator('.surprise', { hasText: words }).waitFor();
    await tested.page.getByRole('status').getByText(words).waitFor();
    await grid().press('Home');
    await grid().press('s');
    await said('goroutine 1.1 waits for a');
  });

  it('shows the calls that led to an event, each with its line', async () => {
    const trace = traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' });
    trace.header.frames = [
      { function: 'example.com/p.TestP.func1', file: 'main_test.go', line: 20 },
      { function: 'example.com/x.Each', file: '../x/each.go', line: 7, caller: 0, outside: true },
      { function: 'example.com/p.(*T).work', file: 'main.go', line: 9, caller: 1 },
    ];
    trace.stacks = Int32Array.from({ length: trace.count }, (_, event) => (event === trace.count - 1 ? 2 : -1));
    await tested.show(writeTrace(trace), { finding });
    await grid().press('End');
    const callers = tested.page.locator('.details .stack li');
    assert.deepEqual(await callers.allInnerTexts(), ['each.go:7 Each', 'main_test.go:20 TestP.func1']);
    await callers.getByRole('button', { name: 'main_test.go:20' }).click();
    assert.deepEqual(await last(), { type: 'reveal', file: 'main_test.go', line: 20, column: 1, takeFocus: true });
    await tested.page.getByRole('tab', { name: 'State' }).click();
    const row = tested.page.getByRole('table', { name: 'Goroutines' }).getByRole('row', { name: /^1\.1/ });
    await row.getByText('stack').click();
    await row.getByText('main_test.go:20').waitFor();
    assert.equal(await row.getByRole('button', { name: 'each.go:7' }).count(), 0, 'what is outside cannot be opened');
  });

  it('ends a run that is not wanted any more', async () => {
    await tested.show(crossing(), { finding, turns: TURNS });
    assert.equal(await tested.page.getByRole('button', { name: 'Cancel' }).count(), 0);
    await tested.page.getByRole('button', { name: 'Compare with a passing run' }).click();
    await tested.page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(await last(), { type: 'cancel' });
    await tested.send({ type: 'refused', problem: 'Cancelled.' });
    await tested.page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'hidden' });
  });

  it('says why a run could not be made', async () => {
    await tested.show(crossing(), { finding, turns: TURNS });
    await tested.page.getByRole('button', { name: 'Compare with a passing run' }).click();
    assert.deepEqual(await last(), { type: 'passing' });
    await tested.page.locator('main[aria-busy="true"]').waitFor();
    await tested.send({ type: 'refused', problem: 'None of 3 runs passes.' });
    await tested.page.getByRole('status').getByText('None of 3 runs passes.').waitFor();
    await tested.page.locator('main[aria-busy="false"]').waitFor();
  });

  it('shows what was known of the next operation beside what happened', async () => {
    const trace = traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' });
    const { column } = trace.header.sites.find(({ line }) => line === 9)!;
    const count: OutcomeCount = {
      ...{ file: 'main.go', line: 9, column, operation: 'lock', expression: 'a', runs: 40 },
      outcomes: { 'at-once': 30, 'blocked-for-ever': 10 },
    };
    await tested.show(writeTrace(trace), { finding, turns: TURNS, counts: [count] });
    await grid().press('End');
    const row = tested.page.locator('.shares tr.happened');
    await row.filter({ hasText: 'blocked for ever' }).waitFor();
    assert.match(await row.innerText(), /24 %\s+10\s+in this run/);
  });

  it('searches and filters', async () => {
    await tested.show(longTrace(), { finding });
    await grid().press('/');
    const field = tested.page.getByRole('searchbox');
    await field.fill('unlock 1.3');
    await tested.page.getByText('of 1,000').waitFor();
    await field.press('Enter');
    await said('goroutine 1.3 unlocks m.mu');
    await tested.page.getByText('1 of 1,000').waitFor();
    await field.press('Shift+Enter');
    await tested.page.getByText('1,000 of 1,000').waitFor();
    await field.fill('nothing like that');
    await tested.page.getByText('nothing found').waitFor();
    await tested.page.getByText('Filter', { exact: true }).click();
    await tested.page.getByLabel('Locks and groups').uncheck();
    await tested.page.waitForFunction(
      (count) => document.querySelector('[role=grid]')!.getAttribute('aria-colcount') === count,
      String(GOROUTINES + 1),
    );
    await tested.page.getByRole('button', { name: 'Everything' }).click();
    await tested.page.waitForFunction(
      (count) => document.querySelector('[role=grid]')!.getAttribute('aria-colcount') === count,
      String(2 * GOROUTINES * ROUNDS + GOROUTINES + 3),
    );
  });

  it('copies what it shows', async () => {
    await tested.show(crossing(), { finding });
    await tested.page.getByText('Copy', { exact: true }).click();
    await tested.page.getByRole('button', { name: 'Markdown table' }).click();
    await tested.page.getByText('Copied 7 events.').waitFor();
    const copied = await last();
    assert.ok(copied?.type === 'copy' && /\| 2\. +\| acq\(a\)/.test(copied.text), JSON.stringify(copied));
    await tested.page.getByText('Copy', { exact: true }).click();
    await tested.page.getByRole('button', { name: /Perfetto/ }).click();
    await tested.page.waitForFunction(() => Reflect.get(window, 'sent').at(-1).type === 'save');
  });

  it('shades past and future of an event', async () => {
    await tested.show(crossing(), { finding });
    const pixels = () => tested.page.locator('canvas.lanes').evaluate((it) => (it as HTMLCanvasElement).toDataURL());
    await grid().press('Home');
    await said('starts goroutine 1.1');
    const before = await pixels();
    await grid().press('c');
    await tested.page.waitForFunction(
      (old) => (document.querySelector('canvas.lanes') as HTMLCanvasElement).toDataURL() !== old,
      before,
    );
    assert.equal(await tested.page.getByLabel('Past and future').isChecked(), true);
  });

  it('shows text as text', async () => {
    await tested.show(longTrace(), { finding });
    await tested.page.getByRole('heading', { name: '<b>m.mu</b>' }).waitFor();
    assert.equal(await tested.page.locator('img, h1 b').count(), 0);
  });

  it('says what is wrong with a file that is no trace, and with one that was cut off', async () => {
    await tested.send({ type: 'trace', turns: [], counts: [] }, new Uint8Array([1, 2, 3]));
    await tested.page.getByRole('status').getByText('A trace has at least 16 bytes').waitFor();
    const whole = longTrace();
    await tested.show(whole.subarray(0, whole.length - 100));
    await tested.page.getByRole('status').getByText('cut off').waitFor();
  });

  for (const theme of ['dark', 'light', 'high-contrast'] as const) {
    it(`has nothing that axe objects to, ${theme}`, async () => {
      await tested.theme(theme);
      await tested.show(crossing(), { finding, turns: TURNS });
      await tested.page.evaluate(axe);
      for (const tab of ['Why', 'State', 'Who waits for whom']) {
        await tested.page.getByRole('tab', { name: tab }).click();
        await tested.page.locator('#panel > *').waitFor();
        const violations = await tested.page.evaluate(async () => {
          const result = await Reflect.get(window, 'axe').run(document, { resultTypes: ['violations'] });
          return result.violations.map(
            ({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
              `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
          );
        });
        assert.deepEqual(violations, [], tab);
      }
    });
  }

  it('moves nothing for who wants no motion', async () => {
    await tested.page.emulateMedia({ reducedMotion: 'reduce' });
    await tested.show(crossing(), { finding, turns: TURNS });
    await tested.page.getByRole('button', { name: 'Compare with a passing run' }).click();
    await tested.page.locator('main[aria-busy="true"]').waitFor();
    assert.equal(await tested.page.evaluate(() => document.getAnimations().length), 0);
  });
});
