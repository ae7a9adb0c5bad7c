/**
 * A language model on this machine behind an OpenAI-compatible endpoint, asked for the log probabilities of the next
 * token. Off unless its address is given; what is asked contains the program's source, so only this machine is asked.
 */
import { isIP } from 'node:net';
import type { Candidate } from '../../core/model/scheduling/candidates';
import type { EventChances } from '../../core/model/scheduling/evidence';
import { eventOf } from '../../core/model/scheduling/prompt';
import { SCHEDULER_EVENTS } from '../../core/model/scheduling/trace';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';

export interface EndpointOptions {
  /** Such as `http://localhost:8080/v1`. */
  url: string;
  /** As the endpoint calls it; many serve one only and do not look. */
  model: string;
}

/** As much as vLLM gives unasked; llama.cpp and others give more. */
const MOST_TOKENS = 20;
const TIMEOUT_MILLISECONDS = 60_000;

type TopTokens = { token: string; logprob: number }[];

/** Of `completions`: the older form of OpenAI and vLLM, or the newer one of llama.cpp. */
interface Completion {
  choices?: {
    logprobs?: {
      top_logprobs?: Record<string, number>[];
      content?: { top_logprobs?: TopTokens; top_probs?: TopTokens }[];
    } | null;
  }[];
}

export class EndpointModel {
  private constructor(
    private readonly address: URL,
    private readonly model: string,
  ) {}

  static at({ url, model }: EndpointOptions): Attempt<EndpointModel> {
    if (!URL.canParse(url))
      return failed(`"${url}" is no address of an endpoint; one is like http://localhost:8080/v1.`);
    const address = new URL(url.endsWith('/') ? url : `${url}/`);
    if (!/^https?:$/u.test(address.protocol) || !isThisMachine(address.hostname))
      return failed(
        `The endpoint ${url} is not on this machine; prompts contain source code, so only localhost is asked (a tunnel may lead on).`,
      );
    return succeeded(new EndpointModel(new URL('completions', address), model));
  }

  /** Probability of each event, in the order of SCHEDULER_EVENTS; of what no candidate is, 0. */
  async events(prompt: string, candidates: readonly Candidate[], signal?: AbortSignal): Promise<Attempt<EventChances>> {
    const body = { model: this.model, prompt, max_tokens: 1, temperature: 0, logprobs: MOST_TOKENS };
    const limit = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    try {
      const response = await fetch(this.address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      const text = await response.text();
      if (!response.ok) return failed(`${this.address.href} answers ${response.status}: ${text.slice(0, 200)}`);
      const tokens = topTokens(JSON.parse(text));
      if (!tokens) return failed(`${this.address.href} gives no log probabilities; does it know "logprobs"?`);
      return succeeded(chancesOf(tokens, candidates));
    } catch (error) {
      return failed(`${this.address.href} cannot be asked: ${errorText(error)}`);
    }
  }
}

function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/gu, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

function topTokens({ choices }: Completion): TopTokens | undefined {
  const given = choices?.[0]?.logprobs;
  const older = given?.top_logprobs?.[0];
  if (older) return Object.entries(older).map(([token, logprob]) => ({ token, logprob }));
  const newer = given?.content?.[0];
  return newer?.top_logprobs ?? newer?.top_probs;
}

/** The probability of tokens that say no event is shared out in proportion; where none says one, all are alike. */
function chancesOf(tokens: TopTokens, candidates: readonly Candidate[]): EventChances {
  const allowed = new Set(candidates.map(({ event }) => event));
  const chances = SCHEDULER_EVENTS.map(() => 0);
  for (const { token, logprob } of tokens) {
    const event = eventOf(token);
    if (event && allowed.has(event)) chances[SCHEDULER_EVENTS.indexOf(event)]! += Math.exp(logprob);
  }
  const sum = chances.reduce((all, chance) => all + chance, 0);
  if (sum > 0) return chances.map((chance) => chance / sum);
  return SCHEDULER_EVENTS.map((event) => (allowed.has(event) ? 1 / allowed.size : 0));
}
