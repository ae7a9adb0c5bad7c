// What the trace page says besides the run, without a workbench: state, waits, calls, shares, other runs of the test.
import assert from 'node:assert/strict';
import { writeTrace } from '../../core/trace/write';
import type { OutcomeCount } from '../../protocol/finding';
import { traceOf } from '../unit/core/trace-of';
import { CROSSING, crossing, finding, TURNS } from './page/runs';
import { onPage } from './page/suite';

describe('what the trace page says', () => {
  const { tested, grid, said, last } = onPage();

  it('shows the state after each event', async () => {
    await tested().show(crossing(), { finding });
    await tested().page.getByRole('tab', { name: 'State' }).click();
    await grid().press('End');
    const row = (table: string, name: string) =>
      tested()
        .page.getByRole('table', { name: table })
        .getByRole('row', { name: new RegExp(`^${name}`) });
    await row('Goroutines', '1.1').filter({ hasText: 'waits for a' }).waitFor();
    assert.match(await row('Locks', 'a').innerText(), /a\s+1\s+1\.1/);
    assert.match(await row('Channels', 'results').innerText(), /1 of 4 from 1\.1/);
    await row('Locks', 'b').getByRole('button').first().click();
    await said('goroutine 1.1 locks b');
    assert.match(await row('Goroutines', '1 ').innerText(), /runnable/);
    await tested().page.getByText('call stacks are kept of runs that were replayed').waitFor();
  });

  it('draws who waits for whom, and says it in words', async () => {
    await tested().show(crossing(), { finding });
    await tested().page.getByRole('tab', { name: 'Who waits for whom' }).click();
    await grid().press('End');
    await tested().page.getByText('1, 1.1 wait for each other.').waitFor();
    assert.equal(await tested().page.locator('.graph .node.cycle').count(), 2);
    assert.equal(await tested().page.locator('.graph .edge.cycle').count(), 2);
    await grid().press('Home');
    await tested().page.getByText('Nobody waits after this event.').waitFor();
  });

  it('asks what would be if another goroutine went first, and shows that run beside', async () => {
    await tested().show(crossing(), { finding, turns: TURNS });
    await grid().press('Home');
    await grid().press('ArrowRight');
    await grid().press('ArrowRight');
    await tested().page.getByText('Step 3: who could go on').waitFor();
    await tested().page.getByRole('button', { name: 'What if goroutine 1 went first?' }).click();
    assert.deepEqual(await last(), { type: 'whatIf', step: 2, goroutine: '1' });
    const other =
      '1 go >1.1 :1\n1 lock mutex/a :3\n1 lock mutex/b :8\n1 unlock mutex/b :9\n1.1 start ~0\n1.1 lock mutex/b :5';
    await tested().send(
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
    await tested().page.getByRole('button', { name: '1 first at step 3', pressed: true }).waitFor();
    await tested().page.getByRole('tab', { name: 'Compare' }).click();
    await tested().page.getByText('The first 2 events are the same.').waitFor();
    await grid().press('End');
    await tested().page.getByText('who could go on').waitFor();
    await tested().page.getByRole('button', { name: 'The run that was found' }).click();
    await said('goroutine 1.1 begins');
  });

  it('marks what was not to be expected, and says how seldom it is', async () => {
    const trace = traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' });
    const { column } = trace.header.sites.find(({ line }) => line === 9)!;
    const count: OutcomeCount = {
      ...{ file: 'main.go', line: 9, column, operation: 'lock', expression: 'a', runs: 900 },
      outcomes: { 'at-once': 990, 'blocked-for-ever': 10 },
    };
    await tested().show(writeTrace(trace), { finding, turns: TURNS, counts: [count] });
    await grid().press('Home');
    await said('starts goroutine 1.1');
    await tested().page.getByRole('button', { name: '1 surprising' }).click();
    await said('goroutine 1.1 waits for a');
    const words = /Surprising: blocked for ever, [\d.]+ %, by 10 of 1,000 times in 900 runs; usually goes on at once/;
    await tested().page.locator('.surprise', { hasText: words }).waitFor();
    await tested().page.getByRole('status').getByText(words).waitFor();
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
    await tested().show(writeTrace(trace), { finding });
    await grid().press('End');
    const callers = tested().page.locator('.details .stack li');
    assert.deepEqual(await callers.allInnerTexts(), ['each.go:7 Each', 'main_test.go:20 TestP.func1']);
    await callers.getByRole('button', { name: 'main_test.go:20' }).click();
    assert.deepEqual(await last(), { type: 'reveal', file: 'main_test.go', line: 20, column: 1, takeFocus: true });
    await tested().page.getByRole('tab', { name: 'State' }).click();
    const row = tested().page.getByRole('table', { name: 'Goroutines' }).getByRole('row', { name: /^1\.1/ });
    await row.getByText('stack').click();
    assert.equal(await tested().page.getByText('call stacks are kept').count(), 0);
    await row.getByText('main_test.go:20').waitFor();
    assert.equal(await row.getByRole('button', { name: 'each.go:7' }).count(), 0, 'what is outside cannot be opened');
  });

  it('ends a run that is not wanted any more', async () => {
    await tested().show(crossing(), { finding, turns: TURNS });
    assert.equal(await tested().page.getByRole('button', { name: 'Cancel' }).count(), 0);
    await tested().page.getByRole('button', { name: 'Compare with a passing run' }).click();
    await tested().page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(await last(), { type: 'cancel' });
    await tested().send({ type: 'refused', problem: 'Cancelled.' });
    await tested().page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'hidden' });
  });

  it('says why a run could not be made', async () => {
    await tested().show(crossing(), { finding, turns: TURNS });
    await tested().page.getByRole('button', { name: 'Compare with a passing run' }).click();
    assert.deepEqual(await last(), { type: 'passing' });
    await tested().page.locator('main[aria-busy="true"]').waitFor();
    await tested().send({ type: 'refused', problem: 'None of 3 runs passes.' });
    await tested().page.getByRole('status').getByText('None of 3 runs passes.').waitFor();
    await tested().page.locator('main[aria-busy="false"]').waitFor();
  });

  it('shows what was known of the next operation beside what happened', async () => {
    const trace = traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' });
    const { column } = trace.header.sites.find(({ line }) => line === 9)!;
    const count: OutcomeCount = {
      ...{ file: 'main.go', line: 9, column, operation: 'lock', expression: 'a', runs: 40 },
      outcomes: { 'at-once': 30, 'blocked-for-ever': 10 },
    };
    await tested().show(writeTrace(trace), { finding, turns: TURNS, counts: [count] });
    await grid().press('End');
    const row = tested().page.locator('.shares tr.happened');
    await row.filter({ hasText: 'blocked for ever' }).waitFor();
    assert.match(await row.innerText(), /24 %\s+10\s+in this run/);
  });

  it('copies what it shows', async () => {
    await tested().show(crossing(), { finding });
    await tested().page.getByText('Copy', { exact: true }).click();
    await tested().page.getByRole('button', { name: 'Markdown table' }).click();
    await tested().page.getByText('Copied 7 events.').waitFor();
    const copied = await last();
    assert.ok(copied?.type === 'copy' && /\| 2\. +\| acq\(a\)/.test(copied.text), JSON.stringify(copied));
    await tested().page.getByText('Copy', { exact: true }).click();
    await tested()
      .page.getByRole('button', { name: /Perfetto/ })
      .click();
    await tested().page.waitForFunction(() => Reflect.get(window, 'sent').at(-1).type === 'save');
  });
});
