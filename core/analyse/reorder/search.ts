/**
 * Correct reorderings of a whole execution, one after the other. The searches are those of Hofert, "Static Race Detection
 * and the PWR Algorithm", 2022, section 3.6.
 */

import { changes, isAccess, takesLock } from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import type { Facts } from './facts';
import { Machine, objectionTo } from './machine';

/** All orders of all events, of which the correct ones are kept: n! of them. To compare the others with. */
export function* permutations(facts: Facts): Generator<number[]> {
  const order = Array.from({ length: facts.execution.count }, (_, event) => event);
  const permute = function* (from: number): Generator<number[]> {
    if (from === order.length) {
      if (objectionTo(facts, order) === undefined) yield [...order];
      return;
    }
    for (let at = from; at < order.length; at++) {
      const [one, other] = [order[from]!, order[at]!];
      order[from] = other;
      order[at] = one;
      yield* permute(from + 1);
      order[from] = one;
      order[at] = other;
    }
  };
  yield* permute(0);
}

export interface SearchBounds {
  /** Times that a thread may be left although it could go on. */
  preemptions?: number;
  /** Steps tried before the search is given up. */
  steps?: number;
}

/**
 * Every correct reordering with at most so many preemptions (Musuvathi et al., "Finding and Reproducing Heisenbugs in
 * Concurrent Programs", OSDI 2008); all of them without a bound. With a bound those come first that preempt before an
 * acquire, so that critical sections change their order, and a block that has only read is not left: nothing that
 * another thread would see has changed.
 */
export function* reorderings(
  facts: Facts,
  { preemptions, steps = Number.POSITIVE_INFINITY }: SearchBounds = {},
): Generator<number[]> {
  const machine = new Machine(facts);
  const { execution, threads } = facts;
  const order: number[] = [];
  let tried = 0;
  const candidates = (current: number, left: number, changed: boolean): { event: number; cost: number }[] => {
    const own = current === ABSENT ? ABSENT : machine.next(current);
    const canGoOn = own !== ABSENT && machine.objection(own) === undefined;
    const found: { event: number; cost: number }[] = [];
    if (canGoOn) found.push({ event: own, cost: 0 });
    const cost = canGoOn ? 1 : 0;
    const bounded = preemptions !== undefined;
    if (bounded && cost > left) return found;
    if (bounded && canGoOn && !changed) return found;
    for (const thread of threads.keys()) {
      if (thread === current) continue;
      const event = machine.next(thread);
      if (event !== ABSENT && machine.objection(event) === undefined) found.push({ event, cost });
    }
    // Before an acquire a preemption lets another critical section go first.
    if (bounded && canGoOn && takesLock(execution.action[own]!)) found.push(found.shift()!);
    return found;
  };
  const search = function* (current: number, left: number, changed: boolean): Generator<number[]> {
    if (order.length === execution.count) {
      yield [...order];
      return;
    }
    for (const { event, cost } of candidates(current, left, changed)) {
      if (++tried > steps) return;
      const thread = execution.thread[event]!;
      const action = execution.action[event]!;
      machine.step(event);
      order.push(event);
      const onlyReads = isAccess(action) && !changes(action);
      yield* search(thread, left - cost, !onlyReads || (thread === current && changed));
      order.pop();
      machine.back(event);
    }
  };
  yield* search(ABSENT, preemptions ?? 0, true);
}

/** Times that a thread is left in the order although it could have gone on. */
export function preemptionsIn(facts: Facts, order: readonly number[]): number {
  const machine = new Machine(facts);
  let count = 0;
  let current = ABSENT;
  for (const event of order) {
    const thread = facts.execution.thread[event]!;
    if (current !== ABSENT && current !== thread) {
      const own = machine.next(current);
      if (own !== ABSENT && machine.objection(own) === undefined) count++;
    }
    machine.step(event);
    current = thread;
  }
  return count;
}
