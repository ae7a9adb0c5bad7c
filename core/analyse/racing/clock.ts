/**
 * What is known of each goroutine, as a value that never changes: goroutine index → epoch, 0 where nothing is known. A
 * trie whose subtrees are shared between clocks (Driscoll, Sarnak, Sleator & Tarjan, "Making Data Structures
 * Persistent", JCSS 1989), so that a copy costs nothing, a join only what differs, and memory follows what is really
 * known instead of goroutines × goroutines.
 */

const BITS = 4;
const WIDTH = 1 << BITS;

/** A leaf has the epochs of 16 goroutines in a row, a branch 16 subtrees. Undefined: all 0. */
type Leaf = readonly number[];
type Branch = readonly (Clock | undefined)[];
export type Clock = Leaf | Branch;

/** The operations on clocks over a fixed number of goroutines. */
export class Clocks {
  /** Levels of branches above the leaves. */
  private readonly levels: number;
  /** Nodes visited until now: what the work is measured in. */
  work = 0;

  constructor(goroutines: number) {
    let levels = 0;
    for (let room = WIDTH; room < goroutines; room *= WIDTH) levels++;
    this.levels = levels;
  }

  get(clock: Clock | undefined, goroutine: number): number {
    let node = clock;
    for (let level = this.levels; level > 0 && node; level--) {
      node = (node as Branch)[(goroutine >> (level * BITS)) & (WIDTH - 1)];
    }
    return node ? (node as Leaf)[goroutine & (WIDTH - 1)]! : 0;
  }

  /** The clock with the epoch of one goroutine raised. */
  raise(clock: Clock | undefined, goroutine: number, epoch: number): Clock {
    return clock && this.get(clock, goroutine) >= epoch ? clock : this.replace(clock, goroutine, epoch, this.levels);
  }

  /** The larger epoch of each goroutine. One of the two itself where it knows all that the other does. */
  join(one: Clock | undefined, other: Clock | undefined): Clock | undefined {
    return this.joinNodes(one, other, this.levels);
  }

  private replace(node: Clock | undefined, goroutine: number, epoch: number, level: number): Clock {
    this.work++;
    const at = (goroutine >> (level * BITS)) & (WIDTH - 1);
    if (level === 0) {
      const leaf = node ? (node as Leaf).slice() : new Array<number>(WIDTH).fill(0);
      leaf[at] = epoch;
      return leaf;
    }
    const branch = node ? (node as Branch).slice() : new Array<Clock | undefined>(WIDTH).fill(undefined);
    branch[at] = this.replace(branch[at], goroutine, epoch, level - 1);
    return branch;
  }

  private joinNodes(one: Clock | undefined, other: Clock | undefined, level: number): Clock | undefined {
    if (one === other || !other) return one;
    if (!one) return other;
    this.work++;
    return level === 0
      ? joinLeaves(one as Leaf, other as Leaf)
      : this.joinBranches(one as Branch, other as Branch, level);
  }

  private joinBranches(one: Branch, other: Branch, level: number): Branch {
    let isOne = true;
    let isOther = true;
    let joined: (Clock | undefined)[] | undefined;
    for (let at = 0; at < WIDTH; at++) {
      const child = this.joinNodes(one[at], other[at], level - 1);
      if (joined) joined[at] = child;
      else {
        const wasOne = isOne;
        isOne &&= child === one[at];
        isOther &&= child === other[at];
        if (isOne || isOther) continue;
        // Up to here it was one of the two.
        joined = (wasOne ? one : other).slice();
        joined[at] = child;
      }
    }
    return joined ?? (isOne ? one : other);
  }
}

function joinLeaves(one: Leaf, other: Leaf): Leaf {
  let isOne = true;
  let isOther = true;
  for (let at = 0; at < WIDTH; at++) {
    if (other[at]! > one[at]!) isOne = false;
    else if (other[at]! < one[at]!) isOther = false;
  }
  if (isOne) return one;
  return isOther ? other : one.map((epoch, at) => Math.max(epoch, other[at]!));
}
