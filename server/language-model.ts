/**
 * The user's own language model, named by `lockstep.model.endpoint`: asked what a goroutine does next when somebody looks
 * at a hover. A hover waits for it only shortly; an answer that comes later is there for the next one.
 */
import { setTimeout } from 'node:timers/promises';
import type { EventChances } from '../core/model/scheduling/evidence';
import type { CodeQuestion } from '../core/model/scheduling/question';
import { EndpointModel } from '../engine/model/endpoint';
import type { NextEventSource } from '../engine/model/next-events';
import type { ServerContext } from './server-context';

/** A hover waits no longer. */
const PATIENCE_MILLISECONDS = 400;
/** Nobody looks at the answer any more. */
const LIMIT_MILLISECONDS = 30_000;
const MOST_ANSWERS = 200;

export interface SaidByModel {
  name: string;
  /** Undefined: it has not answered yet. */
  chances: EventChances | undefined;
}

interface Asked {
  prompt: string;
  answer: Promise<void>;
  abort: AbortController;
}

/** As the settings name it. */
interface Known {
  url: string;
  model: string;
  source: NextEventSource | undefined;
  /** By prompt, the newest last. */
  answers: Map<string, EventChances>;
  /** One at a time: who looks elsewhere asks something else. */
  asked: Asked | undefined;
  /** What was said last of what went wrong: each is said once. */
  said: string;
}

const known = new WeakMap<ServerContext, Known>();

/** Undefined where the user has named none, the workspace is not trusted, or it cannot be asked. */
export async function askLanguageModel(
  context: ServerContext,
  question: CodeQuestion,
): Promise<SaidByModel | undefined> {
  // Of the window: folders cannot say where source code is sent.
  const { modelEndpoint: url, modelName: model } = context.settings.at(undefined);
  if (url === '' || !context.trusted) return undefined;
  const one = knownAs(context, url, model);
  const { source, answers } = one;
  if (!source) return undefined;
  const { prompt } = question;
  if (!answers.has(prompt)) {
    if (one.asked?.prompt !== prompt) ask(context, one, source, question);
    await Promise.race([one.asked?.answer, setTimeout(PATIENCE_MILLISECONDS)]);
  }
  const chances = answers.get(prompt);
  return chances || one.asked?.prompt === prompt ? { name: source.name, chances } : undefined;
}

function knownAs(context: ServerContext, url: string, model: string): Known {
  let one = known.get(context);
  if (one?.url === url && one.model === model) return one;
  one?.asked?.abort.abort();
  const found = EndpointModel.at({ url, model, milliseconds: LIMIT_MILLISECONDS });
  one = { url, model, source: undefined, answers: new Map(), asked: undefined, said: '' };
  if (found.ok) one.source = found.value;
  else say(context, one, found.problem);
  known.set(context, one);
  return one;
}

function ask(context: ServerContext, one: Known, source: NextEventSource, question: CodeQuestion): void {
  one.asked?.abort.abort();
  const abort = new AbortController();
  const { prompt } = question;
  const answer = source.events(question, abort.signal).then((chances) => {
    if (one.asked?.prompt === prompt) one.asked = undefined;
    if (chances.ok) {
      one.said = '';
      one.answers.set(prompt, chances.value);
      const oldest = one.answers.keys().next().value;
      if (one.answers.size > MOST_ANSWERS && oldest !== undefined) one.answers.delete(oldest);
    } else if (!chances.cancelled) say(context, one, chances.problem);
  });
  one.asked = { prompt, answer, abort };
}

function say({ connection }: ServerContext, one: Known, problem: string): void {
  if (one.said === problem) return;
  one.said = problem;
  connection.console.warn(`lockstep.model.endpoint: ${problem}`);
}
