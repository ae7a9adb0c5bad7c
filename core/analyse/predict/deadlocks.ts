/** Lock cycles, with PWR and with a sound reordering. */
import { ABSENT, type ExecutionNames } from '../../trace/execution/execution';
import { deadlocksOf, type PredictedDeadlock, predictedDeadlocks, soundDeadlocks } from '../locks/deadlocks';
import { type Guard, LockDependencies, type LockDependency } from '../locks/dependencies';
import { criticalSections } from '../relations/held-locks';
import type { OrderOptions } from '../relations/synchronisation';
import { mixedDeadlocks } from './mixed-deadlocks';
import type { Prediction, Stream, Subject } from './prediction';
import { witnessed } from './witnessed';

interface LockCycle extends Prediction {
  chain: readonly LockDependency[];
}

function cycleOf({ threads, locks }: ExecutionNames, { chain, witness }: PredictedDeadlock): LockCycle {
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
  const mixed = mixedDeadlocks(subject);
  const found = predictedDeadlocks(subject.execution).map((deadlock) => cycleOf(subject.execution.names, deadlock));
  if (found.length === 0) return mixed;
  const releases = new Map(criticalSections(subject.execution).map(({ acquire, release }) => [acquire, release]));
  const ofLocks = witnessed(subject, found, ({ chain }, witness) => {
    const done = new Set(witness);
    const isHeld = ({ acquire }: Guard): boolean => done.has(acquire) && !done.has(releases.get(acquire) ?? ABSENT);
    return chain.every(({ guards }) => guards.every(isHeld));
  });
  // The same, with the wait that holds the lock around another thread as one more member.
  const isKnown = ({ events }: Prediction): boolean =>
    ofLocks.some((cycle) => cycle.sound && cycle.events.every((event) => events.includes(event)));
  return [...ofLocks, ...mixed.filter((prediction) => !isKnown(prediction))];
}

/** Locks only, without what other threads hold around them being looked for in a reordering. */
export function lockDependencyStream(options: OrderOptions, most: number): Stream {
  const search = new LockDependencies(options);
  let found: PredictedDeadlock[] | undefined;
  const all = (): PredictedDeadlock[] => {
    found ??= deadlocksOf(search);
    return found;
  };
  return {
    sink: search,
    predictions: (names) =>
      all()
        .slice(0, most)
        .map((deadlock) => cycleOf(names, deadlock)),
    total: () => all().length,
  };
}

export const soundLockDependencies = (subject: Subject): Prediction[] =>
  soundDeadlocks(subject.execution).map((deadlock) => cycleOf(subject.execution.names, deadlock));
