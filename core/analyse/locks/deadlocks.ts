/** Deadlocks that another order of the events may show: cycles of lock dependencies that can be waiting at once. */
import type { Execution } from '../../trace/execution/execution';
import { allClocks } from '../relations/all-clocks';
import { KEPT } from '../relations/rules';
import { factsOf } from '../reorder/facts';
import { Ideal, Locks } from '../reorder/ideal';
import { enabledAfter } from '../reorder/machine';
import { lockCycles, type Node } from './cycles';
import { type LockDependencies, type LockDependency, lockDependencies } from './dependencies';

export interface PredictedDeadlock {
  /** One of each thread of the cycle; each waits for a lock that the next one holds, the last for one of the first. */
  chain: LockDependency[];
  /** Events after which all of them wait, in order. */
  witness?: number[];
}

/** By PWR: none comes before another. */
export function predictedDeadlocks(execution: Execution): PredictedDeadlock[] {
  return deadlocksOf(lockDependencies(execution));
}

export function deadlocksOf(dependencies: LockDependencies): PredictedDeadlock[] {
  return distinct(lockCycles(dependencies.found()).cycles, (cycle) => {
    const chain = concurrent(cycle, dependencies);
    return chain && { chain };
  });
}

/**
 * Sound: Tunç, Mathur, Pavlogiannis & Viswanathan, "Sound Dynamic Deadlock Prediction in Linear Time", PLDI 2023
 * (SPDOffline). The reordering keeps the order of critical sections.
 */
export function soundDeadlocks(execution: Execution): PredictedDeadlock[] {
  const { cycles } = lockCycles(lockDependencies(execution).found());
  if (cycles.length === 0) return [];
  const facts = factsOf(execution);
  const before = allClocks(execution, KEPT);
  const locks = new Locks(facts);
  return distinct(cycles, (cycle) => {
    const ideal = new Ideal(facts, before, locks);
    const at = cycle.map(() => 0);
    for (;;) {
      const chain = cycle.map((node, slot) => node.instances[at[slot]!]!);
      for (const { event } of chain) ideal.addBefore(event);
      ideal.close();
      if (ideal.impossible) return undefined;
      const inside = chain.findIndex(({ event }) => ideal.has(event));
      if (inside < 0) {
        const witness = ideal.events();
        const events = chain.map(({ event }) => event);
        const held = chain.every(({ guards }) =>
          guards.every(({ acquire }) => {
            const section = facts.sections[facts.sectionOf[acquire]!]!;
            return ideal.has(acquire) && !(section.release >= 0 && ideal.has(section.release));
          }),
        );
        return held && enabledAfter(facts, witness, events) ? { chain, witness } : undefined;
      }
      // What is in the ideal stays in it.
      if (++at[inside]! >= cycle[inside]!.instances.length) return undefined;
    }
  });
}

/** One for each set of threads and locks. */
function distinct(
  cycles: readonly Node[][],
  find: (cycle: Node[]) => PredictedDeadlock | undefined,
): PredictedDeadlock[] {
  const found = new Map<string, PredictedDeadlock>();
  for (const cycle of cycles) {
    const key = cycle.map(({ thread, lock }) => `${thread} ${lock}`).join();
    if (found.has(key)) continue;
    const deadlock = find(cycle);
    if (deadlock) found.set(key, deadlock);
  }
  return [...found.values()];
}

/**
 * One instance of each node so that none comes before another, as in Garg & Waldecker, "Detection of Weak Unstable
 * Predicates in Distributed Programs", 1994: what comes before another's present one comes before its later ones too.
 */
function concurrent(cycle: readonly Node[], dependencies: LockDependencies): LockDependency[] | undefined {
  const at = cycle.map(() => 0);
  for (;;) {
    const chain = cycle.map((node, slot) => node.instances[at[slot]!]!);
    const early = chain.findIndex((one) => chain.some((other) => one !== other && dependencies.isBefore(one, other)));
    if (early < 0) return chain;
    if (++at[early]! >= cycle[early]!.instances.length) return undefined;
  }
}
