/**
 * Cyclic chains of lock dependencies: Havelund, "Using Runtime Analysis to Guide Model Checking of Java Programs", 2000;
 * Joshi, Park, Sen & Naik, "A Randomized Dynamic Program Analysis Technique for Detecting Real Deadlocks", PLDI 2009.
 * D1 … Dn of different threads, with
 *   (LD-1) no lock that guards two of them and keeps them apart,
 *   (LD-2) the lock that Di asks for among the guards of Di+1,
 *   (LD-3) the lock that Dn asks for among the guards of D1.
 * Dependencies that differ only by when are one node, as in SPDOffline's abstract deadlock patterns.
 */
import { listOf } from '../../trace/execution/lists';
import { type Held, LockSets } from '../relations/held-locks';
import type { Guard, LockDependency } from './dependencies';

/** Dependencies of one thread on one lock with the same guards, in order. */
export interface Node {
  thread: number;
  lock: number;
  shared: boolean;
  guards: readonly Guard[];
  set: number;
  instances: LockDependency[];
}

/** Longer cycles, and more of them, are not looked for. */
const MAX_LENGTH = 6;
const MAX_STEPS = 2_000_000;

const excludes = (request: { lock: number; shared: boolean }, guard: Pick<Held, 'lock' | 'shared'>): boolean =>
  request.lock === guard.lock && !(request.shared && guard.shared);

export interface Cycles {
  cycles: Node[][];
  /** The search was given up. */
  incomplete: boolean;
}

export function lockCycles(dependencies: readonly LockDependency[]): Cycles {
  const sets = new LockSets();
  const nodes = nodesOf(dependencies, sets);
  const byGuard = new Map<number, Node[]>();
  for (const node of nodes)
    for (const lock of new Set(node.guards.map((it) => it.lock))) listOf(byGuard, lock).push(node);
  const useful = onCycles(nodes, byGuard);
  const cycles: Node[][] = [];
  let steps = 0;
  const chain: Node[] = [];
  const extend = (first: Node): void => {
    const last = chain[chain.length - 1]!;
    for (const next of byGuard.get(last.lock) ?? []) {
      if (++steps > MAX_STEPS) return;
      // Each cycle is told from its lowest thread.
      if (!useful.has(next) || next.thread <= first.thread || chain.some(({ thread }) => thread === next.thread))
        continue;
      if (!next.guards.some((guard) => excludes(last, guard))) continue;
      if (chain.some(({ set }) => !sets.disjoint(set, next.set))) continue;
      chain.push(next);
      if (first.guards.some((guard) => excludes(next, guard))) cycles.push([...chain]);
      if (chain.length < MAX_LENGTH) extend(first);
      chain.pop();
    }
  };
  for (const first of useful) {
    chain.push(first);
    extend(first);
    chain.pop();
  }
  return { cycles, incomplete: steps > MAX_STEPS };
}

function nodesOf(dependencies: readonly LockDependency[], sets: LockSets): Node[] {
  const nodes = new Map<string, Node>();
  for (const dependency of dependencies) {
    const { thread, lock, shared, guards } = dependency;
    let set = 0;
    for (const guard of guards) set = sets.with(set, guard.lock, guard.shared);
    const key = `${thread} ${lock} ${shared} ${set}`;
    const known = nodes.get(key);
    if (known) known.instances.push(dependency);
    else nodes.set(key, { thread, lock, shared, guards, set, instances: [dependency] });
  }
  return [...nodes.values()];
}

/** Nodes that have both somebody to wait for and somebody who waits for them, again and again. */
function onCycles(nodes: readonly Node[], byGuard: ReadonlyMap<number, readonly Node[]>): Set<Node> {
  const left = new Set(nodes);
  const requests = new Map<number, Set<Node>>();
  for (const node of nodes) requests.set(node.lock, (requests.get(node.lock) ?? new Set()).add(node));
  const waitsForOther = (node: Node): boolean =>
    (byGuard.get(node.lock) ?? []).some((other) => left.has(other) && other.thread !== node.thread);
  const isWaitedFor = (node: Node): boolean =>
    node.guards.some(({ lock }) => {
      for (const other of requests.get(lock) ?? []) if (left.has(other) && other.thread !== node.thread) return true;
      return false;
    });
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of left) {
      if (waitsForOther(node) && isWaitedFor(node)) continue;
      left.delete(node);
      changed = true;
    }
  }
  return left;
}
