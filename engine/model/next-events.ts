/** Whoever says what a goroutine that comes to an operation does next: the model that ships, or one of the user's. */
import type { Situation } from '../../core/model/scheduling/candidates';
import type { EventChances } from '../../core/model/scheduling/evidence';
import type { CodeQuestion } from '../../core/model/scheduling/question';
import { SCHEDULER_EVENTS } from '../../core/model/scheduling/trace';
import type { EventChance } from '../../protocol/prediction';
import type { Attempt } from '../system/attempt';

export interface NextEventSource {
  /** Who says so; people read it as evidence. */
  readonly name: string;
  /** Probability of each event, in the order of SCHEDULER_EVENTS. An event that the state does not allow has 0. */
  events(question: Situation & Pick<CodeQuestion, 'prompt'>, signal?: AbortSignal): Promise<Attempt<EventChances>>;
}

/** Those that can happen, the likeliest first. */
export const ranked = (chances: EventChances): EventChance[] =>
  SCHEDULER_EVENTS.map((event, index) => ({ event, probability: chances[index]! }))
    .filter(({ probability }) => probability > 0)
    .sort((a, b) => b.probability - a.probability);
