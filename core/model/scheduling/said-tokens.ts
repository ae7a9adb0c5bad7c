/** What a language model's next tokens say of the next event: prompts end with what all events' names begin with. */
import type { Candidate } from './candidates';
import type { EventChances } from './evidence';
import { COMMON, continuation } from './prompt';
import { SCHEDULER_EVENTS, type SchedulerEvent } from './trace';

export interface TokenChance {
  token: string;
  logprob: number;
}

/** How much of an event's name a token says that may begin it; undefined where it begins something else. */
export function saidOf(event: SchedulerEvent, token: string): number | undefined {
  const text = token.trim();
  const said = text.length > COMMON.length && text.startsWith(COMMON) ? text.slice(COMMON.length) : text;
  return said !== '' && continuation(event).startsWith(said) ? said.length : undefined;
}

/**
 * Probabilities of SCHEDULER_EVENTS, from the likeliest tokens at each place of an answer: of the first place where one
 * says an event; what was answered before may repeat what the prompt ended with. Tokenizers write a name with the
 * longest tokens they have, so that the longest that begins it says an event, and shorter ones begin something else. The
 * probability of tokens that say no event is shared out in proportion; where none says one, all that the state allows
 * are alike.
 */
export function chancesOf(places: readonly (readonly TokenChance[])[], candidates: readonly Candidate[]): EventChances {
  const allowed = new Set(candidates.map(({ event }) => event));
  for (const tokens of places) {
    const chances = chancesAt(tokens, allowed);
    const sum = chances.reduce((all, chance) => all + chance, 0);
    if (sum > 0) return chances.map((chance) => chance / sum);
    if (tokens[0]?.token.trim() !== COMMON) break;
  }
  return SCHEDULER_EVENTS.map((event) => (allowed.has(event) ? 1 / allowed.size : 0));
}

function chancesAt(tokens: readonly TokenChance[], allowed: ReadonlySet<SchedulerEvent>): number[] {
  const longest = SCHEDULER_EVENTS.map((event) => {
    const said = tokens.map(({ token }) => saidOf(event, token) ?? 0);
    const most = Math.max(0, ...said);
    return most === 0 ? [] : tokens.filter((_, index) => said[index] === most);
  });
  return SCHEDULER_EVENTS.map((event, index) => {
    // What may yet become one of two says neither.
    const own = longest[index]!.filter((token) => longest.every((other, at) => at === index || !other.includes(token)));
    return allowed.has(event) ? own.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0) : 0;
  });
}
