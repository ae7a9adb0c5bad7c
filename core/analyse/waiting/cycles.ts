/** Walks over a wait-for graph: cycles, and who is stuck behind whom. */
import type { WaitEdge } from './wait-for';

const byFrom = new WeakMap<readonly WaitEdge[], ReadonlyMap<number, readonly WaitEdge[]>>();
const byTo = new WeakMap<readonly WaitEdge[], ReadonlyMap<number, readonly WaitEdge[]>>();

/** Remembered: a thousand leaked goroutines ask about the same edges. */
function indexed(
  index: WeakMap<readonly WaitEdge[], ReadonlyMap<number, readonly WaitEdge[]>>,
  edges: readonly WaitEdge[],
  end: 'from' | 'to',
): ReadonlyMap<number, readonly WaitEdge[]> {
  const known = index.get(edges);
  if (known) return known;
  const lists = new Map<number, WaitEdge[]>();
  for (const edge of edges) {
    const list = lists.get(edge[end]);
    if (list) list.push(edge);
    else lists.set(edge[end], [edge]);
  }
  index.set(edges, lists);
  return lists;
}

export const edgesFrom = (edges: readonly WaitEdge[], goroutine: number): readonly WaitEdge[] =>
  indexed(byFrom, edges, 'from').get(goroutine) ?? [];

/**
 * Strongly connected components with at least one edge inside, by Tarjan's algorithm ("Depth-First Search and Linear
 * Graph Algorithms", SIAM J. Comput. 1972), without recursion. Each component lists its goroutines, lowest first.
 */
export function components(edges: readonly WaitEdge[]): number[][] {
  const next = indexed(byFrom, edges, 'from');
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const found: number[][] = [];
  for (const root of [...next.keys()].sort((a, b) => a - b)) {
    if (order.has(root)) continue;
    const path: { node: number; at: number }[] = [{ node: root, at: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const { node } = top;
      if (top.at === 0) {
        order.set(node, order.size);
        low.set(node, order.get(node)!);
        open.push(node);
        isOpen.add(node);
      }
      const successor = next.get(node)?.[top.at++]?.to;
      if (successor === undefined) {
        path.pop();
        const parent = path[path.length - 1];
        if (parent) low.set(parent.node, Math.min(low.get(parent.node)!, low.get(node)!));
        if (low.get(node) === order.get(node)) {
          const component = open.splice(open.lastIndexOf(node));
          for (const member of component) isOpen.delete(member);
          if (component.length > 1 || next.get(node)?.some(({ to }) => to === node))
            found.push(component.sort((a, b) => a - b));
        }
      } else if (!order.has(successor)) path.push({ node: successor, at: 0 });
      else if (isOpen.has(successor)) low.set(node, Math.min(low.get(node)!, order.get(successor)!));
    }
  }
  return found;
}

/** A shortest cycle through `start` inside `members`: edges in order, the last leads back. Empty when there is none. */
export function cycleThrough(start: number, members: readonly number[], edges: readonly WaitEdge[]): WaitEdge[] {
  const inside = new Set(members);
  const reached = new Map<number, WaitEdge>();
  let frontier = [start];
  while (frontier.length > 0) {
    const following: number[] = [];
    for (const node of frontier) {
      for (const edge of edgesFrom(edges, node)) {
        if (!inside.has(edge.to)) continue;
        if (edge.to === start) {
          const cycle = [edge];
          for (let at = node; at !== start; at = cycle[cycle.length - 1]!.from) cycle.push(reached.get(at)!);
          return cycle.reverse();
        }
        if (reached.has(edge.to)) continue;
        reached.set(edge.to, edge);
        following.push(edge.to);
      }
    }
    frontier = following;
  }
  return [];
}

/** All that can be reached from `start` along edges, with itself. */
export function reachable(start: number, edges: readonly WaitEdge[]): Set<number> {
  const seen = new Set([start]);
  for (const node of seen) for (const { to } of edgesFrom(edges, node)) seen.add(to);
  return seen;
}

/** All from which one of `targets` can be reached along edges, with themselves. */
export function reaching(targets: Iterable<number>, edges: readonly WaitEdge[]): Set<number> {
  const previous = indexed(byTo, edges, 'to');
  const seen = new Set(targets);
  for (const node of seen) for (const { from } of previous.get(node) ?? []) seen.add(from);
  return seen;
}
