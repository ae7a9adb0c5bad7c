/** What situations of the scheduler are alike in, so that a program's own runs are evidence of its next event. */
import { Evidence as Counts, update } from '../evidence';
import type { GoroutineState, SchedulerState } from './state';
import { SCHEDULER_EVENTS, type SchedulerEvent, type SchedulingEvent } from './trace';

/** Probabilities of SCHEDULER_EVENTS, in their order. */
export type EventChances = readonly number[];

/** What a situation is like, from the vague to the exact; the same in each run of a program. */
export function likenesses(state: SchedulerState, prefix: string): string[] {
  const recent = state.recent.map((event) => told(event, state));
  const all = [...state.goroutines.values()];
  const running = all.filter(({ status }) => status === 'running');
  const free = all.filter(({ status }) => status === 'runnable').length;
  const acting = running.map(placeOf).sort().join('; ');
  const whole = all
    .map((one) => `${one.path} ${one.status} ${placeOf(one)}`)
    .sort()
    .join('; ');
  return [
    `acting ${acting} | ${Math.min(free, 1)}`,
    `after ${recent.slice(-1).join()} | ${acting} | ${Math.min(free, 2)}`,
    `after ${recent.slice(-2).join()} | ${running.map(({ path }) => path).join()} | ${Math.min(free, 3)}`,
    `state ${whole}`,
    `state ${whole} after ${recent.slice(-2).join()}`,
    `prefix ${prefix}`,
  ];
}

/** An event with names that hold in each run. */
export function told({ kind, goroutine, by }: SchedulingEvent, state: SchedulerState): string {
  const name = (id: number): string => (id < 0 ? 'nobody' : (state.goroutines.get(id)?.path ?? 'gone'));
  return `${kind} ${name(goroutine)}${kind === 'GoCreate' || kind === 'GoUnblock' ? ` by ${name(by)}` : ''}`;
}

function placeOf({ stack, entry, did }: GoroutineState): string {
  const frames = stack.length > 0 ? stack : entry;
  return `${did && stack.length > 0 ? did.kind : 'new'} ${frames
    .slice(0, 3)
    .map(({ function: name, line }) => `${name}:${line}`)
    .join()}`;
}

/** Times that a level counts what the level before it believes; fitted on programs of our own (docs/next-event.md). */
export const STRENGTHS: readonly number[] = [30, 15, 9, 4.5, 3, 1.5];

/** Of the scheduler's events. */
export class Evidence {
  private readonly seen = new Counts();

  add(likenesses: readonly string[], event: SchedulerEvent): void {
    this.seen.add(likenesses, event);
  }

  update(prior: EventChances, likenesses: readonly string[], strengths = STRENGTHS): EventChances {
    return update(prior, SCHEDULER_EVENTS, this.seen.levels(likenesses), strengths);
  }
}
