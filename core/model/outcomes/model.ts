/**
 * A model of one program, learned from its runs, forwards and backwards (the idea of Modelizer, arXiv 2407.08597, with the
 * simplest that works): from the orders until now how a run is likely to end, and which orders speak for an end.
 */
import { fitLogit, softmax, sumOf } from '../logit';
import type { SeenRun } from '../operations/seen-run';
import { END_LABELS, type End } from './ends';
import { type Order, orderKey, ordersIn, reversed } from './orders';

export interface EndedRun {
  run: SeenRun;
  end: End;
}

/** Beginnings of each run that are learned from, as shares of its events: a model of whole runs is too sure of short ones. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const FIT = { rounds: 150, rate: 0.1, penalty: 2e-3 };
/** Orders that are looked at, those in most runs first. */
const MOST_ORDERS = 400;

export interface Speaking {
  order: Order;
  /** How many standard errors likelier the end is where this order is seen than where the other one is. */
  certainty: number;
  /** Runs with this order, and those of them that ended so; the same of the other order. */
  runs: number;
  ended: number;
  otherRuns: number;
  otherEnded: number;
}

export class OutcomeModel {
  private readonly rows = new Map<string, number>();
  private readonly weights: Float64Array;
  readonly ends: readonly End[];

  constructor(runs: readonly EndedRun[]) {
    this.ends = (Object.keys(END_LABELS) as End[]).filter((end) => runs.some((one) => one.end === end));
    const often = new Map<string, number>();
    for (const { run } of runs) for (const key of ordersIn(run).keys()) often.set(key, (often.get(key) ?? 0) + 1);
    const known = [...often].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_ORDERS);
    for (const end of this.ends) {
      this.rows.set(end, this.rows.size);
      for (const [key] of known) this.rows.set(`${end} ${key}`, this.rows.size);
    }
    const examples = runs.flatMap(({ run, end }) =>
      SHARES.map((share) => ({
        of: this.features(ordersIn(run, Math.floor(share * run.trace.count))),
        target: this.ends.map((one) => (one === end ? 1 : 0)),
        share: 1,
      })),
    );
    this.weights = fitLogit(examples, this.rows.size, FIT);
  }

  private features(orders: ReadonlyMap<string, Order>): number[][] {
    return this.ends.map((end) => {
      const rows = [this.rows.get(end)!];
      for (const key of orders.keys()) {
        const row = this.rows.get(`${end} ${key}`);
        if (row !== undefined) rows.push(row);
      }
      return rows;
    });
  }

  /** How a run is likely to end that has had these orders, in the order of `ends`. */
  forward(orders: ReadonlyMap<string, Order>): number[] {
    return softmax(this.features(orders).map((rows) => sumOf(this.weights, rows)));
  }
}

/** The orders that speak most for an end, the strongest first: those whose runs end so more often than the others'. */
export function speakingFor(runs: readonly EndedRun[], end: End): Speaking[] {
  const seen = runs.map((one) => ({ end: one.end, orders: ordersIn(one.run) }));
  const tell = (order: Order): { runs: number; ended: number } => {
    const shown = seen.filter(({ orders }) => orders.has(orderKey(order)));
    return { runs: shown.length, ended: shown.filter((one) => one.end === end).length };
  };
  const known = new Map(seen.flatMap(({ orders }) => [...orders]));
  return [...known.values()]
    .map((order): Speaking => {
      const own = tell(order);
      const other = tell(reversed(order));
      return { order, certainty: difference(own, other), ...own, otherRuns: other.runs, otherEnded: other.ended };
    })
    .filter(({ certainty, runs: times, otherRuns }) => certainty >= LEAST_CERTAINTY && times > 0 && otherRuns > 0)
    .sort((a, b) => b.certainty - a.certainty);
}

/** So many standard errors are no accident among the orders of one program. */
const LEAST_CERTAINTY = 3;

/** In standard errors of two shares that are the same (a two-proportion z-test, with half a run more of each kind). */
function difference(one: { runs: number; ended: number }, other: { runs: number; ended: number }): number {
  const [a, b] = [one.runs + 1, other.runs + 1];
  const [share, otherShare] = [(one.ended + 0.5) / a, (other.ended + 0.5) / b];
  const both = (one.ended + other.ended + 1) / (a + b);
  return (share - otherShare) / Math.sqrt(both * (1 - both) * (1 / a + 1 / b));
}

/** Orders on one thing that no run has shown, though both operations were there: always the other way round. */
export function unseenOrders(runs: readonly SeenRun[]): Order[] {
  const seen = new Map(runs.flatMap((run) => [...ordersIn(run)]));
  return [...seen.values()]
    .filter(({ together }) => together)
    .map(reversed)
    .filter((order) => !seen.has(orderKey(order)));
}
