/** Deadlocks, leaks and what the run itself said, on traces of a few events. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { Finding } from '../../../protocol/finding';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

const found = (text: string, header: Partial<TraceHeader>): Finding[] =>
  analyseTrace(traceOf(text, header), { package: 'example.com/p', test: 'TestX' }).findings;

function only(text: string, header: Partial<TraceHeader>): Finding {
  const [finding, ...others] = found(text, header);
  assert.deepEqual(
    others.map(({ message }) => message),
    [],
  );
  assert.ok(finding);
  return finding;
}

const BLOCKED: Partial<TraceHeader> = { outcome: 'blocked', returned: false };
const RETURNED: Partial<TraceHeader> = { outcome: 'blocked', returned: true };

const podStatus = `
  1 start
  1 make chan/m.podStatusChannel :19
  1 go >1.1 :24
  1 wg-add wg/setters =1 :15
  1 go >1.2 :16
  1 wg-wait!block wg/setters :21
  1.1 start ~2
  1.1 receive!block chan/m.podStatusChannel :25
  1.2 start ~4
  1.2 lock mutex/m.podStatusesLock :46
  1.2 send chan/m.podStatusChannel :49
  1.1 receive!wake chan/m.podStatusChannel ~ :25
  1.2 unlock mutex/m.podStatusesLock :47
  1.2 lock mutex/m.podStatusesLock :46
  1.2 send!block chan/m.podStatusChannel :49
  1.1 lock!block mutex/m.podStatusesLock :36`;

describe('deadlock', () => {
  it('of a test that is left alone counts unless time was advanced by more than any machine keeps waiting', () => {
    const alone = `
      1 start
      1 make chan/done :4
      1 go >1.1 :5
      1.1 start ~2
      1.1 end
      1 send!block chan/done :6`;
    assert.equal(only(alone, BLOCKED).kind, 'deadlock');
    assert.equal(only(alone, { ...BLOCKED, early: true, ahead: 1_000 }).kind, 'deadlock');
    assert.deepEqual(found(alone, { ...BLOCKED, early: true, ahead: 15_000 }), []);
    // Locks that are held in a circle are held, whatever led there.
    const circle = `
      1 start
      1 lock mutex/a :4
      1 go >1.1 :5
      1.1 start ~2
      1.1 lock mutex/b :6
      1.1 lock!block mutex/a :7
      1 lock!block mutex/b :8`;
    assert.equal(only(circle, { ...BLOCKED, early: true, ahead: 15_000 }).kind, 'deadlock');
  });

  it('says who waits for whom and who holds what, with lines', () => {
    const finding = only(podStatus, BLOCKED);
    assert.equal(finding.kind, 'deadlock');
    assert.equal(finding.verdict, 'predicted');
    assert.equal(
      finding.message,
      'Goroutine 1.2 waits to send on m.podStatusChannel (main.go:49) while it holds m.podStatusesLock; ' +
        'goroutine 1.1 waits for m.podStatusesLock (main.go:36)',
    );
    assert.deepEqual(
      finding.sites.map(({ line, role }) => `${line} ${role}`),
      [
        '49 waits to send',
        '36 waits for the lock',
        '46 m.podStatusesLock was locked here and is still held',
        '16 goroutine 1.2 was started here',
        '24 goroutine 1.1 was started here',
        '19 m.podStatusChannel was made here',
      ],
    );
    assert.deepEqual(finding.explanation, [
      'Goroutine 1 (TestX) starts goroutine 1.1, F1.1 (main.go:24).',
      'Goroutine 1 starts goroutine 1.2, F1.2 (main.go:16).',
      'Goroutine 1.1 receives, having waited, from m.podStatusChannel (main.go:25).',
      'Goroutine 1.2 locks m.podStatusesLock (main.go:46).',
      'Goroutine 1.2 waits to send on m.podStatusChannel (main.go:49).',
      'Goroutine 1.1 waits for m.podStatusesLock (main.go:36).',
      'Each waits for the other, so neither ever goes on.',
      'Stuck behind them: goroutine 1.',
    ]);
  });

  it('has the same id whichever goroutine is in which role', () => {
    const abba = (a: string, b: string): string => `
      1 go >1.1 :1
      1 go >1.2 :2
      ${a} lock mutex/a :10
      ${b} lock mutex/b :20
      ${a} lock!block mutex/b :11
      ${b} lock!block mutex/a :21`;
    const functions = (finding: Finding): string => finding.message.replaceAll(/oroutine 1\.\d/gu, 'G');
    const one = only(abba('1.1', '1.2'), BLOCKED);
    const two = only(abba('1.2', '1.1'), BLOCKED);
    assert.equal(functions(one), functions(two));
    assert.match(
      one.message,
      /waits for b \(main\.go:11\) while it holds a; .*waits for a \(main\.go:21\) while it holds b/u,
    );
    assert.match(one.id, /^[0-9a-f]{12}$/u);
  });

  it('finds a lock taken twice', () => {
    const finding = only('1 lock mutex/mu :3\n1 lock!block mutex/mu :4', BLOCKED);
    assert.equal(finding.message, 'Goroutine 1 waits for mu (main.go:4), which it holds itself (main.go:3)');
  });

  it('finds a read lock that queues behind a writer which waits for the same reader', () => {
    const finding = only(
      `1 go >1.1 :1
       1 rlock rwmutex/rw :3
       1.1 lock!block rwmutex/rw :8
       1 rlock!block rwmutex/rw :4`,
      BLOCKED,
    );
    assert.equal(finding.kind, 'deadlock');
    assert.match(finding.message, /waits to read-lock rw .* while it holds rw \(for reading\); .* waits for rw/u);
  });

  it('finds workers that wait to send to the one that waits for them', () => {
    const finding = only(
      `1 make chan/results :2
       1 wg-add wg/wg =1 :4
       1 go >1.1 :5
       1.1 start ~2
       1.1 send!block chan/results :6
       1 wg-wait!block wg/wg :9`,
      BLOCKED,
    );
    assert.match(
      finding.message,
      /Goroutine 1\.1 waits to send on results \(main\.go:6\); goroutine 1 waits for the wait group wg/u,
    );
  });

  it('says that nobody comes when the test waits alone', () => {
    assert.equal(
      only('1 make chan/ch :2\n1 receive!block chan/ch :3', BLOCKED).message,
      'Goroutine 1 waits to receive from ch (main.go:3); no live goroutine sends on ch or closes it',
    );
    assert.equal(only('1 make chan/ch :2\n1 receive!block chan/ch :3', BLOCKED).analysis.sound, true);
    assert.match(only('1 receive!block :3', BLOCKED).message, /waits to receive from a nil channel/u);
    assert.match(only('1 select!block :3', BLOCKED).message, /waits in a select that has no case to take/u);
  });

  it('says who ended without unlocking', () => {
    const finding = only('1 go >1.1 :1\n1.1 lock mutex/mu :7\n1.1 end\n1 lock!block mutex/mu :3', BLOCKED);
    assert.match(finding.message, /goroutine 1\.1 locked mu \(main\.go:7\) and ended without unlocking it/u);
    assert.deepEqual(
      finding.sites.map(({ line, role }) => [line, role]),
      [
        [3, 'waits for the lock'],
        [7, 'mu was locked here and never unlocked'],
      ],
    );
  });

  it('follows the test to the goroutine that it was to hear from', () => {
    const finding = only(
      `1 make chan/done :2
       1 go >1.1 :3
       1 receive!block chan/done :9
       1.1 start ~1
       1.1 cond-wait!block cond/c :5`,
      BLOCKED,
    );
    assert.equal(
      finding.message,
      'Goroutine 1 waits to receive from done (main.go:9); goroutine 1.1 waits for a signal on c (main.go:5); ' +
        'nobody is left to signal c',
    );
    // That 1.1 was to send is a guess.
    assert.equal(finding.analysis.sound, false);
  });

  it('reports a cycle also when the test has returned, and not its members as leaks', () => {
    const finding = only(
      `1 go >1.1 :1
       1 go >1.2 :2
       1.1 lock mutex/a :10
       1.2 lock mutex/b :20
       1 test-end
       1.1 lock!block mutex/b :11
       1.2 lock!block mutex/a :21`,
      RETURNED,
    );
    assert.equal(finding.kind, 'deadlock');
  });

  it('reports a cycle of locks in a run that hit its bound, and nothing that may still move', () => {
    const locks = `1 go >1.1 :1
       1 lock mutex/a
       1.1 lock mutex/b
       1 lock!block mutex/b
       1.1 lock!block mutex/a`;
    assert.equal(only(locks, { outcome: 'limit', returned: false }).kind, 'deadlock');
    assert.deepEqual(
      found('1 go >1.1\n1 test-end\n1.1 receive!block chan/c', { outcome: 'limit', returned: true }),
      [],
    );
    assert.deepEqual(found('1 go >1.1\n1 test-end\n1.1 yield', { outcome: 'limit', returned: true }), []);
  });
});

describe('thousands of goroutines', () => {
  const MANY = 3000;
  const numbered = (line: (goroutine: string) => string): string =>
    Array.from({ length: MANY }, (_, index) => line(`1.${index + 1}`)).join('\n');

  it('that are stuck at one line are told once, without a look at each pair of them', function () {
    this.timeout(20_000);
    const text = `1 make chan/c :2
      ${numbered((goroutine) => `1 go >${goroutine} :3`)}
      ${numbered((goroutine) => `${goroutine} receive chan/c :4`)}
      ${numbered((goroutine) => `${goroutine} send!block chan/c :5`)}
      1 test-end`;
    const trace = traceOf(text, RETURNED);
    for (const site of trace.header.sites) site.function = 'F';
    const [finding, ...others] = analyseTrace(trace, { package: 'p', test: 'TestX' }).findings;
    assert.deepEqual(others, []);
    assert.equal(finding!.kind, 'deadlock');
  });

  it('in one cycle are counted instead of listed', () => {
    const of = (index: number): string => `mutex/m${index % 20}`;
    const all = (line: (index: number) => string): string =>
      Array.from({ length: 20 }, (_, index) => line(index)).join('\n');
    const finding = only(
      `${all((index) => `1 go >1.${index} :1`)}
       ${all((index) => `1.${index} lock ${of(index)} :2`)}
       ${all((index) => `1.${index} lock!block ${of(index + 1)} :3`)}
       1 test-end`,
      RETURNED,
    );
    assert.match(finding.message, /; and so on, 20 goroutines in all$/u);
  });
});

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

describe('outcome', () => {
  const panic = (message: string): Finding =>
    only('1 go >1.1 :1\n1 close chan/ch :5\n1.1 start ~0\n1.1 panic :9', {
      outcome: 'panic',
      message,
      returned: false,
    });

  it('names the kind of panic by what Go says', () => {
    for (const [message, kind] of [
      ['send on closed channel', 'send-on-closed-channel'],
      ['close of closed channel', 'close-of-closed-channel'],
      ['close of nil channel', 'close-of-nil-channel'],
      ['sync: negative WaitGroup counter', 'negative-waitgroup'],
      ['sync: WaitGroup misuse: Add called concurrently with Wait', 'waitgroup-misuse'],
      ['sync: WaitGroup is reused before previous Wait has returned', 'waitgroup-misuse'],
      ['sync: unlock of unlocked mutex', 'unlock-of-unlocked-mutex'],
      ['sync: RUnlock of unlocked RWMutex', 'unlock-of-unlocked-mutex'],
      ['concurrent map writes', 'concurrent-map-access'],
      ['boom', 'panic'],
    ] as const) {
      assert.equal(panic(message).kind, kind, message);
    }
  });

  it('says who had closed the channel', () => {
    const finding = panic('send on closed channel');
    assert.equal(
      finding.message,
      'Goroutine 1.1 panics (main.go:9): send on closed channel; goroutine 1 had closed ch (main.go:5)',
    );
    assert.deepEqual(
      finding.sites.map(({ line }) => line),
      [9, 5, 1],
    );
  });

  it('reports a failed test, unless time was advanced too early', () => {
    assert.equal(only('1 start\n1 lock mutex/mu\n1 test-end', { outcome: 'fail' }).kind, 'test-failure');
    assert.deepEqual(found('1 start\n1 lock mutex/mu\n1 test-end', { outcome: 'fail', early: true }), []);
  });

  it('reports a panic of the test itself only when time had not run ahead', () => {
    const text = '1 start\n1 lock mutex/mu\n1 panic';
    assert.equal(only(text, { outcome: 'panic', message: 'boom' }).kind, 'panic');
    assert.deepEqual(found(text, { outcome: 'panic', message: 'boom', early: true }), []);
    const misuse = only(text, { outcome: 'panic', message: 'send on closed channel', early: true });
    assert.equal(misuse.kind, 'send-on-closed-channel');
  });

  it('reports no watchdog that time woke too soon', () => {
    const text = `
      1 start
      1 go >1.1
      1.1 start ~1
      1.1 receive!block chan/timeout/1
      1.1 fire chan/timeout/1
      1.1 receive!wake chan/timeout/1 ~4
      1.1 panic`;
    assert.equal(only(text, { outcome: 'panic', message: 'timeout' }).kind, 'panic');
    assert.deepEqual(found(text, { outcome: 'panic', message: 'timeout', early: true }), []);
    const callback = `
      1 start
      1 timer timer/watchdog =1
      0 fire timer/watchdog
      1.1 start ~2
      1.1 panic`;
    assert.equal(only(callback, { outcome: 'panic', message: 'timeout' }).kind, 'panic');
    assert.deepEqual(found(callback, { outcome: 'panic', message: 'timeout', early: true }), []);
    const started = '1 start\n1 go >1.1\n1.1 start ~1\n1.1 panic';
    assert.equal(only(started, { outcome: 'panic', message: 'broken', early: true }).kind, 'panic');
    const nil = {
      outcome: 'panic',
      message: 'runtime error: invalid memory address or nil pointer dereference',
    } as const;
    assert.equal(only(text, { ...nil, early: true }).kind, 'panic');
  });

  it('finds nothing in a run that passed', () => {
    assert.deepEqual(found('1 start\n1 lock mutex/mu\n1 unlock mutex/mu\n1 test-end', { outcome: 'pass' }), []);
  });
});
