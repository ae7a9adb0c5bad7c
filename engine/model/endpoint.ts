/**
 * A language model on this machine behind an OpenAI-compatible endpoint, asked for the log probabilities of the next
 * token. Off unless its address is given; what is asked contains the program's source, so only this machine is asked.
 */
import { isIP } from 'node:net';
import type { Situation } from '../../core/model/scheduling/candidates';
import type { EventChances } from '../../core/model/scheduling/evidence';
import { chancesOf } from '../../core/model/scheduling/said-tokens';
import { SCHEDULER_EVENTS } from '../../core/model/scheduling/trace';
import { type Attempt, CANCELLED, errorCode, errorText, type Failure, failed, succeeded } from '../system/attempt';
import type { NextEventSource } from './next-events';
import { answerIn, firstModel, placesOf } from './token-answers';

export interface EndpointOptions {
  /** Such as `http://localhost:8080/v1`. */
  url: string;
  /** As the endpoint calls it; empty: the first that it lists. */
  model?: string;
  /** How long an answer may take. */
  milliseconds?: number;
}

/**
 * Tokens at one place whose probability is asked for. Of a model that knows nothing of the events even the likeliest of
 * them may come late. llama.cpp gives all of these, vLLM 20 unless told otherwise, as OpenAI's chat; others 5.
 */
const MOST_TOKENS = [200, 20, 5] as const;
/** What a server answers that gives less. */
const TOO_MANY: ReadonlySet<number> = new Set([400, 422]);
const TIMEOUT_MILLISECONDS = 60_000;
const LONGEST_NAME = 80;

/** Tokens of a chat's answer: it may say again what the prompt ends with. */
const ANSWERED_TOKENS = 3;
const CHAT = `What is the next event of Go's scheduler? Answer with one word of ${SCHEDULER_EVENTS.join(', ')}.`;

type Form = 'completions' | 'chat/completions';
type Question = Situation & { prompt: string };

/** `otherForm`: there is an endpoint, but this is not how it is asked. */
type Refusal = Failure & { otherForm?: boolean };
const UNKNOWN: ReadonlySet<number> = new Set([404, 405, 501]);

export class EndpointModel implements NextEventSource {
  private form: Form = 'completions';
  /** Which of MOST_TOKENS. */
  private tokens = 0;
  private listed: string | undefined;

  private constructor(
    private readonly base: URL,
    private readonly told: string,
    private readonly milliseconds: number,
  ) {}

  /** Asks nothing yet. */
  static at({ url, model = '', milliseconds = TIMEOUT_MILLISECONDS }: EndpointOptions): Attempt<EndpointModel> {
    if (!URL.canParse(url))
      return failed(`"${url}" is no address of an endpoint; one is like http://localhost:8080/v1.`);
    const base = new URL(url.endsWith('/') ? url : `${url}/`);
    if (!/^https?:$/u.test(base.protocol) || !isThisMachine(base.hostname))
      return failed(
        `The endpoint ${url} is not on this machine; prompts contain source code, so only localhost is asked (a tunnel may lead on).`,
      );
    return succeeded(new EndpointModel(base, model, milliseconds));
  }

  /** As told, or as the endpoint calls its model once it has been asked. */
  get name(): string {
    const name = this.told || this.listed?.split('/').at(-1) || this.base.host;
    // It is shown in places that understand markup.
    return name.replaceAll(/[^\w.:@+/ -]/gu, '').slice(0, LONGEST_NAME);
  }

  async events({ prompt, candidates }: Question, signal?: AbortSignal): Promise<Attempt<EventChances>> {
    const named = await this.findName(signal);
    if (!named.ok) return named;
    const first = await this.say(this.form, prompt, candidates, signal);
    if (first.ok || !first.otherForm || this.form === 'chat/completions') return first;
    const second = await this.say('chat/completions', prompt, candidates, signal);
    if (!second.ok) return first;
    this.form = 'chat/completions';
    return second;
  }

  /** Asks which model there is, where none was told. */
  async findName(signal: AbortSignal | undefined): Promise<Attempt<void>> {
    if (this.told !== '' || this.listed !== undefined) return succeeded(undefined);
    const asked = await this.send('models', undefined, signal);
    if (!asked.ok) return asked;
    // Servers of one model need not list it.
    this.listed = firstModel(answerIn(asked.value.text)) ?? '';
    return succeeded(undefined);
  }

  private async say(
    form: Form,
    prompt: string,
    candidates: Question['candidates'],
    signal: AbortSignal | undefined,
  ): Promise<{ ok: true; value: EventChances } | Refusal> {
    const { href } = new URL(form, this.base);
    let asked = await this.send(form, this.body(form, prompt), signal);
    while (asked.ok && TOO_MANY.has(asked.value.status) && /logprobs/iu.test(asked.value.text)) {
      if (this.tokens === MOST_TOKENS.length - 1) break;
      this.tokens++;
      asked = await this.send(form, this.body(form, prompt), signal);
    }
    if (!asked.ok) return asked;
    const { status, text } = asked.value;
    if (status < 200 || status > 299)
      return { ...failed(`${href} answers ${status}: ${text.slice(0, 200)}`), otherForm: UNKNOWN.has(status) };
    const places = placesOf(answerIn(text));
    if (places) return succeeded(chancesOf(places, candidates));
    return { ...failed(`${href} gives no log probabilities; does it know "logprobs"?`), otherForm: true };
  }

  private body(form: Form, prompt: string): object {
    const logprobs = MOST_TOKENS[this.tokens];
    const same = { model: this.told || this.listed || 'default', temperature: 0 };
    if (form === 'completions') return { ...same, prompt, max_tokens: 1, logprobs };
    const messages = [{ role: 'user', content: `${prompt}\n\n${CHAT}` }];
    return { ...same, messages, max_tokens: ANSWERED_TOKENS, logprobs: true, top_logprobs: logprobs };
  }

  private async send(
    path: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<{ status: number; text: string }>> {
    const address = new URL(path, this.base);
    const limit = AbortSignal.timeout(this.milliseconds);
    try {
      const response = await fetch(address, {
        ...(body
          ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
          : { method: 'GET' }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      return succeeded({ status: response.status, text: await response.text() });
    } catch (error) {
      if (signal?.aborted) return CANCELLED;
      if (limit.aborted) return failed(`${address.href} has not answered within ${this.milliseconds / 1000} s.`);
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (errorCode(cause) === 'ECONNREFUSED')
        return failed(`Nothing listens at ${this.base.href}: is the server of the language model running?`);
      return failed(`${address.href} cannot be asked: ${errorText(cause) || errorCode(cause)}.`);
    }
  }
}

function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/gu, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
