/** A run as the model of operations sees it: its trace, and whose turn each step was. */
import type { Step } from '../../../protocol/schedule';
import { ABSENT, eventAt, goroutineOf, phaseOf, type Trace, type TraceEvent } from '../../trace/trace';

export type RunStep = Pick<Step, 'g' | 'op' | 'at' | 'case'>;

export interface SeenRun {
  trace: Trace;
  /** Sites are not looked at: those of the events say where. */
  steps: readonly RunStep[];
  /** Goroutine → its events. */
  events: readonly (readonly number[])[];
  /** Goroutine → its steps. */
  turns: readonly (readonly number[])[];
  /** Goroutine path → index. */
  indexOf: ReadonlyMap<string, number>;
}

/** Linear. A schedule without events, or one that names goroutines that the trace has not, gives nothing. */
export function seenRun(trace: Trace, steps: readonly RunStep[]): SeenRun | undefined {
  const indexOf = new Map(trace.header.goroutines.map(({ path }, index) => [path, index]));
  if (steps.some(({ at, g }) => at === undefined || !indexOf.has(g))) return undefined;
  const events: number[][] = trace.header.goroutines.map(() => []);
  for (let index = 0; index < trace.count; index++) {
    const own = events[goroutineOf(trace, index)];
    if (!own) return undefined;
    own.push(index);
  }
  const turns: number[][] = trace.header.goroutines.map(() => []);
  for (const [step, { g }] of steps.entries()) turns[indexOf.get(g)!]!.push(step);
  return { trace, steps, events, turns, indexOf };
}

/** The goroutine's first event at or behind `from`; undefined when there is none. */
export function eventFrom({ trace, events }: SeenRun, goroutine: number, from: number): TraceEvent | undefined {
  const own = events[goroutine] ?? [];
  const at = firstFrom(own, from);
  return at < own.length ? eventAt(trace, own[at]!) : undefined;
}

/** The goroutine's first step at or behind `from`; ABSENT when there is none. */
export function stepFrom({ turns }: SeenRun, goroutine: number, from: number): number {
  const own = turns[goroutine] ?? [];
  return own[firstFrom(own, from)] ?? ABSENT;
}

/** The event that ended a wait, among the events of its goroutine; ABSENT when nothing did. */
export function wakeOf(trace: Trace, own: ArrayLike<number>, blocked: TraceEvent): number {
  for (let at = firstFrom(own, blocked.index + 1); at < own.length; at++) {
    const { phase, operation, index } = eventAt(trace, own[at]!);
    if (phase === 'wake' && operation === blocked.operation) return index;
    if (operation === 'panic' || operation === 'end') return ABSENT;
  }
  return ABSENT;
}

/** Position of the first item that is at least `bound`, in a rising list. */
export function firstFrom(items: ArrayLike<number>, bound: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const wasWoken = (trace: Trace, event: number): boolean => event >= 0 && phaseOf(trace, event) === 'wake';
