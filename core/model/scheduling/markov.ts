/** The baselines that next-event models are held against: the commonest event, Markov chains, and one that backs off. */
import type { EventChances } from './evidence';
import type { SchedulerState } from './state';
import { SCHEDULER_EVENTS, type SchedulerEvent } from './trace';

/** Counts by context; a context that was not seen is answered by the one that is a feature shorter (Katz, IEEE TASSP 1987). */
export class Markov {
  private readonly counts = new Map<string, number[]>();

  add(context: readonly string[], event: SchedulerEvent): void {
    const index = SCHEDULER_EVENTS.indexOf(event);
    for (let length = 0; length <= context.length; length++) {
      const key = context.slice(0, length).join('|');
      let counts = this.counts.get(key);
      if (!counts) {
        counts = SCHEDULER_EVENTS.map(() => 0);
        this.counts.set(key, counts);
      }
      counts[index]!++;
    }
  }

  predict(context: readonly string[]): EventChances {
    for (let length = context.length; length >= 0; length--) {
      const counts = this.counts.get(context.slice(0, length).join('|'));
      const sum = counts?.reduce((all, count) => all + count, 0) ?? 0;
      if (counts && sum > 0) return counts.map((count) => count / sum);
    }
    return SCHEDULER_EVENTS.map(() => 1 / SCHEDULER_EVENTS.length);
  }
}

/** The last `order` events' kinds, the latest first. */
export function lastEvents({ recent }: SchedulerState, order: number): string[] {
  return Array.from({ length: order }, (_, index) => recent.at(-1 - index)?.kind ?? 'none');
}

/** The last two kinds, how many run and can run, and whether the last event's goroutine still runs. */
export function fiveFeatures(state: SchedulerState): string[] {
  const all = [...state.goroutines.values()];
  const count = (status: string) => Math.min(all.filter((one) => one.status === status).length, 3);
  const last = state.recent.at(-1);
  const runs = last !== undefined && state.goroutines.get(last.goroutine)?.status === 'running';
  return [
    last?.kind ?? 'none',
    `${count('running')}`,
    `${count('runnable')}`,
    state.recent.at(-2)?.kind ?? 'none',
    `${runs}`,
  ];
}
