/** What comes before each event of an execution, all at once. */
import type { Execution } from '../../trace/execution/execution';
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
    known.push(order.known[thread[event]!]!);
    time[event] = order.times[thread[event]!]!;
  }
  return { known, time };
}
