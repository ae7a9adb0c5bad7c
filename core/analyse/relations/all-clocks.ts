/** What comes before each event of an execution, all at once. */
import type { Execution } from '../../trace/execution/execution';
import { ClockRows } from './clock-rows';
import { Order } from './order';
import { optionsFor } from './races';
import type { Representation } from './representation';
import type { Rules } from './rules';

export interface AllKnown<C> {
  /** By event, when it has happened. Clocks lack the event's own thread; threads that learn nothing share one value. */
  known: C[];
  /** By event: which of its thread it is, from 1. */
  time: Int32Array;
}

export function allKnown<C>(execution: Execution, rules: Rules, representation: Representation<C>): AllKnown<C> {
  const order = new Order(rules, representation, optionsFor(execution));
  const { action, thread, target, detail, count } = execution;
  const known: C[] = [];
  const time = new Int32Array(count);
  for (let event = 0; event < count; event++) {
    order.event(action[event]!, thread[event]!, target[event]!, detail[event]!);
    known.push(representation.share(order.known[thread[event]!]!));
    time[event] = order.times[thread[event]!]!;
  }
  return { known, time };
}

/** The clocks of all events. */
export interface AllClocks {
  /** By event: which of its thread it is, from 1. */
  time: Int32Array;
  /** How many events of the thread come before the event; of its own thread all up to itself. */
  knownOf(event: number, thread: number): number;
  /** Does the first come before the second, or is it the same? */
  isBefore(first: number, second: number): boolean;
}

export function allClocks(execution: Execution, rules: Rules): AllClocks {
  const rows = new ClockRows(execution.names.threads.length);
  const { known, time } = allKnown(execution, rules, rows);
  const { thread } = execution;
  const knownOf = (event: number, other: number): number =>
    other === thread[event] ? time[event]! : rows.time(known[event]!, other);
  const isBefore = (first: number, second: number): boolean => knownOf(second, thread[first]!) >= time[first]!;
  return { time, knownOf, isBefore };
}
