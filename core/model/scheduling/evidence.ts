/**
 * What a program's own runs say of what comes next: counts of what followed in like situations, from the vague to the
 * exact. Each level starts from what the level before it believes, as if it had seen that as often as its strength says
 * (a hierarchical Dirichlet model: MacKay & Peto, Natural Language Engineering 1995), and the first from a model's
 * distribution. So the first runs change little, many runs decide.
 */
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
export const STRENGTHS: readonly number[] = [20, 10, 6, 3, 2, 1];

export class Evidence {
  private readonly counts = new Map<string, number[]>();
  runs = 0;

  add(likenesses: readonly string[], event: SchedulerEvent): void {
    const index = SCHEDULER_EVENTS.indexOf(event);
    for (const [level, key] of likenesses.entries()) {
      const name = `${level} ${key}`;
      let counts = this.counts.get(name);
      if (!counts) {
        counts = SCHEDULER_EVENTS.map(() => 0);
        this.counts.set(name, counts);
      }
      counts[index]!++;
    }
  }

  /** How often a situation that is like this one at the most exact level that was seen at all has been seen. */
  seen(likenesses: readonly string[]): { level: number; times: number } {
    for (let level = likenesses.length - 1; level >= 0; level--) {
      const counts = this.counts.get(`${level} ${likenesses[level]}`);
      if (counts) return { level, times: total(counts) };
    }
    return { level: -1, times: 0 };
  }

  update(prior: EventChances, likenesses: readonly string[], strengths = STRENGTHS): EventChances {
    let chances = prior;
    for (const [level, key] of likenesses.entries()) {
      const counts = this.counts.get(`${level} ${key}`);
      if (!counts) continue;
      const strength = strengths[level] ?? 1;
      const sum = total(counts) + strength;
      const before = chances;
      chances = counts.map((count, index) => (count + strength * before[index]!) / sum);
    }
    return chances;
  }
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
