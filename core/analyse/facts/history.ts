/** Who did what with which object in the whole trace: the evidence that somebody could come and help. */
import { NONE, type Operation, type Site } from '../../../protocol/trace';
import { ABSENT, channelDirection, eventAt, eventsOf, siteAt, type Trace, type TraceEvent } from '../../trace/trace';

/** What a goroutine did to an object, as far as it matters to those who wait. */
export type Use = 'send' | 'receive' | 'close' | 'add' | 'done' | 'signal' | 'make' | 'other';

export interface History {
  /** Object → use → goroutine → its last such event. */
  uses: ReadonlyMap<number, ReadonlyMap<Use, ReadonlyMap<number, number>>>;
  /** Goroutine → the `go` event that started it; ABSENT for the first. */
  startedBy: readonly number[];
  /** Goroutine → the `go` events by which it started others. */
  starts: readonly (readonly number[])[];
  /** Wait group → the `go` events right behind an Add to it: it is their Done that a wait is for. */
  startedFor: ReadonlyMap<number, readonly number[]>;
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

/** Nobody who waits asks who used a variable, and there are many. */
const isAccess = ({ operation }: TraceEvent): boolean =>
  operation === 'read' || operation === 'write' || operation === 'atomic';

/** Linear. */
export function historyOf(trace: Trace): History {
  const uses = new Map<number, Map<Use, Map<number, number>>>();
  const startedBy = trace.header.goroutines.map(() => ABSENT);
  const starts: number[][] = trace.header.goroutines.map(() => []);
  const startedFor = new Map<number, number[]>();
  /** Goroutine → the wait group it has added to just before. */
  const groups = trace.header.goroutines.map(() => ABSENT);
  const events: number[][] = trace.header.goroutines.map(() => []);
  for (const event of eventsOf(trace)) {
    if (event.operation === 'fire' || event.operation === 'clock') continue;
    events[event.goroutine]!.push(event.index);
    if (event.operation === 'go' && startedBy[event.argument] === ABSENT) {
      startedBy[event.argument] = event.index;
      starts[event.goroutine]!.push(event.index);
      const group = groups[event.goroutine]!;
      if (group !== ABSENT) append(startedFor, group, event.index);
    }
    // `wg.Add(3)` before a loop that starts three, and reads of variables between Add and go, change nothing.
    if (event.operation === 'wg-add') groups[event.goroutine] = event.argument > 0 ? event.object : ABSENT;
    else if (event.operation !== 'go' && event.operation !== 'make' && !isAccess(event))
      groups[event.goroutine] = ABSENT;
    if (event.object < 0 || isAccess(event)) continue;
    const object = uses.get(event.object) ?? new Map<Use, Map<number, number>>();
    uses.set(event.object, object);
    const use = object.get(useOf(event)) ?? new Map<number, number>();
    object.set(useOf(event), use);
    use.set(event.goroutine, event.index);
  }
  return { uses, startedBy, starts, startedFor, events };
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
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
  const at = all.lastIndexOf(index);
  for (let before = at - 1; before >= 0; before--) {
    const found = visible(all[before]!);
    if (found) return found;
  }
  for (let after = at + 1; after < all.length; after++) {
    const found = visible(all[after]!);
    if (found) return found;
  }
  const started = history.startedBy[goroutine] ?? ABSENT;
  return started === ABSENT ? undefined : visible(started);
}

/** A goroutine that a standard package started for itself, such as context's for a parent of unknown type. */
export function startedInternally(trace: Trace, history: History, goroutine: number): boolean {
  const started = history.startedBy[goroutine] ?? ABSENT;
  return started !== ABSENT && siteAt(trace, eventAt(trace, started).site)?.internal === true;
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
