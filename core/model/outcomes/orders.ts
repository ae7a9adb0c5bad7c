/** In which order goroutines have come to their operations: the features by which runs of one program differ. */
import type { Operation } from '../../../protocol/trace';
import { ABSENT, eventAt, siteAt } from '../../trace/trace';
import type { SeenRun } from '../operations/seen-run';

/** Somebody who comes to an operation. */
export interface Arrival {
  /** Goroutine path. */
  goroutine: string;
  /** Site id. */
  site: number;
}

/** The first came first. Different goroutines. */
export interface Order {
  first: Arrival;
  second: Arrival;
  /** To one channel, lock or variable. */
  together: boolean;
}

const arrivalKey = ({ goroutine, site }: Arrival): string => `${goroutine}@${site}`;
export const orderKey = ({ first, second }: Pick<Order, 'first' | 'second'>): string =>
  `${arrivalKey(first)}<${arrivalKey(second)}`;
export const reversed = (order: Order): Order => ({ ...order, first: order.second, second: order.first });

/** Arrivals that are looked at; each is paired with each. */
const MOST_ARRIVALS = 40;

/** What others may wait for, or be kept by. */
const MATTERS: ReadonlySet<Operation> = new Set<Operation>([
  ...(['send', 'receive', 'select', 'close', 'lock', 'rlock', 'wg-add', 'wg-wait'] as const),
  ...(['cond-wait', 'cond-signal', 'cond-broadcast', 'once', 'read', 'write', 'atomic'] as const),
]);

/** Of the events before `position`, by key. Of what a goroutine does again and again the first time counts. */
export function ordersIn({ trace }: SeenRun, position = trace.count): Map<string, Order> {
  const arrivals: (Arrival & { object: number })[] = [];
  const orders = new Map<string, Order>();
  for (let index = 0; index < Math.min(position, trace.count) && arrivals.length < MOST_ARRIVALS; index++) {
    const { object, goroutine, phase, operation, site: at } = eventAt(trace, index);
    // Who waits has come; that it goes on is what came of it.
    if (phase === 'wake' || !MATTERS.has(operation)) continue;
    const site = siteAt(trace, at);
    const path = trace.header.goroutines[goroutine]?.path;
    if (!site || site.internal || path === undefined) continue;
    if (arrivals.some((one) => one.site === site.id && one.goroutine === path)) continue;
    const arrival = { goroutine: path, site: site.id, object };
    for (const one of arrivals) {
      if (one.goroutine === path) continue;
      const order = { first: one, second: arrival, together: object !== ABSENT && one.object === object };
      orders.set(orderKey(order), order);
    }
    arrivals.push(arrival);
  }
  return orders;
}
