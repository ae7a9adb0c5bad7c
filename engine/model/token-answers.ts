/** The likeliest tokens in answers of OpenAI-compatible endpoints, in the forms that servers give them. */
import type { TokenChance } from '../../core/model/scheduling/said-tokens';

type Fields = Record<string, unknown>;

/** An answer's JSON; undefined where it is none. */
export function answerIn(text: string): Fields | undefined {
  try {
    return fields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The first model of a list of models. */
export function firstModel(answer: Fields | undefined): string | undefined {
  const id = fields(list(answer?.data)[0])?.id;
  return typeof id === 'string' ? id : undefined;
}

/**
 * Of each place of the first answer, the likeliest first. `completions` has two forms: `top_logprobs` as OpenAI's older
 * and vLLM's, and `content` as llama.cpp's and all chats'. Undefined where there are none.
 */
export function placesOf(answer: Fields | undefined): TokenChance[][] | undefined {
  const given = fields(fields(list(answer?.choices)[0])?.logprobs);
  const content = list(given?.content).map(fields);
  const found = Array.isArray(given?.top_logprobs)
    ? given.top_logprobs
    : content.map((place) => place?.top_logprobs ?? place?.top_probs);
  const places = found.map(tokens);
  return places.some(({ length }) => length > 0) ? places : undefined;
}

function tokens(place: unknown): TokenChance[] {
  const pairs = Array.isArray(place)
    ? place.map((one): [unknown, unknown] => [fields(one)?.token, fields(one)?.logprob])
    : Object.entries(fields(place) ?? {});
  return pairs
    .flatMap(([token, logprob]) =>
      typeof token === 'string' && typeof logprob === 'number' ? [{ token, logprob }] : [],
    )
    .sort((a, b) => b.logprob - a.logprob);
}

const fields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
