/** Who did what with which object in the whole trace: the evidence that somebody could come and help. */
import { NONE, type Operation, type Site } from '../../protocol/trace';
import { ABSENT, channelDirection, eventAt, eventsOf, siteAt, type Trace, type TraceEvent } from '../trace/trace';

/** What a goroutine did to an object, as far as it matters to those who wait. */
export type Use = 'send' | 'receive' | 'close' | 'add' | 'done' | 'signal' | 'make' | 'other';

export interface History {
  /** Object → use → goroutine → its last such event. */
  uses: ReadonlyMap<number, ReadonlyMap<Use, ReadonlyMap<number, number>>>;
  /** Goroutine → the `go` event that started it; ABSENT for the first. */
  startedBy: readonly number[];
  /** Goroutine → its events. */
  events: readonly (readonly number[])[];
}

function useOf(event: TraceEvent): Use {
  const direction = channelDirection(event);
  if (direction !== undefined) return direction;
  switch (event.operation) {
    case 'close':
    case 'make':
      return event.operation;
    case 'wg-add':
      return event.argument < 0 ? 'done' : 'add';
    case 'cond-signal':
    case 'cond-broadcast':
      return 'signal';
    default:
      return 'other';
  }
}

/** Linear. */
export function historyOf(trace: Trace): History {
  const uses = new Map<number, Map<Use, Map<number, number>>>();
  const startedBy = trace.header.goroutines.map(() => ABSENT);
  const events: number[][] = trace.header.goroutines.map(() => []);
  for (const event of eventsOf(trace)) {
    if (event.operation === 'fire' || event.operation === 'clock') continue;
    events[event.goroutine]!.push(event.index);
    if (event.operation === 'go' && startedBy[event.argument] === ABSENT) startedBy[event.argument] = event.index;
    if (event.object < 0) continue;
    const object = uses.get(event.object) ?? new Map<Use, Map<number, number>>();
    uses.set(event.object, object);
    const use = object.get(useOf(event)) ?? new Map<number, number>();
    object.set(useOf(event), use);
    use.set(event.goroutine, event.index);
  }
  return { uses, startedBy, events };
}

/** Goroutines that used the object so, with their last event. */
export const usersOf = (history: History, object: number, use: Use): ReadonlyMap<number, number> =>
  history.uses.get(object)?.get(use) ?? new Map<number, number>();

export interface ShownSite {
  site: Site;
  /** Event the site was taken from; the one asked for unless that has no site to show. */
  event: number;
}

/**
 * The site to show for an event: its own, or, inside a rewritten standard package, that of the nearest event of the
 * same goroutine that stands in the user's code (earlier ones first), or the `go` statement that started it.
 */
export function shownSite(trace: Trace, history: History, index: number): ShownSite | undefined {
  const visible = (event: number): ShownSite | undefined => {
    const site = siteAt(trace, eventAt(trace, event).site);
    return site && !site.internal ? { site, event } : undefined;
  };
  const own = visible(index);
  if (own) return own;
  const { goroutine } = eventAt(trace, index);
  const all = history.events[goroutine] ?? [];
  const at = all.indexOf(index);
  for (const event of [...all.slice(0, Math.max(at, 0)).reverse(), ...all.slice(at + 1)]) {
    const found = visible(event);
    if (found) return found;
  }
  const started = history.startedBy[goroutine] ?? ABSENT;
  return started === ABSENT ? undefined : visible(started);
}

/** The site of a goroutine's `go` statement when the user wrote it. */
export function startSite(trace: Trace, history: History, goroutine: number): Site | undefined {
  const started = history.startedBy[goroutine] ?? ABSENT;
  const recorded = trace.header.goroutines[goroutine]?.site ?? NONE;
  const site = started !== ABSENT ? siteAt(trace, eventAt(trace, started).site) : trace.header.sites[recorded];
  return site && !site.internal ? site : undefined;
}

/** Site where a channel was made, or any object first used, when the user wrote it. */
export function madeSite(trace: Trace, object: number): { site: Site; operation: Operation } | undefined {
  const index = trace.header.objects[object]?.site ?? NONE;
  const site = index === NONE ? undefined : trace.header.sites[index];
  return site && !site.internal && site.operation === 'make' ? { site, operation: 'make' } : undefined;
}
