/** Cycles of a wait-for graph. */
import type { WaitEdge } from './wait-for';

const successors = new WeakMap<readonly WaitEdge[], ReadonlyMap<number, readonly number[]>>();

/** Remembered: a thousand leaked goroutines ask about the same edges. */
function successorsOf(edges: readonly WaitEdge[]): ReadonlyMap<number, readonly number[]> {
  const known = successors.get(edges);
  if (known) return known;
  const next = new Map<number, number[]>();
  for (const { from, to } of edges) {
    const list = next.get(from);
    if (list) list.push(to);
    else next.set(from, [to]);
  }
  successors.set(edges, next);
  return next;
}

/**
 * Strongly connected components with at least one edge inside, by Tarjan's algorithm ("Depth-First Search and Linear
 * Graph Algorithms", SIAM J. Comput. 1972), without recursion. Each component lists its goroutines, lowest first.
 */
export function components(edges: readonly WaitEdge[]): number[][] {
  const next = successorsOf(edges);
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
      const successor = next.get(node)?.[top.at++];
      if (successor === undefined) {
        path.pop();
        const parent = path[path.length - 1];
        if (parent) low.set(parent.node, Math.min(low.get(parent.node)!, low.get(node)!));
        if (low.get(node) === order.get(node)) {
          const component = open.splice(open.indexOf(node));
          for (const member of component) isOpen.delete(member);
          if (component.length > 1 || next.get(node)?.includes(node)) found.push(component.sort((a, b) => a - b));
        }
      } else if (!order.has(successor)) path.push({ node: successor, at: 0 });
      else if (isOpen.has(successor)) low.set(node, Math.min(low.get(node)!, order.get(successor)!));
    }
  }
  return found;
}

/** A shortest cycle through `start` inside `members`: edges in order, the last leads back. Empty when there is none. */
export function cycleThrough(start: number, members: readonly number[], edges: readonly WaitEdge[]): WaitEdge[] {
  const reached = new Map<number, WaitEdge>();
  let frontier = [start];
  while (frontier.length > 0) {
    const following: number[] = [];
    for (const node of frontier) {
      for (const edge of edges) {
        if (edge.from !== node || !members.includes(edge.to)) continue;
        if (edge.to === start) {
          const cycle = [edge];
          for (let at = node; at !== start; at = cycle[0]!.from) cycle.unshift(reached.get(at)!);
          return cycle;
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
  const next = successorsOf(edges);
  const seen = new Set([start]);
  for (const node of seen) for (const to of next.get(node) ?? []) seen.add(to);
  return seen;
}
