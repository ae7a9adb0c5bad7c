/** Correct reorderings by their definition, checked over the whole order, without any of the engine's state. */
import * as a from '../../../core/trace/execution/actions';
import type { Execution } from '../../../core/trace/execution/execution';
import { slowSections } from './slow-order';

/** Is the order (of some events, each once) a correct reordering? */
export function isCorrect(execution: Execution, order: readonly number[]): boolean {
  const { action, thread, target, detail, capacities, count } = execution;
  const all = Array.from({ length: count }, (_, event) => event);
  const at = new Map(order.map((event, index) => [event, index]));
  const has = (event: number): boolean => at.has(event);
  const isBefore = (one: number, other: number): boolean => has(one) && at.get(one)! < at.get(other)!;
  const lastBefore = (events: readonly number[], event: number, is: (other: number) => boolean): number | undefined =>
    events.slice(0, events.indexOf(event)).findLast(is);
  const writes = (event: number): boolean => [a.WRITE, a.STORE, a.UPDATE].includes(action[event]!);
  const of = (event: number, ...codes: number[]): number[] =>
    all.filter((other) => target[other] === target[event] && codes.includes(action[other]!));
  const earlier = (event: number, ...codes: number[]): number =>
    of(event, ...codes).filter((other) => isBefore(other, event)).length;
  for (const event of order) {
    const own = all.filter((other) => thread[other] === thread[event] && other < event);
    if (!own.every((other) => isBefore(other, event))) return false;
    const fork = all.find((other) => action[other] === a.FORK && target[other] === thread[event]);
    if (fork !== undefined && !isBefore(fork, event)) return false;
    switch (action[event]) {
      case a.JOIN: {
        const child = all.filter(
          (other) => thread[other] === target[event] || (action[other] === a.FORK && target[other] === target[event]),
        );
        if (!child.every((other) => isBefore(other, event))) return false;
        break;
      }
      case a.READ:
      case a.LOAD:
      case a.UPDATE: {
        const seen = (other: number): boolean => writes(other) && target[other] === target[event];
        if (lastBefore(order, event, seen) !== lastBefore(all, event, seen)) return false;
        break;
      }
      case a.SEND: {
        if (earlier(event, a.CLOSE) > 0) return false;
        if (earlier(event, a.SEND) - earlier(event, a.RECEIVE) >= capacities[target[event]!]!) return false;
        break;
      }
      case a.RECEIVE: {
        // What was sent first comes first, and everybody gets what he got.
        const sent = order.filter((other) => action[other] === a.SEND && target[other] === target[event]);
        const got = sent[earlier(event, a.RECEIVE)];
        if (got === undefined || !isBefore(got, event) || detail[got] !== detail[event]) return false;
        break;
      }
      case a.CLOSE:
        if (earlier(event, a.CLOSE) > 0) return false;
        break;
      case a.RECEIVE_CLOSED:
        if (earlier(event, a.CLOSE) === 0 || earlier(event, a.SEND) > earlier(event, a.RECEIVE)) return false;
        break;
      case a.HEAR:
        if (!of(event, a.TELL).every((other) => isBefore(other, event))) return false;
        break;
      case a.TAKE_NOTES: {
        const note = lastBefore(
          all,
          event,
          (other) => action[other] === a.LEAVE_NOTE && target[other] === target[event],
        );
        if (note !== undefined && !isBefore(note, event)) return false;
        break;
      }
      case a.ADD:
      case a.WAIT: {
        const sum = of(event, a.ADD)
          .filter((other) => isBefore(other, event) || other === event)
          .reduce((total, other) => total + detail[other]!, 0);
        if (action[event] === a.ADD ? sum < 0 : sum !== 0) return false;
      }
    }
  }
  const sections = slowSections(execution).filter(({ acquire }) => has(acquire));
  const end = ({ release }: { release: number }): number => at.get(release) ?? Number.POSITIVE_INFINITY;
  for (const one of slowSections(execution)) {
    if (has(one.release) && !isBefore(one.acquire, one.release)) return false;
  }
  return sections.every((one) =>
    sections.every((other) => {
      if (one === other || one.lock !== other.lock || (one.shared && other.shared)) return true;
      return end(one) < at.get(other.acquire)! || end(other) < at.get(one.acquire)!;
    }),
  );
}

/** Every order of some events, grown one by one as long as it stays correct. */
export function* correctPrefixes(execution: Execution): Generator<number[]> {
  const grow = function* (order: number[]): Generator<number[]> {
    yield order;
    for (let event = 0; event < execution.count; event++) {
      if (order.includes(event)) continue;
      const longer = [...order, event];
      if (isCorrect(execution, longer)) yield* grow(longer);
    }
  };
  yield* grow([]);
}

/** The event that each thread would do next after the order, by thread; those not forked have none. */
export function nextEvents(execution: Execution, order: readonly number[]): Map<number, number> {
  const next = new Map<number, number>();
  for (let event = 0; event < execution.count; event++) {
    const { action, thread, target } = execution;
    if (order.includes(event) || next.has(thread[event]!)) continue;
    const forks = (other: number): boolean => action[other] === a.FORK && target[other] === thread[event];
    const fork = action.findIndex((_, other) => forks(other));
    if (fork < 0 || order.includes(fork)) next.set(thread[event]!, event);
  }
  return next;
}
