/**
 * Happens-before by sets instead of clocks (Sulzmann): each thread keeps, per variable, the last write and the reads that
 * come immediately before. The sets grow with variables, not with threads. For HB and SHB, whose steps never ask for
 * other events than accesses. A set is a trie by variable whose parts are shared, so that a merge costs only what
 * differs (Driscoll, Sarnak, Sleator & Tarjan, "Making Data Structures Persistent", 1989).
 */
import { isAccess, WRITE } from '../../trace/execution/actions';
import type { Execution } from '../../trace/execution/execution';
import type { Representation } from './representation';

const BITS = 4;
const WIDTH = 1 << BITS;
/** A leaf has the accesses of 16 variables in a row, a branch 16 subtrees. */
type Events = readonly number[];
type Leaf = readonly (Events | undefined)[];
type Branch = readonly (Tree | undefined)[];
type Tree = Leaf | Branch;
export type AccessSet = Tree | undefined;

export function accessSets({ action, target, thread, count, names }: Execution): Representation<AccessSet> {
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

  /** Of one thread's accesses of one kind the newest is enough. */
  const newest = (events: Events): Events => {
    const kept: number[] = [];
    for (const event of [...events].sort((a, b) => b - a)) {
      if (replaced[event] === 1) continue;
      if (!kept.some((later) => thread[later] === thread[event] && action[later] === action[event])) kept.push(event);
    }
    return kept;
  };

  const union = (one: Events | undefined, other: Events | undefined): Events | undefined => {
    if (one === other || !other) return one;
    if (!one) return other;
    // Mostly the one has taken the place of the other.
    if (one.length === 1 && other.length === 1) {
      const [mine, theirs] = [one[0]!, other[0]!];
      if (mine === theirs || replaced[theirs] === 1) return one;
      if (replaced[mine] === 1) return other;
      if (thread[mine] === thread[theirs] && action[mine] === action[theirs]) return mine > theirs ? one : other;
    }
    return newest([...new Set([...one, ...other])]);
  };

  const merge = (one: AccessSet, other: AccessSet, level: number): AccessSet => {
    if (one === other || !other) return one;
    if (!one) return other;
    let changed: (Tree | Events | undefined)[] | undefined;
    for (let at = 0; at < WIDTH; at++) {
      const [mine, theirs] = [one[at], other[at]];
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
    holds: (known, _thread, _time, event) =>
      isAccess(action[event]!) &&
      eventsOf(known, target[event]!)?.some((it) => it >= event && thread[it] === thread[event]) === true,
    join: (known, other) => merge(known, other, levels),
    learn: (known, told) => merge(known, told, levels),
    step: (known, event) => {
      if (!isAccess(action[event]!)) return known;
      const variable = target[event]!;
      const events = eventsOf(known, variable) ?? [];
      if (events.includes(event)) return known;
      if (action[event] !== WRITE) return put(known, variable, newest([...events, event]), levels);
      for (const old of events) replaced[old] = 1;
      return put(known, variable, [event], levels);
    },
  };
}
