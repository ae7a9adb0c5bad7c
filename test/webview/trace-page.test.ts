// The trace page on its own, without a workbench: what a person does there with mouse and keys, long traces, broken
// files, text that looks like HTML, and whether assistive technology can use it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeTrace } from '../../core/trace/write';
import { traceOf } from '../unit/core/trace-of';
import { crossing, finding, GOROUTINES, longTrace, ROUNDS, TURNS } from './page/runs';
import { onPage } from './page/suite';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the trace page', () => {
  const { tested, grid, said, last } = onPage();

  it('holds no more in the document than it shows', async () => {
    await tested().show(longTrace());
    const count = 2 * GOROUTINES * ROUNDS + GOROUTINES + 2;
    await tested()
      .page.getByText(`${count.toLocaleString('en')} events`)
      .waitFor();
    assert.equal(await grid().getAttribute('aria-colcount'), String(count + 1));
    for (const [key, event] of [
      ['Home', 0],
      ['End', count - 1],
    ] as const) {
      await grid().press(key);
      await said(event === 0 ? 'starts goroutine 1.1' : 'goroutine 1.2 waits for m.mu');
      assert.equal(await tested().chosen(), event);
      assert.ok((await tested().page.locator('*').count()) < 1_500);
    }
  });

  it('begins at the wait that the finding is about, and asks for its line', async () => {
    await tested().show(longTrace(), { finding });
    await said('goroutine 1.2 waits for m.mu');
    assert.deepEqual(
      (await tested().sent()).map(({ type }) => type),
      ['ready'],
      'nothing is opened before the reader steps',
    );
    await grid().press('Enter');
    await tested().page.waitForFunction(() => Reflect.get(window, 'sent').length > 1);
    assert.deepEqual(await last(), { type: 'reveal', file: 'main.go', line: 5, column: 2, takeFocus: true });
  });

  it('steps by event, by goroutine and to the other side, and the editor follows', async () => {
    await tested().show(
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
      assert.equal(await tested().chosen(), event, key);
    }
    await said('goroutine 1 receives from c');
    const revealed = (await tested().sent()).filter(({ type }) => type === 'reveal').at(-1);
    assert.deepEqual(revealed, { type: 'reveal', file: 'main.go', line: 4, column: 2, takeFocus: false });
    await tested().page.getByLabel('Follow in editor').uncheck();
    const before = (await tested().sent()).length;
    await grid().press('Home');
    await said('starts goroutine 1.1');
    assert.equal((await tested().sent()).length, before);
    await grid().press('Escape');
    assert.equal(await tested().chosen(), undefined);
    assert.deepEqual(await last(), { type: 'unmark' });
  });

  it('tells each step to who does not see it, and where the minimap is', async () => {
    await tested().show(longTrace());
    const status = tested().page.locator('.status-line[role="status"]');
    await grid().press('Home');
    await status.getByText('goroutine 1 starts goroutine 1.1 at main.go:1').waitFor();
    await grid().press('ArrowRight');
    await status.getByText('goroutine 1 starts goroutine 1.2 at main.go:1').waitFor();
    const map = tested().page.getByRole('scrollbar', { name: 'Part of the run that is shown' });
    assert.match((await map.getAttribute('aria-valuetext')) ?? '', /^events 1 to \d+ of 16010$/);
    await map.press('End');
    assert.match((await map.getAttribute('aria-valuetext')) ?? '', /^events \d{4,} to 16010 of 16010$/);
    await map.press('Home');
    assert.match((await map.getAttribute('aria-valuetext')) ?? '', /^events 1 to /);
    assert.equal(await tested().chosen(), 1, 'looking elsewhere chooses nothing');
  });

  it('can be used with the mouse', async () => {
    await tested().show(crossing(), { finding });
    await grid().press('Home');
    const cell = tested().page.getByRole('gridcell', { name: /locks a/ });
    await cell.click();
    await said('goroutine 1 locks a');
    await cell.hover();
    await tested().page.locator('.tip.shown', { hasText: 'goroutine 1 locks a' }).waitFor();
    const before = await cell.evaluate((it) => it.getBoundingClientRect().width);
    await tested().page.keyboard.down('Control');
    await tested().page.mouse.wheel(0, 200);
    await tested().page.keyboard.up('Control');
    await tested().page.waitForFunction(
      (width) => document.querySelector('[role=gridcell]')!.getBoundingClientRect().width < width,
      before,
    );
    await tested().page.getByRole('button', { name: 'Next event' }).click();
    await said('goroutine 1.1 begins');
    await cell.dblclick();
    await tested().page.waitForFunction(() =>
      Reflect.get(window, 'sent').some((it: { takeFocus?: boolean }) => it.takeFocus),
    );
  });

  it('shows the newest of two traces that come at once', async () => {
    const message = { type: 'trace' as const, finding, turns: TURNS, counts: [] };
    await Promise.all([tested().send(message, longTrace()), tested().send(message, crossing())]);
    await tested().page.getByText('7 events').waitFor();
    await tested().page.getByText('goroutine 1.1 waits for a').first().waitFor();
    assert.equal(await tested().page.locator('.run').count(), 0);
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
    await tested().show(writeTrace(trace));
    const rows = (count: number) => tested().page.locator(`[role=grid][aria-rowcount="${count}"]`).waitFor();
    await rows(2);
    await tested().page.getByText('41 goroutines').waitFor();
    await tested().page.getByRole('rowheader', { name: '40 goroutines that are alike, worker' }).waitFor();
    await grid().press('End');
    await said('goroutine 1.40 waits for m.mu');
    const table = tested().page.getByRole('table', { name: 'Goroutines' });
    assert.match(
      await table.getByRole('row', { name: /^1\.1, 1\.2, 1\.3 and 37 more/ }).innerText(),
      /waits for m\.mu/,
    );
    assert.equal(await table.getByRole('row').count(), 3, 'a head, the holder and all who wait');
    await grid().press('f');
    await rows(41);
    await tested().page.getByRole('status').getByText('Unfolded 40 goroutines').waitFor();
    assert.equal(await tested().chosen(), 120, 'what was chosen stays so');
    await grid().press('f');
    await rows(2);
    await tested()
      .page.locator('canvas.lanes')
      .click({ position: { x: 60, y: 90 }, force: true });
    await rows(41);
    await tested().page.getByText('Filter', { exact: true }).click();
    await tested()
      .page.getByLabel(/Fold goroutines/)
      .check();
    await rows(2);
    await tested()
      .page.getByLabel(/Fold goroutines/)
      .uncheck();
    await rows(41);
  });

  it('searches and filters', async () => {
    await tested().show(longTrace(), { finding });
    await grid().press('/');
    const field = tested().page.getByRole('searchbox');
    await field.fill('unlock 1.3');
    await tested().page.getByText('of 1,000').waitFor();
    await field.press('Enter');
    await said('goroutine 1.3 unlocks m.mu');
    await tested().page.getByText('1 of 1,000').waitFor();
    await field.press('Shift+Enter');
    await tested().page.getByText('1,000 of 1,000').waitFor();
    await field.fill('nothing like that');
    await tested().page.getByText('nothing found').waitFor();
    await tested().page.getByText('Filter', { exact: true }).click();
    await tested().page.getByLabel('Locks and groups').uncheck();
    await tested().page.waitForFunction(
      (count) => document.querySelector('[role=grid]')!.getAttribute('aria-colcount') === count,
      String(GOROUTINES + 1),
    );
    await tested().page.getByRole('button', { name: 'Everything' }).click();
    await tested().page.waitForFunction(
      (count) => document.querySelector('[role=grid]')!.getAttribute('aria-colcount') === count,
      String(2 * GOROUTINES * ROUNDS + GOROUTINES + 3),
    );
  });

  it('shades past and future of an event', async () => {
    await tested().show(crossing(), { finding });
    const pixels = () =>
      tested()
        .page.locator('canvas.lanes')
        .evaluate((it) => (it as HTMLCanvasElement).toDataURL());
    await grid().press('Home');
    await said('starts goroutine 1.1');
    const before = await pixels();
    await grid().press('c');
    await tested().page.waitForFunction(
      (old) => (document.querySelector('canvas.lanes') as HTMLCanvasElement).toDataURL() !== old,
      before,
    );
    assert.equal(await tested().page.getByLabel('Past and future').isChecked(), true);
  });

  it('shows text as text', async () => {
    await tested().show(longTrace(), { finding });
    await tested().page.getByRole('heading', { name: '<b>m.mu</b>' }).waitFor();
    assert.equal(await tested().page.locator('img, h1 b').count(), 0);
  });

  it('says what is wrong with a file that is no trace, and with one that was cut off', async () => {
    await tested().send({ type: 'trace', turns: [], counts: [] }, new Uint8Array([1, 2, 3]));
    await tested().page.getByRole('status').getByText('A trace has at least 16 bytes').waitFor();
    const whole = longTrace();
    await tested().show(whole.subarray(0, whole.length - 100));
    await tested().page.getByRole('status').getByText('cut off').waitFor();
  });

  for (const theme of ['dark', 'light', 'high-contrast'] as const) {
    it(`has nothing that axe objects to, ${theme}`, async () => {
      await tested().theme(theme);
      await tested().show(crossing(), { finding, turns: TURNS });
      await tested().page.evaluate(axe);
      for (const tab of ['Why', 'State', 'Who waits for whom']) {
        await tested().page.getByRole('tab', { name: tab }).click();
        await tested().page.locator('#panel > *').waitFor();
        const violations = await tested().page.evaluate(async () => {
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
    await tested().page.emulateMedia({ reducedMotion: 'reduce' });
    await tested().show(crossing(), { finding, turns: TURNS });
    await tested().page.getByRole('button', { name: 'Compare with a passing run' }).click();
    await tested().page.locator('main[aria-busy="true"]').waitFor();
    assert.equal(await tested().page.evaluate(() => document.getAnimations().length), 0);
  });
});
