/** Lock cycles, with PWR and with a sound reordering. */
import { type PredictedDeadlock, predictedDeadlocks, soundDeadlocks } from '../locks/deadlocks';
import type { Prediction, Subject } from './prediction';

function predicted({ execution }: Subject, { chain, witness }: PredictedDeadlock): Prediction {
  const { threads, locks } = execution.names;
  const holds = chain.map(({ thread, guards }) => {
    const held = guards.map(({ lock, shared, own }) => {
      const name = `${locks[lock]}${shared ? ' for reading' : ''}`;
      return own ? name : `${name} (held around it by another thread)`;
    });
    return `${threads[thread]} runs with ${held.join(' and ')} locked when it asks for ${locks[chain.find((it) => it.thread === thread)!.lock]}.`;
  });
  return {
    kind: 'deadlock',
    sound: witness !== undefined,
    events: chain.map(({ event }) => event).sort((a, b) => a - b),
    reasons: holds,
    ...(witness ? { witness } : {}),
  };
}

export const lockDependencies = (subject: Subject): Prediction[] =>
  predictedDeadlocks(subject.execution).map((deadlock) => predicted(subject, deadlock));

export const soundLockDependencies = (subject: Subject): Prediction[] =>
  soundDeadlocks(subject.execution).map((deadlock) => predicted(subject, deadlock));
