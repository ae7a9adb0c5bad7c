/** Goroutines that are left behind, on traces of a few events. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { TraceHeader } from '../../../protocol/trace';
import { found, only, RETURNED } from './found';
import { traceOf } from './trace-of';

describe('leak', () => {
  const first = `
    1 start
    1 make chan/answers :20
    1 go >1.1 :22
    1 go >1.2 :22
    1 select!block :29
    1 select-case!block chan/answers =2 :29
    1.1 start ~2
    1.1 send chan/answers :24
    1 select!wake chan/answers ~ =2 :29
    1.2 start ~3
    1.2 send!block chan/answers :24
    1 test-end
    1.1 end`;

  it('names the operation, the go statement, the channel and the last who came', () => {
    const finding = only(first, RETURNED);
    assert.equal(finding.kind, 'goroutine-leak');
    assert.equal(
      finding.message,
      'Goroutine 1.2 waits to send on answers (main.go:24) for ever: the test has returned and no live goroutine receives from answers',
    );
    assert.deepEqual(
      finding.sites.map(({ line, role }) => `${line} ${role}`),
      [
        '24 waits to send for ever',
        '22 goroutine 1.2 was started here',
        '20 answers was made here',
        '29 last receive from answers',
      ],
    );
    assert.match(finding.explanation.at(-1)!, /goroutine 1\.2 stays for as long as the process/u);
  });

  it('reports several goroutines stuck at one place once', () => {
    const two = '1 go >1.1 :1\n1 go >1.2 :1\n1.1 receive!block chan/c :5\n1.2 receive!block chan/c :5\n1 test-end';
    const [finding, ...others] = found(
      two.replaceAll('1.2 receive!block chan/c :5', '1.2 receive!block chan/c :5'),
      RETURNED,
    );
    assert.ok(finding);
    // F1.1 and F1.2 are different functions in this notation, so there are two; with one function there is one.
    assert.equal(others.length, 1);
    const trace = traceOf(two, RETURNED);
    for (const site of trace.header.sites) site.function = 'F';
    assert.equal(analyseTrace(trace, { package: 'p', test: 'TestX' }).findings.length, 1);
  });

  it('reports the one that others wait for, and them with it', () => {
    const finding = only(
      `1 go >1.1 :1
       1 go >1.2 :2
       1.1 lock mutex/mu :5
       1.1 send!block chan/c :6
       1.2 lock!block mutex/mu :9
       1 test-end`,
      RETURNED,
    );
    assert.equal(finding.sites[0]!.line, 6);
    assert.match(finding.explanation.join(' '), /Stuck behind it: goroutine 1\.2\./u);
  });

  it('stays where time was advanced by more than any machine keeps waiting', () => {
    const finding = only(first, { ...RETURNED, early: true, ahead: 15_000 });
    assert.equal(finding.kind, 'goroutine-leak');
  });

  it('is silent about what a test left behind that failed because its timeout came too soon', () => {
    const failed: Partial<TraceHeader> = { outcome: 'fail', returned: true };
    const leaks = (header: Partial<TraceHeader>) =>
      found(first, header).filter(({ kind }) => kind === 'goroutine-leak');
    assert.equal(leaks(failed).length, 1);
    assert.equal(leaks({ ...failed, early: true }).length, 0);
  });

  it('is silent about sleepers and about a trace whose end is missing', () => {
    assert.deepEqual(found('1 go >1.1\n1.1 sleep!block\n1 test-end', RETURNED), []);
    assert.deepEqual(found(first, { ...RETURNED, dropped: 3 }), []);
    const { problems } = analyseTrace(traceOf(first, { ...RETURNED, dropped: 3 }), { package: 'p', test: 'T' });
    assert.match(problems.join(' '), /lacks its last 3 events/u);
  });

  it('shows the nearest place in user code for what happens inside a standard package', () => {
    const trace = traceOf('1 go >1.1 :1\n1.1 make chan/mine :4\n1.1 receive!block chan/c :100\n1 test-end', RETURNED);
    trace.header.sites.find(({ line }) => line === 100)!.internal = true;
    const [finding] = analyseTrace(trace, { package: 'p', test: 'T' }).findings;
    assert.equal(finding!.sites[0]!.line, 4);
  });
});
