/**
 * How far predictions of several steps go: the likeliest next event, taken as if it had happened, and so on. A step is
 * valid if the state allows it, and agrees if the run's own next event was of that kind.
 */
import type { Code } from '../../core/model/scheduling/ahead';
import { type Candidate, type Situation, situation } from '../../core/model/scheduling/candidates';
import type { EventChances } from '../../core/model/scheduling/evidence';
import { imagine } from '../../core/model/scheduling/imagine';
import { Memory } from '../../core/model/scheduling/memory';
import { SchedulerState } from '../../core/model/scheduling/state';
import {
  isPredicted,
  SCHEDULER_EVENTS,
  type SchedulerEvent,
  type SchedulingTrace,
} from '../../core/model/scheduling/trace';

export const ROLLOUT_STEPS = 20;

export interface Rollout {
  /** Steps before the first that the state does not allow. */
  valid: number;
  /** Steps before the first whose event is not the run's own. */
  agrees: number;
}

/** What is said next in a state. */
export type Chooser = (state: SchedulerState, asked: Situation) => Promise<Candidate | SchedulerEvent>;

/** From the trace's predicted event at `position` on; undefined where fewer than ROLLOUT_STEPS are left. */
export async function rollout(
  trace: SchedulingTrace,
  code: Code,
  test: string,
  position: number,
  choose: Chooser,
): Promise<Rollout | undefined> {
  const state = new SchedulerState(trace.procs);
  const memory = new Memory();
  const rest: SchedulerEvent[] = [];
  let passed = 0;
  for (const event of trace.events) {
    if (isPredicted(event) && passed++ >= position) rest.push(event.kind as SchedulerEvent);
    if (rest.length >= ROLLOUT_STEPS) break;
    if (rest.length > 0) continue;
    if (isPredicted(event)) memory.take(event);
    state.take(event);
  }
  if (rest.length < ROLLOUT_STEPS) return undefined;
  let agrees: number | undefined;
  for (let step = 0; step < ROLLOUT_STEPS; step++) {
    const asked = situation(state, memory, code, test);
    const chosen = await choose(state, asked);
    const candidate = typeof chosen === 'string' ? asked.candidates.find(({ event }) => event === chosen) : chosen;
    const kind = typeof chosen === 'string' ? chosen : chosen.event;
    if (kind !== rest[step]) agrees ??= step;
    if (!candidate) return { valid: step, agrees: agrees ?? step };
    const event = imagine(candidate, state, code, test);
    memory.take(event);
    state.take(event);
  }
  return { valid: ROLLOUT_STEPS, agrees: agrees ?? ROLLOUT_STEPS };
}

export const likeliest = (chances: EventChances): SchedulerEvent =>
  SCHEDULER_EVENTS[chances.indexOf(Math.max(...chances))]!;
