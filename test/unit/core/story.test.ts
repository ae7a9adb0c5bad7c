/** Explanations: the steps that matter, in their order, with the switches that the interleaving is made of. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyseTrace } from '../../../core/analyse/analyse';
import { subjectOf } from '../../../core/analyse/analysis';
import { explain } from '../../../core/analyse/telling/explain';
import { heldUp } from '../../../core/analyse/telling/held-up';
import { MAX_STEPS, withSwitches } from '../../../core/analyse/telling/story';
import { explanationOf } from '../../../core/analyse/telling/told';
import { goroutineOf, type Trace } from '../../../core/trace/trace';
import type { TraceHeader } from '../../../protocol/trace';
import { randomTrace } from './random-trace';
import { traceOf } from './trace-of';

const of = { package: 'example.com/p', test: 'TestX' };
const only = (trace: Trace) => {
  const { findings } = analyseTrace(trace, { ...of, only: ['outcome', 'deadlock', 'leak'] });
  assert.equal(findings.length, 1);
  return findings[0]!;
};

/** Two goroutines read before either writes. */
const lostUpdate = `
  1 go >1.1 :2
  1 go >1.2 :3
  1 wg-wait!block wg/wg :5
  1.1 start ~1
  1.1 read var/n :10
  1.2 start ~2
  1.2 read var/n :10
  1.2 write var/n :11
  1.2 end :12
  1.1 write var/n :11
  1.1 end :12
  1 wg-wait!wake wg/wg :5
  1 test-end :6`;
const failed: Partial<TraceHeader> = { outcome: 'fail', returned: true };

