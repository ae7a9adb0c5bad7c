/** The events of an execution as they are written in papers: `acq(y)`, `w(x)`. */
import { ADD, targetOf } from '../../trace/execution/actions';
import { actionAt, type Execution, targetName } from '../../trace/execution/execution';

const SHORT: Record<string, string> = {
  read: 'r',
  write: 'w',
  acquire: 'acq',
  release: 'rel',
  'enter-again': 'acq',
  'leave-again': 'rel',
  'read-acquire': 'racq',
  'read-release': 'rrel',
  request: 'req',
  send: 'snd',
  receive: 'rcv',
};

export function cell(execution: Execution, event: number): string {
  const action = actionAt(execution, event);
  const name = SHORT[action] ?? action;
  const code = execution.action[event]!;
  if (targetOf(code) === 'nothing') return name;
  const delta = execution.detail[event]!;
  const more = code === ADD ? `, ${delta > 0 ? '+' : ''}${delta}` : '';
  return `${name}(${targetName(execution, event)}${more})`;
}

/** What is shown of an execution, and beside it. */
export interface Showing {
  /** Events, in the order of showing; all by default. */
  events?: readonly number[];
  /** What an event is called by; its number from 1 by default. */
  number?(event: number): number;
  /** A further column: what it is called, and what it says of an event. */
  column?: { title: string; of(event: number): string };
  /** Arrows, from event to event. */
  arrows?: readonly (readonly [number, number])[];
}

export const numberOf = (event: number, { number }: Showing): number => number?.(event) ?? event + 1;

export const shownEvents = (execution: Execution, { events }: Showing): readonly number[] =>
  events ?? Array.from({ length: execution.count }, (_, event) => event);

/** Threads that do something in what is shown, in the order of their numbers. */
export function shownThreads(execution: Execution, events: readonly number[]): number[] {
  return [...new Set(events.map((event) => execution.thread[event]!))].sort((a, b) => a - b);
}
