/**
 * Pairs of accesses to one variable, at least one a write, that happens-before does not order. The idea of FastTrack
 * (Flanagan & Freund, PLDI 2009), but so that all racing pairs of sites are found and not just the first: for each site
 * it keeps the accesses that no later one of the same site has come after. Nothing is lost with the others: what is
 * unordered with a forgotten access is unordered with the one that came after it too.
 */
import { eventsOf, type Trace, type TraceEvent } from '../../trace/trace';
import { ATOMIC_LOAD, HappensBefore } from './happens-before';
import { Overlaps } from './overlap';

/** Event indices of two unordered conflicting accesses, in the order of the trace. */
export interface RacingPair {
  first: number;
  second: number;
}

export interface RacingPairs {
  /** One for each variable and each pair of (site, operation). */
  pairs: RacingPair[];
  /** Event at which the search was given up, because it had cost too much. */
  stoppedAt?: number;
}

/** Bound on accesses compared and, at some times the price, nodes of clocks visited: between one and two seconds. */
const MAX_WORK = 40_000_000;
const NODE_PRICE = 20;

type Access = 'read' | 'write' | 'load' | 'store';
const ACCESSES: readonly Access[] = ['read', 'write', 'load', 'store'];

function accessOf(event: TraceEvent): Access | undefined {
  switch (event.operation) {
    case 'read':
    case 'write':
      return event.operation;
    case 'atomic':
      return event.argument === ATOMIC_LOAD ? 'load' : 'store';
    default:
      return undefined;
  }
}

const isAtomic = (access: Access): boolean => access === 'load' || access === 'store';
const changes = (access: Access): boolean => access === 'write' || access === 'store';

/** Two that only read do not conflict, nor do two atomic ones. */
const conflict = (a: Access, b: Access): boolean => (changes(a) || changes(b)) && !(isAtomic(a) && isAtomic(b));

interface Latest {
  event: number;
  epoch: number;
}

/** What was done to one variable at one site in one way. */
interface Group {
  access: Access;
  /** The bytes of the variable's region that this concerns. */
  range: readonly [number, number];
  /** Goroutine → its newest access, without those that another of this group has come after. */
  latest: Map<number, Latest>;
  /** Size at which `latest` is searched for accesses to forget: doubling keeps that linear. */
  room: number;
  /** Groups it was already found to race with. */
  raced: Set<Group>;
}

const known = new WeakMap<Trace, RacingPairs>();

/** Searched once for each trace. */
export function racesIn(trace: Trace): RacingPairs {
  const found = known.get(trace) ?? racingPairs(trace);
  known.set(trace, found);
  return found;
}

export function racingPairs(trace: Trace, maxWork: number = MAX_WORK): RacingPairs {
  const order = new HappensBefore(trace);
  const overlaps = new Overlaps(trace);
  const variables = new Map<number, Map<number, Group>>();
  const pairs: RacingPair[] = [];
  let compared = 0;
  for (const event of eventsOf(trace)) {
    if (NODE_PRICE * order.work + compared > maxWork) return { pairs, stoppedAt: event.index };
    const { goroutine, index } = event;
    // What an atomic operation does itself happens before what it passes on.
    const epoch = order.epoch(goroutine);
    order.take(event);
    const access = accessOf(event);
    if (access === undefined || event.object < 0) continue;
    const isBefore = (other: number, its: Latest): boolean => its.epoch <= order.knows(goroutine, other);
    const groups = variables.get(event.object) ?? new Map<number, Group>();
    variables.set(event.object, groups);
    const range = overlaps.range(event);
    const group = groupOf(groups, event.site, access, range);
    for (const object of overlaps.near(event.object)) {
      for (const other of variables.get(object)?.values() ?? []) {
        compared++;
        if (!conflict(other.access, access) || group.raced.has(other) || !touch(range, other.range)) continue;
        for (const [by, its] of other.latest) {
          compared++;
          if (by === goroutine || isBefore(by, its)) continue;
          pairs.push({ first: its.event, second: index });
          group.raced.add(other);
          other.raced.add(group);
          break;
        }
      }
    }
    if (group.latest.size >= group.room) {
      compared += group.latest.size;
      for (const [by, its] of group.latest) if (isBefore(by, its)) group.latest.delete(by);
      group.room = Math.max(4, 2 * group.latest.size);
    }
    const own = group.latest.get(goroutine);
    if (own) Object.assign(own, { event: index, epoch });
    else group.latest.set(goroutine, { event: index, epoch });
  }
  return { pairs };
}

const touch = (a: readonly [number, number], b: readonly [number, number]): boolean => a[0] < b[1] && b[0] < a[1];

function groupOf(groups: Map<number, Group>, site: number, access: Access, range: readonly [number, number]): Group {
  const key = ((site + 1) * ACCESSES.length + ACCESSES.indexOf(access)) * 0x8000_0000 + range[1] - range[0];
  const known = groups.get(key);
  if (known) return known;
  const fresh: Group = { access, range, latest: new Map(), room: 4, raced: new Set() };
  groups.set(key, fresh);
  return fresh;
}