describe('an explanation', () => {
  it('tells a failure by the switch that led to it, and what others did to the same variable', () => {
    const { explanation, steps } = only(traceOf(lostUpdate, failed));
    assert.deepEqual(explanation, [
      'Goroutine 1.1 (F1.1) reads n (main.go:10) and is held up.',
      'Goroutine 1.2 (F1.2) reads n (main.go:10).',
      'Goroutine 1.2 writes n (main.go:11).',
      'Goroutine 1.1 goes on and writes n (main.go:11).',
      'The test judged its result to be wrong. In another interleaving it may pass.',
    ]);
    assert.deepEqual(
      steps?.map(({ file, line, column, goroutine }) => [file, line, column, goroutine]),
      [
        ['main.go', 10, 2, '1.1'],
        ['main.go', 10, 2, '1.2'],
        ['main.go', 11, 2, '1.2'],
        ['main.go', 11, 2, '1.1'],
      ],
    );
  });

  it('tells where ways crossed when nobody was held up', () => {
    const trace = traceOf(
      `1 make chan/c :1
       1 go >1.1 :2
       1 receive!block chan/c :3
       1.1 start ~1
       1.1 send chan/c :10
       1 receive!wake chan/c ~ :3
       1.1 end :11
       1 write var/own :4
       1 test-end :5`,
      failed,
    );
    assert.deepEqual(only(trace).explanation.slice(0, -1), [
      'Goroutine 1 (TestX) makes c, unbuffered (main.go:1).',
      'Goroutine 1 waits to receive from c (main.go:3).',
      'Goroutine 1.1 (F1.1) sends on c (main.go:10).',
      'Goroutine 1 receives, having waited, from c (main.go:3).',
    ]);
  });

  it('tells of a panic what was done before to what it is about', () => {
    const trace = traceOf(
      `1 wg-add wg/wg =1 :1
       1 go >1.1 :2
       1 wg-add wg/wg =-1 :3
       1.1 start ~1
       1.1 wg-add wg/wg =-1 :10
       1.1 panic wg/wg :10`,
      { outcome: 'panic', message: 'sync: negative WaitGroup counter' },
    );
    assert.deepEqual(only(trace).explanation, [
      'Goroutine 1 (TestX) adds 1 to wg (main.go:1).',
      'Goroutine 1 starts goroutine 1.1, F1.1 (main.go:2).',
      'Goroutine 1 calls Done on wg (main.go:3) and is held up.',
      'Goroutine 1.1 calls Done on wg (main.go:10).',
      'Goroutine 1.1 panics (main.go:10).',
      'Go says: sync: negative WaitGroup counter.',
    ]);
  });

  it('says who had locked what somebody gives back or waits for, where no step says so', () => {
    const trace = traceOf(
      `1 go >1.1 :2
       1 go >1.2 :3
       1.1 start ~0
       1.1 lock mutex/mu :10
       1.1 rlock rwmutex/rw :11
       1.1 send!block chan/c :12
       1.2 start ~1
       1.2 lock!block mutex/mu :20
       1 lock!block rwmutex/rw :4
       1.2 unlock mutex/mu :21`,
      // Of a run that Go scheduled no switches are told.
      { outcome: 'blocked', mode: 'record' },
    );
    const texts = (...events: number[]) => explanationOf(explain(subjectOf(trace, of), events)).explanation;
    assert.deepEqual(texts(7, 8, 9), [
      'Goroutine 1.2 (F1.2) waits for mu (main.go:20), which goroutine 1.1 has locked (main.go:10).',
      'Goroutine 1 (TestX) waits for rw (main.go:4), which goroutine 1.1 has read-locked (main.go:11).',
      'Goroutine 1.2 unlocks mu (main.go:21), which goroutine 1.1 had locked (main.go:10).',
    ]);
    assert.deepEqual(texts(3, 7), [
      'Goroutine 1.1 (F1.1) locks mu (main.go:10).',
      'Goroutine 1.2 (F1.2) waits for mu (main.go:20).',
    ]);
  });

  it('tells of a leak who helped last', () => {
    const trace = traceOf(
      `1 make chan/c :1
       1 go >1.1 :2
       1 go >1.2 :3
       1 receive!block chan/c :4
       1.1 start ~1
       1.1 send chan/c :10
       1 receive!wake chan/c ~ :4
       1.1 end :11
       1.2 start ~2
       1.2 send!block chan/c :10
       1 test-end :5`,
      { outcome: 'blocked', returned: true },
    );
    assert.deepEqual(only(trace).explanation.slice(0, -1), [
      'Goroutine 1 (TestX) makes c, unbuffered (main.go:1).',
      'Goroutine 1 starts goroutine 1.2, F1.2 (main.go:3).',
      'Goroutine 1 receives, having waited, from c (main.go:4).',
      'Goroutine 1.2 waits to send on c (main.go:10).',
    ]);
  });

  it('takes nobody for held up who waits, yields, has just begun or only ends', () => {
    const trace = traceOf(`
      1 go >1.1 :2
      1 go >1.2 :3
      1 yield :4
      1.1 start ~1
      1.2 start ~2
      1.1 lock mutex/mu :10
      1.1 receive!block chan/c :11
      1.2 send chan/c :20
      1.1 receive!wake chan/c ~ :11
      1.2 write var/v :21
      1.1 unlock mutex/mu :12
      1.1 end :13
      1.2 end :22
      1 test-end :5`);
    assert.deepEqual(heldUp(subjectOf(trace, of)), []);
  });

  it('has the events that are needed, few others, and switches of goroutines that go on', () => {
    fc.assert(
      fc.property(randomTrace, fc.array(fc.nat(200), { maxLength: 6 }), (trace, picked) => {
        const subject = subjectOf(trace, of);
        const needed = picked.filter((index) => index < trace.count);
        const told = withSwitches(subject, needed);
        assert.ok(needed.every((index) => told.includes(index)));
        assert.ok(told.length <= MAX_STEPS);
        assert.deepEqual(
          told,
          [...new Set(told)].sort((a, b) => a - b),
        );
        for (const { goroutine, before, after } of heldUp(subject)) {
          assert.equal(goroutineOf(trace, before), goroutine);
          if (after >= 0) assert.ok(before < after && goroutineOf(trace, after) === goroutine);
          // Somebody else ran in between.
          const end = after >= 0 ? after : trace.count;
          const others = Array.from({ length: end - before - 1 }, (_, index) => goroutineOf(trace, before + 1 + index));
          assert.ok(others.some((other) => other !== goroutine));
        }
        assert.ok(explanationOf(explain(subject, needed)).explanation.every((step) => step.endsWith('.')));
      }),
      { numRuns: 200 },
    );
  });
});
