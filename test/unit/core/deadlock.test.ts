/** Deadlocks, on traces of a few events. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { Finding } from '../../../protocol/finding';
import { BLOCKED, found, only, RETURNED } from './found';
import { traceOf } from './trace-of';

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

  /** The test waits for an answer of 1.1 until a timer fires. */
  const timeout = (jump: string, wait = 'select'): string => `
      1 start
      1 go >1.1 :3
      1 timer timer/after =1 :4
      1 ${wait}!block :5
      0 clock =${jump}
      0 fire timer/after
      1 ${wait}!wake timer/after =2 #1 ~5 :5
      1.1 start ~1
      1.1 send!block chan/answers :6
      1 wg-wait!block wg/workers :7`;

  it('behind a timeout counts whenever that was due', () => {
    const late = { ...BLOCKED, early: true, ahead: 5_000 };
    assert.equal(only(timeout('1'), late).kind, 'deadlock');
    // That timer was in time, another one was not.
    assert.deepEqual(found(timeout('0'), late), []);
    // A sleep gives nothing up.
    assert.deepEqual(found(timeout('1', 'receive'), late), []);
  });

  it('behind the end of a context counts whenever that was due', () => {
    const ended = (jump: string): string => `
      1 start
      1 timer timer/deadline =1 :2
      1 go >1.1 :3
      1 select!block :5
      0 clock =${jump}
      0 fire timer/deadline
      1.2 start ~5
      1.2 close chan/done :9
      1 select!wake chan/done =2 #1 ~7 :5
      1.2 end
      1.1 start ~2
      1.1 send!block chan/answers :6
      1 wg-wait!block wg/workers :7`;
    const late = { ...BLOCKED, early: true, ahead: 5_000 };
    assert.equal(only(ended('1'), late).kind, 'deadlock');
    assert.deepEqual(found(ended('0'), late), []);
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
