/** Who waits for whom after an order of events, from the definitions: nothing is kept from one question to the next. */
import * as a from '../../../core/trace/execution/actions';
import type { Execution } from '../../../core/trace/execution/execution';
import { slowSections } from './slow-order';
import { nextEvents } from './slow-reordering';

export interface SlowWait {
  on: number;
  /** Both are about one lock, and the other holds it. */
  byLock: boolean;
}

/** What the next event of a thread waits for; empty when it can come. */
export function slowWaits(execution: Execution, order: readonly number[], event: number): SlowWait[] {
  const { action, thread, target, detail, capacities, count } = execution;
  const all = Array.from({ length: count }, (_, at) => at);
  const done = (other: number): boolean => order.includes(other);
  const of = (code: number): number[] =>
    all.filter((other) => action[other] === code && target[other] === target[event]);
  const ran = (code: number): number => of(code).filter(done).length;
  const by = (events: readonly number[]): SlowWait[] =>
    events.filter((other) => !done(other)).map((other) => ({ on: thread[other]!, byLock: false }));
  switch (action[event]) {
    case a.ACQUIRE:
    case a.READ_ACQUIRE: {
      const reads = action[event] === a.READ_ACQUIRE;
      const holders = slowSections(execution).filter(
        (it) => it.lock === target[event] && done(it.acquire) && !done(it.release) && !(reads && it.shared),
      );
      const waits: SlowWait[] = holders.map(({ acquire }) => ({ on: thread[acquire]!, byLock: true }));
      if (!reads) return waits;
      for (const [other, next] of nextEvents(execution, order)) {
        if (other === thread[event] || action[next] !== a.ACQUIRE || target[next] !== target[event]) continue;
        if (slowWaits(execution, order, next).length > 0) waits.push({ on: other, byLock: false });
      }
      return waits;
    }
    case a.JOIN:
      return by(all.filter((other) => thread[other] === target[event])).slice(0, 1);
    case a.HEAR:
      return by(of(a.TELL));
    case a.RECEIVE:
      if (ran(a.SEND) > ran(a.RECEIVE) || ran(a.CLOSE) > 0) return [];
      return by(of(a.SEND).filter((other) => detail[other] === detail[event]));
    case a.SEND: {
      const capacity = capacities[target[event]!]!;
      if (ran(a.SEND) - ran(a.RECEIVE) < capacity || ran(a.CLOSE) > 0) return [];
      return by(of(a.RECEIVE).filter((other) => detail[other] === detail[event]! - capacity));
    }
    case a.WAIT: {
      const counter = of(a.ADD)
        .filter(done)
        .reduce((sum, other) => sum + detail[other]!, 0);
      return counter === 0 ? [] : by(of(a.ADD).filter((other) => detail[other]! < 0 && other < event));
    }
    default:
      return [];
  }
}

/** The next events of threads that wait for each other in a circle, not only for locks. */
export function slowMixedCycles(execution: Execution, order: readonly number[]): number[][] {
  const next = nextEvents(execution, order);
  const waits = new Map([...next].map(([thread, event]) => [thread, slowWaits(execution, order, event)]));
  const cycles: number[][] = [];
  const follow = (chain: readonly number[], mixed: boolean): void => {
    for (const { on, byLock } of waits.get(chain[chain.length - 1]!) ?? []) {
      if (on === chain[0]) {
        if (chain.length > 1 && (mixed || !byLock)) cycles.push(chain.map((thread) => next.get(thread)!));
      } else if (on > chain[0]! && !chain.includes(on)) follow([...chain, on], mixed || !byLock);
    }
  };
  for (const thread of next.keys()) follow([thread], false);
  return cycles;
}
