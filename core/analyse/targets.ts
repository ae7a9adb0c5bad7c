/**
 * What a run that went well says may go wrong in another one, as the scheduler can bring it about (protocol/run.ts,
 * Target). None of it is certain: what comes of a run that is steered there is judged like that of any other.
 */
import type { Target } from '../../protocol/run';
import { eventsOf, siteAt, siteIndexOf, type Trace, type TraceEvent } from '../trace/trace';
import { predictedDeadlocks } from './locks/deadlocks';
import { executionOf } from './lowering/lower';
import { racesIn } from './racing/racing-pairs';

/** Targets of one kind that a trace gives at most: each costs runs. */
const MOST = 8;

/** In the order in which they are worth being tried. Sites are ids, as numbered by the build. */
export function targetsIn(trace: Trace): Target[] {
  return [...lockCycles(trace), ...closedBeforeSent(trace), ...leftBeforeSent(trace), ...races(trace)];
}

/** The inner acquisitions of locks that are taken in a circle. */
function lockCycles(trace: Trace): Target[] {
  const execution = executionOf(trace);
  return targets(
    'lock-cycle',
    predictedDeadlocks(execution).map(({ chain }) =>
      chain.map(({ event }) => siteId(trace, execution.place[event] ?? -1)),
    ),
  );
}

/** A close of a channel that somebody else sends on: the close, then the send. */
function closedBeforeSent(trace: Trace): Target[] {
  const sends = new Map<number, TraceEvent[]>();
  const pairs: (number | undefined)[][] = [];
  for (const event of eventsOf(trace)) {
    if (!isDone(event)) continue;
    const { operation, object, goroutine, site } = event;
    if (operation === 'send') sends.set(object, [...(sends.get(object) ?? []).slice(-MOST), event]);
    if (operation !== 'close') continue;
    const others = (sends.get(object) ?? []).filter((send) => send.goroutine !== goroutine);
    for (const send of others) pairs.push([siteId(trace, site), siteId(trace, send.site)]);
  }
  return targets('order', pairs);
}

/**
 * A select that has received, and might have taken another of its cases: what makes that one ready first, then the send
 * that then finds nobody.
 */
function leftBeforeSent(trace: Trace): Target[] {
  /** Channel → where it is made ready. */
  const ready = new Map<number, Set<number>>();
  const waiting = new Map<number, number[]>();
  const left: { taken: TraceEvent; others: number[] }[] = [];
  const events = [...eventsOf(trace)];
  for (const event of events) {
    const { operation, object, goroutine, argument, site } = event;
    if ((operation === 'close' || operation === 'send') && isDone(event)) {
      const id = siteId(trace, site);
      if (id !== undefined) ready.set(object, (ready.get(object) ?? new Set()).add(id));
    } else if (operation === 'select-case' && argument === RECEIVES) {
      waiting.set(goroutine, [...(waiting.get(goroutine) ?? []), object]);
    } else if (operation === 'select') {
      const others = (waiting.get(goroutine) ?? []).filter((other) => other !== object);
      if (isDone(event) && argument === RECEIVES && others.length > 0) left.push({ taken: event, others });
      waiting.delete(goroutine);
    }
  }
  const pairs = left.flatMap(({ taken, others }) => {
    const sender = events[taken.partner];
    if (sender?.operation !== 'send') return [];
    const send = siteId(trace, sender.site);
    return others.flatMap((other) => [...(ready.get(other) ?? [])].map((id) => [id, send]));
  });
  return targets('order', pairs);
}

/** Two accesses that nothing orders: which comes first may matter. */
function races(trace: Trace): Target[] {
  const pairs = racesIn(trace).pairs.map(({ first, second }) =>
    [first, second].map((index) => siteId(trace, siteIndexOf(trace, index))),
  );
  return targets('race', pairs);
}

const RECEIVES = 2;
const isDone = ({ phase }: TraceEvent): boolean => phase === 'done' || phase === 'wake';

/** Nothing where the place is unknown or not the user's. */
function siteId(trace: Trace, index: number): number | undefined {
  const site = siteAt(trace, index);
  return site && !site.internal ? site.id : undefined;
}

function targets(kind: Target['kind'], candidates: readonly (readonly (number | undefined)[])[]): Target[] {
  const found = new Map<string, Target>();
  for (const candidate of candidates) {
    const sites = candidate.filter((site) => site !== undefined);
    if (sites.length < candidate.length || sites.length < 2) continue;
    // Who comes first matters for an order only.
    const key = JSON.stringify(kind === 'order' ? sites : [...sites].sort((a, b) => a - b));
    if (!found.has(key) && found.size < MOST) found.set(key, { kind, sites });
  }
  return [...found.values()];
}
