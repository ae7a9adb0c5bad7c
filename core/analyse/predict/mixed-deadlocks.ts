/** Cycles of waits of several kinds: told are only those that a reordering shows, for waits have more ways to end than locks. */
import { READ_ACQUIRE, takesLock } from '../../trace/execution/actions';
import type { Execution } from '../../trace/execution/execution';
import { type Member, type MixedCycle, mixedCycles } from '../locks/mixed';
import { factsOf } from '../reorder/facts';
import { Machine } from '../reorder/machine';
import { phrase } from './phrase';
import type { Prediction, Subject } from './prediction';
import { witnessed } from './witnessed';

const MAX_EVENTS = 200_000;

interface MixedPrediction extends Prediction {
  cycle: MixedCycle;
}

export function mixedDeadlocks(subject: Subject): Prediction[] {
  const { execution } = subject;
  if (execution.count > MAX_EVENTS) return [];
  const predictions = mixedCycles(execution).map((cycle): MixedPrediction => {
    const { members } = cycle;
    const reasons = members.map((member, at) => reasonOf(execution, member, members[(at + 1) % members.length]!));
    const events = members.map(({ event }) => event).sort((a, b) => a - b);
    return { kind: 'deadlock', sound: false, events, reasons, cycle };
  });
  if (predictions.length === 0) return [];
  const facts = factsOf(execution);
  const stuck = ({ cycle }: MixedPrediction, witness: readonly number[]): boolean => {
    const machine = new Machine(facts);
    for (const event of witness) machine.step(event);
    // Who reads behind a writer waits for the writer, who waits.
    return cycle.members.every(({ event, dependence }) => dependence === 'writer' || machine.waits(event));
  };
  return witnessed(subject, predictions, stuck)
    .filter(({ witness }) => witness !== undefined)
    .map(({ cycle, ...prediction }) => ({ ...prediction, sound: cycle.certain }));
}

function reasonOf(execution: Execution, { event, held, dependence }: Member, next: Member): string {
  const { threads, locks } = execution.names;
  const own = held.map(({ lock, shared }) => `${locks[lock]}${shared ? ' for reading' : ''}`).join(' and ');
  const who = `${threads[execution.thread[event]!]}${own === '' ? '' : `, which holds ${own},`}`;
  const other = threads[execution.thread[next.event]!];
  const lock = locks[execution.target[event]!];
  switch (dependence) {
    case 'lock':
      return `${who} asks for ${lock}${execution.action[event] === READ_ACQUIRE ? ' for reading' : ''}, which ${other} holds.`;
    case 'writer':
      return `${who} asks for ${lock} for reading, behind ${other}, which waits to write: no reader goes past a writer.`;
    case 'event':
      return `${who} waits for what ${other} does only behind the place where it ${takesLock(execution.action[next.event]!) ? 'asks for a lock' : 'waits'} itself (${phrase(execution, next.event)}).`;
  }
}
