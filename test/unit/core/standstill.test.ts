/** Reorderings in which everybody comes to wait, against all correct reorderings. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { executionOf } from '../../../core/analyse/lowering/lower';
import { standstill } from '../../../core/analyse/predict/standstill';
import { factsOf } from '../../../core/analyse/reorder/facts';
import { standstills } from '../../../core/analyse/reorder/standstill';
import * as a from '../../../core/trace/execution/actions';
import type { Execution } from '../../../core/trace/execution/execution';
import { writeStd } from '../../../core/trace/execution/std';
import type { Trace } from '../../../core/trace/trace';
import { property, randomExecution, USUAL } from './random-execution';
import { slowSections } from './slow-order';
import { correctPrefixes, isCorrect, nextEvents } from './slow-reordering';
import { traceOf } from './trace-of';

/** The event's thread waits, by what has run. */
function isStuck(execution: Execution, order: readonly number[], event: number): boolean {
  const { action, thread, target, detail, capacities } = execution;
  const ran = (code: number): number =>
    order.filter((other) => action[other] === code && target[other] === target[event]).length;
  switch (action[event]) {
    case a.ACQUIRE:
      return slowSections(execution).some(
        ({ lock, acquire, release }) =>
          lock === target[event] && order.includes(acquire) && !order.includes(release) && acquire !== event,
      );
    case a.JOIN:
      return [...thread.keys()].some((other) => thread[other] === target[event] && !order.includes(other));
    case a.HEAR:
      return ran(a.TELL) === 0;
    case a.RECEIVE:
      return ran(a.SEND) === ran(a.RECEIVE) && ran(a.CLOSE) === 0;
    case a.RECEIVE_CLOSED:
      return ran(a.SEND) === ran(a.RECEIVE) && ran(a.CLOSE) === 0;
    case a.SEND:
      return ran(a.SEND) - ran(a.RECEIVE) === capacities[target[event]!] && ran(a.CLOSE) === 0;
    case a.WAIT:
      return (
        order
          .filter((other) => action[other] === a.ADD && target[other] === target[event])
          .reduce((sum, other) => sum + detail[other]!, 0) > 0
      );
    default:
      return false;
  }
}

/** Where all come to wait: their next events. Undefined when there are too many orders. */
function slowStandstills(execution: Execution): Set<string> | undefined {
  const found = new Set<string>();
  let seen = 0;
  for (const order of correctPrefixes(execution)) {
    if (++seen > 3000) return undefined;
    const next = [...nextEvents(execution, order).values()];
    if (next.length === 0 || next.some((event) => isCorrect(execution, [...order, event]))) continue;
    if (next.every((event) => isStuck(execution, order, event))) found.add(next.sort((x, y) => x - y).join());
  }
  return found;
}

/** Lines at which those stand that wait, for each prediction. */
function linesOf(trace: Trace): number[][] {
  const execution = executionOf(trace);
  return standstill({ execution, trace }).map(({ events }) =>
    events.map((event) => trace.header.sites[execution.place[event]!]!.line),
  );
}

describe('standstills', function () {
  this.timeout(0);

  it('are those that some correct reordering comes to', () => {
    const shape = { threads: 3, locks: 2, variables: 1, maxLength: 12 };
    const kinds = ['channel', 'group', 'message'] as const;
    let told = 0;
    fc.assert(
      fc.property(fc.oneof(randomExecution(shape), randomExecution({ ...shape, kinds })), (drawn) => {
        // Each event at a place of its own: one standstill of each set of events is told.
        const execution = { ...drawn, place: drawn.place.map((_, event) => event) };
        const expected = slowStandstills(execution);
        if (!expected) return;
        const found = standstills(factsOf(execution), { steps: 100_000, most: 1000 });
        for (const { order } of found) assert.ok(isCorrect(execution, order), writeStd(drawn));
        const events = found.map(({ waiting }) => [...waiting].sort((x, y) => x - y).join());
        assert.deepEqual(new Set(events), expected, writeStd(drawn));
        told += found.length;
      }),
      property(150),
    );
    if (USUAL) assert.ok(told > 0);
  });

  it('have places that are all taken, by senders in another order than that of the run', () => {
    const ring = `1 go >1.1 :1
      1 go >1.2 :2
      1.1 send chan/a/1 :3
      1.1 send chan/b/1 :4
      1.1 receive chan/a/1 :5
      1.1 receive chan/b/1 :6
      1.1 end :7
      1.2 send chan/b/1 :8
      1.2 send chan/a/1 :9
      1.2 receive chan/b/1 :10
      1.2 receive chan/a/1 :11
      1.2 end :12
      1 end :13`;
    assert.deepEqual(linesOf(traceOf(ring)), [[4, 9]]);
    assert.deepEqual(linesOf(traceOf(ring.replaceAll('chan/b/1', 'chan/b/2'))), []);
  });

  it('have no select, which may go on with another case', () => {
    const token = (sender: string) => `1 go >1.1 :1
      1 send chan/l/1 :2
      1 receive chan/l/1 :3
      1.1 ${sender} chan/l/1 :4
      1.1 end :5
      1 end :6`;
    assert.deepEqual(linesOf(traceOf(token('send'))), [[2]]);
    const last = token('send').replace('1 send', '1 select').replace(':2', ':2 =1');
    assert.deepEqual(linesOf(traceOf(last)), []);
  });
});
