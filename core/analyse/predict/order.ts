/**
 * What is predicted as something to run: operations in the order in which goroutines are to begin them, for the strategy
 * `follow` of the runtime.
 */
import type { Finding } from '../../../protocol/finding';
import type { Step } from '../../../protocol/schedule';
import type { Operation } from '../../../protocol/trace';
import { DEFAULT_CASE } from '../../../protocol/trace';
import { ABSENT, eventAt, goroutineOf, operationOf, siteAt, type Trace, type TraceEvent } from '../../trace/trace';

/** Before these the scheduler decides who goes on, in every run (tracer/runtime: calls of point). */
const PAUSES: ReadonlySet<Operation> = new Set<Operation>([
  'start',
  'send',
  'receive',
  'close',
  'select',
  'lock',
  'rlock',
  'wg-add',
  'wg-wait',
  'once',
  'cond-wait',
  'cond-signal',
  'cond-broadcast',
  'sleep',
  'atomic',
  'yield',
]);
/** Before these where their site is a scheduling point. */
const AT_POINTS: ReadonlySet<Operation> = new Set<Operation>(['read', 'write', 'unlock', 'runlock']);
/** Orders of the events themselves that are told apart: beyond two it hardly matters who comes first. */
const BOTH_WAYS = 2;

/** Steps with ids of sites. */
export type OperationOrder = Step[];

/**
 * One order for each in which the predicted events may come. `points`: sites that are scheduling points. Nothing when the finding has no witness.
 */
export function ordersOf(
  trace: Trace,
  { events = [], witness }: Pick<Finding, 'events' | 'witness'>,
  points: ReadonlySet<number>,
): OperationOrder[] {
  if (witness === undefined || events.length === 0) return [];
  const own = operationsByGoroutine(trace, points);
  // The trace has shown the one way already, as a rule without harm. Readers wait only behind a writer that waits.
  const writes = (position: number): boolean => operationOf(trace, position - 1) === 'lock';
  const writersFirst = [...events.filter(writes), ...events.filter((position) => !writes(position))];
  const orders = distinct([...(events.length === BOTH_WAYS ? [[...events].reverse()] : []), events, writersFirst]);
  return orders.map((last) => {
    const next = new Map<number, number>();
    const order: OperationOrder = [];
    for (const [place, position] of [...witness, ...last].entries()) {
      const goroutine = goroutineOf(trace, position - 1);
      const operations = own.get(goroutine) ?? [];
      let at = next.get(goroutine) ?? 0;
      for (; at < operations.length && operations[at]!.event < position; at++) order.push(operations[at]!.step);
      next.set(goroutine, at);
      const chosen = operations[at - 1]?.step;
      if (place >= witness.length && chosen) takeOffered(order, chosen, eventAt(trace, position - 1));
      // It goes past its select before the last one comes.
      if (position === last[0] && chosen?.op === 'select') {
        order.push({ g: chosen.g, op: chosen.op, site: chosen.site, again: true });
      }
    }
    return order;
  });
}

const distinct = (orders: readonly (readonly number[])[]): (readonly number[])[] => [
  ...new Map(orders.map((order) => [order.join(), order])).values(),
];

/** What a select has not taken is what it is to take now. */
function takeOffered(order: OperationOrder, select: Step, { operation, aux }: TraceEvent): void {
  if (operation !== 'select-case') return;
  const at = order.lastIndexOf(select);
  if (at >= 0) order[at] = { ...select, case: aux };
}

/** Ids of the sites of all accesses and unlocks. */
export function pausingSites(trace: Trace): number[] {
  const ids = new Set<number>();
  for (let index = 0; index < trace.count; index++) {
    const event = eventAt(trace, index);
    const site = siteAt(trace, event.site);
    if (site && !site.internal && AT_POINTS.has(event.operation)) ids.add(site.id);
  }
  return [...ids].sort((a, b) => a - b);
}

interface Begun {
  /** Index in the trace by which it has begun. */
  event: number;
  step: Step;
}

function operationsByGoroutine(trace: Trace, points: ReadonlySet<number>): Map<number, Begun[]> {
  const begun = new Map<number, Begun[]>();
  /** Goroutine → what it has begun last. */
  const newest = new Map<number, { event: TraceEvent; step: Step }>();
  /** `goroutine object` of each Once whose function runs. */
  const onces = new Set<string>();
  for (let index = 0; index < trace.count; index++) {
    const event = eventAt(trace, index);
    const { goroutine, operation, phase, aux } = event;
    const last = newest.get(goroutine);
    if (phase === 'wake') {
      if (operation === 'select' && last) last.step.case = aux;
      continue;
    }
    const site = siteAt(trace, event.site);
    const isWaited = operation === 'cond-wait' && last?.step.op === operation && last.event.site === event.site;
    const once = `${goroutine} ${event.object}`;
    if (operation === 'once-begin') onces.add(once);
    if (site?.internal || isWaited || (operation === 'once' && onces.has(once))) continue;
    const op = begunBy(event, site?.operation);
    if (op === undefined || !(PAUSES.has(op) || (site && AT_POINTS.has(op) && points.has(site.id)))) continue;
    const step: Step = { g: trace.header.goroutines[goroutine]!.path, op, site: site?.id ?? 0 };
    if (op === 'select' && phase === 'done' && aux !== DEFAULT_CASE) step.case = aux;
    newest.set(goroutine, { event, step });
    const list = begun.get(goroutine) ?? [];
    begun.set(goroutine, list);
    list.push({ event: index, step });
  }
  return begun;
}

/** Some operations are first seen by what they do. */
function begunBy({ operation, argument, partner }: TraceEvent, written: Operation | undefined): Operation | undefined {
  // The run begins with the goroutine of the test.
  if (operation === 'start' && partner === ABSENT) return undefined;
  if (operation === 'once-begin') return 'once';
  if (operation === 'unlock' && written === 'cond-wait') return 'cond-wait';
  if (operation === 'wg-add') return argument > 0 ? 'wg-add' : undefined;
  return operation;
}
