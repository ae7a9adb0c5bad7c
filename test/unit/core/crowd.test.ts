/** Traces of so many goroutines that a list of all of them for each would not fit into memory. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import { racingPairs } from '../../../core/analyse/racing/racing-pairs';
import { ABSENT, type Trace, type TraceEvent } from '../../../core/trace/trace';
import { emptyHeader, traceOfEvents } from '../../../core/trace/write';
import { NONE } from '../../../protocol/trace';

const GOROUTINES = 20_000;

/** Each goroutine counts under one lock; the test waits for the Done of all and reads. */
function crowd(locked: boolean): Trace {
  const events: Omit<TraceEvent, 'index'>[] = [];
  const empty = { phase: 'done', aux: 0, object: ABSENT, site: ABSENT, partner: ABSENT, argument: 0, time: 0 } as const;
  const emit = (event: Partial<TraceEvent> & Pick<TraceEvent, 'operation' | 'goroutine'>): number =>
    events.push({ ...empty, ...event }) - 1;
  for (let goroutine = 1; goroutine < GOROUTINES; goroutine++) {
    const partner = emit({ operation: 'go', goroutine: 0, argument: goroutine });
    emit({ operation: 'start', goroutine, partner });
  }
  for (let goroutine = 1; goroutine < GOROUTINES; goroutine++) {
    if (locked) emit({ operation: 'lock', goroutine, object: 0 });
    emit({ operation: 'write', goroutine, object: 1 });
    if (locked) emit({ operation: 'unlock', goroutine, object: 0 });
    emit({ operation: 'wg-add', goroutine, object: 2, argument: -1 });
  }
  emit({ operation: 'wg-wait', goroutine: 0, object: 2 });
  emit({ operation: 'read', goroutine: 0, object: 1 });
  const goroutines = Array.from({ length: GOROUTINES }, (_, index) => ({
    path: index === 0 ? '1' : `1.${index}`,
    site: NONE,
  }));
  const kinds = ['mutex', 'variable', 'waitgroup'] as const;
  return traceOfEvents({ ...emptyHeader(), goroutines, objects: kinds.map((kind) => ({ kind, site: NONE })) }, events);
}

describe('a crowd of goroutines', () => {
  it('is ordered by what each really knows', () => {
    assert.deepEqual(racingPairs(crowd(true)), { pairs: [] });
  });

  it('has its race', () => {
    const { pairs, stoppedAt } = racingPairs(crowd(false));
    assert.equal(pairs.length, 1);
    assert.equal(stoppedAt, undefined);
  });

  it('goes through all analyses without a problem', () => {
    assert.deepEqual(analyseTrace(crowd(true), { package: 'p', test: 'T' }), { findings: [], problems: [] });
  });

  it('is given up, not run for ever, when ordering it costs too much', () => {
    const { pairs, stoppedAt } = racingPairs(crowd(true), 50_000);
    assert.deepEqual(pairs, []);
    assert.ok(stoppedAt !== undefined && stoppedAt > 0);
  });
});
