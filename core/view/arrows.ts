/**
 * Arrows between lanes, found by window: sorted by where they end, with a tree of the smallest beginnings over them, so
 * that those which only pass by are found as well (Cormen et al., "Introduction to Algorithms", interval trees).
 */
export const ARROW_KINDS = ['create', 'message', 'lock', 'signal'] as const;
export type ArrowKind = (typeof ARROW_KINDS)[number];

export interface Arrows {
  /** Columns; from < to, sorted by `to`. */
  from: Int32Array;
  to: Int32Array;
  /** Index into ARROW_KINDS. */
  kind: Uint8Array;
  /** Node n has the smallest `from` of its leaves; leaf i is node leaves + i. */
  tree: Int32Array;
}

const NEVER = 0x7fffffff;

/** Collects arrows; ends usually come in ascending order, and are sorted only when they did not. */
export class ArrowBuilder {
  private readonly ends: Int32Array;
  private count = 0;
  private sorted = true;

  constructor(room: number) {
    this.ends = new Int32Array(3 * room);
  }

  add(one: number, other: number, kind: number): void {
    const at = 3 * this.count++;
    const to = Math.max(one, other);
    this.ends[at] = Math.min(one, other);
    this.ends[at + 1] = to;
    this.ends[at + 2] = kind;
    if (at > 0 && this.ends[at - 2]! > to) this.sorted = false;
  }

  build(): Arrows {
    const { ends, count } = this;
    const order = Int32Array.from({ length: count }, (_, arrow) => arrow);
    if (!this.sorted) order.sort((a, b) => ends[3 * a + 1]! - ends[3 * b + 1]!);
    const pick = (part: number): Int32Array => {
      const picked = new Int32Array(count);
      for (let arrow = 0; arrow < count; arrow++) picked[arrow] = ends[3 * order[arrow]! + part]!;
      return picked;
    };
    const from = pick(0);
    return { from, to: pick(1), kind: Uint8Array.from(pick(2)), tree: treeOf(from) };
  }
}

function treeOf(from: Int32Array): Int32Array {
  let leaves = 1;
  while (leaves < from.length) leaves *= 2;
  const tree = new Int32Array(2 * leaves).fill(NEVER);
  tree.set(from, leaves);
  for (let node = leaves - 1; node > 0; node--) tree[node] = Math.min(tree[2 * node]!, tree[2 * node + 1]!);
  return tree;
}

/** At most `limit` arrows that have a part in the columns first … last, and whether there are more. */
export function arrowsIn(
  { from, to, tree }: Arrows,
  first: number,
  last: number,
  limit: number,
): { found: number[]; more: boolean } {
  let low = 0;
  let high = to.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (to[middle]! < first) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  const leaves = tree.length / 2;
  const stack = [1];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (tree[node]! > last) continue;
    // The leaves below a node are node << depth … with as many ones behind.
    const depth = Math.log2(leaves) - Math.floor(Math.log2(node));
    const lastLeaf = ((node + 1) << depth) - 1 - leaves;
    if (lastLeaf < low) continue;
    if (node < leaves) {
      stack.push(2 * node + 1, 2 * node);
      continue;
    }
    if (node - leaves >= from.length) continue;
    if (found.length === limit) return { found, more: true };
    found.push(node - leaves);
  }
  return { found, more: false };
}
