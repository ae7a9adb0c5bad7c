/**
 * Happens-before by sets instead of clocks (Sulzmann): each thread keeps, per variable, the last write and the reads that
 * come immediately before. The sets grow with variables, not with threads. For HB and SHB, whose steps never ask for
 * other events than accesses. A set is a trie by variable whose parts are shared, so that a merge costs only what
 * differs (Driscoll, Sarnak, Sleator & Tarjan, "Making Data Structures Persistent", 1989), and accesses that no later one
 * conflicts with are in none.
 */
import { changes, isAccess, WRITE } from '../../trace/execution/actions';
import { ABSENT, type Execution } from '../../trace/execution/execution';
import type { Representation } from './representation';

const BITS = 4;
const WIDTH = 1 << BITS;
/**
 * Accesses of one variable, by thread and kind, of which the newest is enough: a number that stands for these two, then
 * the event, and so on, ascending.
 */
type Events = readonly number[];
const PAIR = 2;
const KINDS = 32;
/** A leaf has the accesses of 16 variables in a row, a branch 16 subtrees. */
type Leaf = readonly (Events | undefined)[];
type Branch = readonly (Tree | undefined)[];
type Tree = Leaf | Branch;
export type AccessSet = Tree | undefined;

export function accessSets(execution: Execution): Representation<AccessSet> {
  const { action, target, thread, count, names } = execution;
  const wanted = askedFor(execution);
  let levels = 0;
  for (let room = WIDTH; room < names.variables.length; room *= WIDTH) levels++;
  /** Accesses that a later write has taken the place of: nobody asks for them any more. */
  const replaced = new Uint8Array(count);

  const eventsOf = (set: AccessSet, variable: number): Events | undefined => {
    let node = set;
    for (let level = levels; level > 0 && node; level--) {
      node = (node as Branch)[(variable >> (level * BITS)) & (WIDTH - 1)];
    }
    return (node as Leaf | undefined)?.[variable & (WIDTH - 1)];
  };

  const put = (node: AccessSet, variable: number, events: Events, level: number): Tree => {
    const at = (variable >> (level * BITS)) & (WIDTH - 1);
    if (level === 0) {
      const leaf = (node as Leaf | undefined)?.slice() ?? new Array<Events | undefined>(WIDTH).fill(undefined);
      leaf[at] = events;
      return leaf;
    }
    const branch = (node as Branch | undefined)?.slice() ?? new Array<Tree | undefined>(WIDTH).fill(undefined);
    branch[at] = put(branch[at], variable, events, level - 1);
    return branch;
  };

  const keyOf = (event: number): number => thread[event]! * KINDS + action[event]!;

  /** Where the key stands, or would. */
  const placeOf = (events: Events, key: number): number => {
    let low = 0;
    for (let high = events.length / PAIR; low < high; ) {
      const middle = (low + high) >> 1;
      if (events[middle * PAIR]! < key) low = middle + 1;
      else high = middle;
    }
    return low * PAIR;
  };

  const withEvent = (events: Events, event: number): Events => {
    const key = keyOf(event);
    const at = placeOf(events, key);
    const all = events.slice();
    if (all[at] === key) all[at + 1] = event;
    else all.splice(at, 0, key, event);
    return all;
  };

  /** Both, or one of the two itself where that has all that still counts. */
  const union = (one: Events | undefined, other: Events | undefined): Events | undefined => {
    if (one === other || !other) return one;
    if (!one) return other;
    let isEnough = true;
    let otherIsEnough = true;
    for (let at = 0, by = 0; (isEnough || otherIsEnough) && (at < one.length || by < other.length); ) {
      const mine = at < one.length ? one[at]! : Number.POSITIVE_INFINITY;
      const theirs = by < other.length ? other[by]! : Number.POSITIVE_INFINITY;
      const event = mine <= theirs ? one[at + 1]! : ABSENT;
      const their = theirs <= mine ? other[by + 1]! : ABSENT;
      if (event > their && replaced[event] === 0) otherIsEnough = false;
      if (their > event && replaced[their] === 0) isEnough = false;
      if (mine <= theirs) at += PAIR;
      if (theirs <= mine) by += PAIR;
    }
    if (isEnough) return one;
    return otherIsEnough ? other : mixed(one, other);
  };

  const mixed = (one: Events, other: Events): Events => {
    const all: number[] = [];
    for (let at = 0, by = 0; at < one.length || by < other.length; ) {
      const mine = at < one.length ? one[at]! : Number.POSITIVE_INFINITY;
      const theirs = by < other.length ? other[by]! : Number.POSITIVE_INFINITY;
      const event = Math.max(mine <= theirs ? one[at + 1]! : ABSENT, theirs <= mine ? other[by + 1]! : ABSENT);
      if (replaced[event] === 0) all.push(Math.min(mine, theirs), event);
      if (mine <= theirs) at += PAIR;
      if (theirs <= mine) by += PAIR;
    }
    return all;
  };

  const merge = (one: AccessSet, other: AccessSet, level: number): AccessSet => {
    if (one === other || !other) return one;
    if (!one) return other;
    let changed: (Tree | Events | undefined)[] | undefined;
    for (let at = 0; at < WIDTH; at++) {
      const mine = one[at];
      const theirs = other[at];
      if (mine === theirs) continue;
      const both =
        level === 0
          ? union(mine as Events | undefined, theirs as Events | undefined)
          : merge(mine as AccessSet, theirs as AccessSet, level - 1);
      if (both === mine) continue;
      changed ??= (one as (Tree | Events | undefined)[]).slice();
      changed[at] = both;
    }
    return (changed as Tree | undefined) ?? one;
  };

  return {
    empty: undefined,
    steps: true,
    share: (known) => known,
    drop: () => undefined,
    // Whoever knows a later access of the thread knows this one.
    holds: (known, by, _time, event) => {
      if (!isAccess(action[event]!)) return false;
      const events = eventsOf(known, target[event]!);
      if (!events) return false;
      for (let at = placeOf(events, by * KINDS); events[at]! < (by + 1) * KINDS; at += PAIR) {
        if (events[at + 1]! >= event) return true;
      }
      return false;
    },
    join: (known, other) => merge(known, other, levels),
    learn: (known, told) => merge(known, told, levels),
    step: (known, event) => {
      if (wanted[event] === 0) return known;
      const variable = target[event]!;
      const events = eventsOf(known, variable) ?? [];
      const at = placeOf(events, keyOf(event));
      if (events[at] === keyOf(event) && events[at + 1] === event) return known;
      if (action[event] !== WRITE) return put(known, variable, withEvent(events, event), levels);
      for (let old = 1; old < events.length; old += PAIR) replaced[events[old]!] = 1;
      return put(known, variable, [keyOf(event), event], levels);
    },
  };
}

/** Accesses that a later one of another thread conflicts with: about others nobody asks. */
function askedFor({ action, target, thread, count, names }: Execution): Uint8Array {
  const wanted = new Uint8Array(count);
  /** Of each variable who accesses and who changes it later: a thread, SEVERAL or ABSENT. */
  const later = new Int32Array(names.variables.length).fill(ABSENT);
  const changing = new Int32Array(names.variables.length).fill(ABSENT);
  const others = (who: number, than: number): boolean => who !== ABSENT && who !== than;
  const joined = (who: number, by: number): number => (others(who, by) ? SEVERAL : by);
  for (let event = count - 1; event >= 0; event--) {
    if (!isAccess(action[event]!)) continue;
    const variable = target[event]!;
    const by = thread[event]!;
    const isChange = changes(action[event]!);
    if (others((isChange ? later : changing)[variable]!, by)) wanted[event] = 1;
    later[variable] = joined(later[variable]!, by);
    if (isChange) changing[variable] = joined(changing[variable]!, by);
  }
  return wanted;
}

const SEVERAL = -2;
