/** Lock cycles, with PWR and with a sound reordering. */
import { ABSENT } from '../../trace/execution/execution';
import { type PredictedDeadlock, predictedDeadlocks, soundDeadlocks } from '../locks/deadlocks';
import type { Guard, LockDependency } from '../locks/dependencies';
import { criticalSections } from '../relations/held-locks';
import type { Prediction, Subject } from './prediction';
import { witnessed } from './witnessed';

interface LockCycle extends Prediction {
  chain: readonly LockDependency[];
}

function cycleOf({ execution }: Subject, { chain, witness }: PredictedDeadlock): LockCycle {
  const { threads, locks } = execution.names;
  const held = ({ lock, shared, own }: Guard): string =>
    `${locks[lock]}${shared ? ' for reading' : ''}${own ? '' : ', which another thread holds around it,'}`;
  const reasons = chain.map(
    ({ thread, lock, guards }) =>
      `${threads[thread]} is in a critical section of ${guards.map(held).join(' and ')} when it asks for ${locks[lock]}.`,
  );
  const events = chain.map(({ event }) => event).sort((a, b) => a - b);
  return { kind: 'deadlock', sound: witness !== undefined, events, reasons, chain, ...(witness ? { witness } : {}) };
}

/** Those of one thread hold while it is where it is; around them others must still hold theirs. */
export function lockDependencies(subject: Subject): Prediction[] {
  const found = predictedDeadlocks(subject.execution).map((deadlock) => cycleOf(subject, deadlock));
  if (found.length === 0) return [];
  const releases = new Map(criticalSections(subject.execution).map(({ acquire, release }) => [acquire, release]));
  return witnessed(subject, found, ({ chain }, witness) => {
    const done = new Set(witness);
    const isHeld = ({ acquire }: Guard): boolean => done.has(acquire) && !done.has(releases.get(acquire) ?? ABSENT);
    return chain.every(({ guards }) => guards.every(isHeld));
  });
}

export const soundLockDependencies = (subject: Subject): Prediction[] =>
  soundDeadlocks(subject.execution).map((deadlock) => cycleOf(subject, deadlock));
