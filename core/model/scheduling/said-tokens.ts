/** What a language model's next tokens say of the next event: prompts end with what all events' names begin with. */
import type { Candidate } from './candidates';
import type { EventChances } from './evidence';
import { COMMON, continuation } from './prompt';
import { SCHEDULER_EVENTS, type SchedulerEvent } from './trace';

export interface TokenChance {
  token: string;
  logprob: number;
}

/** The events that a token may begin to say. */
export function eventsOf(token: string): SchedulerEvent[] {
  const said = token.trim();
  return said === '' ? [] : SCHEDULER_EVENTS.filter((event) => continuation(event).startsWith(said));
}

/**
 * Probabilities of SCHEDULER_EVENTS, from the likeliest tokens at each place of an answer: of the first place where one
 * says an event; what was answered before may repeat what the prompt ended with. Tokenizers write a name with the
 * longest tokens they have, so that a piece of two names (`S`) means the one that no longer token says. The probability
 * of tokens that say no event is shared out in proportion; where none says one, all that the state allows are alike.
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
  const chances = SCHEDULER_EVENTS.map(() => 0);
  const meanings = tokens.map(({ token }) => {
    const whole = token.trim();
    return eventsOf(whole.length > COMMON.length && whole.startsWith(COMMON) ? whole.slice(COMMON.length) : whole);
  });
  const clearly = new Set(meanings.filter(({ length }) => length === 1).flat());
  for (const [index, meant] of meanings.entries()) {
    const left = meant.length === 1 ? meant : meant.filter((event) => !clearly.has(event));
    const [event] = left;
    if (left.length === 1 && event && allowed.has(event))
      chances[SCHEDULER_EVENTS.indexOf(event)]! += Math.exp(tokens[index]!.logprob);
  }
  return chances;
}
