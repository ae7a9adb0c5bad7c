/** Pairs of conflicting accesses that a relation does not order: races by HB and SHB, candidates by PWR. */
import { SEND } from '../../trace/execution/actions';
import type { EventSink, Execution } from '../../trace/execution/execution';
import { feed } from '../../trace/execution/execution';
import { Accesses, type OnPair } from './accesses';
import { ClockRows } from './clock-rows';
import { handOvers } from './held-locks';
import { Order } from './order';
import type { Representation } from './representation';
import type { Rules } from './rules';
import type { OrderOptions } from './synchronisation';
import { VariableRows } from './variable-rows';

export interface Pair {
  first: number;
  second: number;
  variable: number;
}

/**
 * One pass; memory grows with threads, variables, locks and, for PWR, critical sections. Every access that races with
 * an earlier one is told with at least one of those. PWR also asks that the two have no lock in common.
 */
export class RaceSearch<C> implements EventSink {
  readonly order: Order<C>;

  constructor(rules: Rules, representation: Representation<C>, onPair: OnPair, options: OrderOptions = {}) {
    const byLocks = rules.releases;
    const variables = new VariableRows();
    const order: Order<C> = new Order(rules, representation, {
      ...options,
      variables,
      onAccess: (action, thread, variable, event, time) =>
        accesses.take(action, thread, variable, event, time, byLocks ? order.held.setOf(thread) : 0),
    });
    const accesses = new Accesses(onPair, order, order.held.sets, variables, rules.readsFrom);
    this.order = order;
  }

  event(action: number, thread: number, target: number, detail: number): void {
    this.order.event(action, thread, target, detail);
  }
}

export const raceSearch = (rules: Rules, onPair: OnPair, options: OrderOptions = {}): RaceSearch<number> =>
  new RaceSearch(rules, new ClockRows(options.threads ?? 0), onPair, options);

/** What Order wants to know of an execution that lies in memory. */
export function optionsFor(execution: Execution): OrderOptions {
  return {
    threads: execution.names.threads.length,
    capacities: execution.capacities,
    singleSender: singleSenders(execution),
    handOvers: handOvers(execution),
  };
}

function singleSenders({ count, action, thread, target }: Execution): Set<number> {
  const senders = new Map<number, number>();
  const several = new Set<number>();
  for (let at = 0; at < count; at++) {
    if (action[at] !== SEND) continue;
    const channel = target[at]!;
    const sender = senders.get(channel) ?? thread[at]!;
    senders.set(channel, sender);
    if (sender !== thread[at]) several.add(channel);
  }
  return new Set([...senders.keys()].filter((channel) => !several.has(channel)));
}

/** All pairs of an execution, in the order of their second access. */
export function racesBy(rules: Rules, execution: Execution): Pair[] {
  const pairs: Pair[] = [];
  const onPair: OnPair = (first, second, variable) => pairs.push({ first, second, variable });
  feed(execution, raceSearch(rules, onPair, optionsFor(execution)));
  return pairs;
}
