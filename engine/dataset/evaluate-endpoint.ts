/**
 * Scores a language model behind an endpoint on the questions of evaluate.ts, beside the shipped model and chance. Such a
 * model may be slow: some questions will do, and what it has answered is kept, so that it can be asked in pieces.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventChances } from '../../core/model/scheduling/evidence';
import { type Example, examples, placesAt } from '../../core/model/scheduling/examples';
import { type Measures, measure } from '../../core/model/scheduling/measures';
import { SCHEDULER_EVENTS } from '../../core/model/scheduling/trace';
import { copyKernels, findKernels } from '../benchmark/goker-checkout';
import { EndpointModel, type EndpointOptions } from '../model/endpoint';
import { loadNextEventModel } from '../model/next-event';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';
import { writeAtomically } from '../system/files';
import { isRecord } from '../system/json';
import { SHARES, TESTED_RUNS } from './evaluate';
import { type ObserveOptions, observe } from './observe';

export type EvaluateEndpointOptions = Pick<
  ObserveOptions,
  'installation' | 'directory' | 'milliseconds' | 'kept' | 'signal' | 'onStep'
> & {
  /** An ONNX file that training/train.py has written. Absolute. */
  model: string;
  endpoint: EndpointOptions;
  /** At most so many questions. */
  most: number;
  /** Asks nothing more after so many seconds of asking. */
  withinSeconds?: number | undefined;
};

export interface EndpointDocument {
  /** Questions that the language model has answered. */
  examples: number;
  /** Of these questions: the language model by its name, `ours-unseen`, and `uniform` over what the state allows. */
  models: Record<string, Measures>;
  problems: string[];
}

/** Of one kernel's run after another, so that what follows each other begins alike; servers keep what they have read. */
export async function evaluateEndpoint(options: EvaluateEndpointOptions): Promise<Attempt<EndpointDocument>> {
  const { installation, kept, most } = options;
  const endpoint = EndpointModel.at(options.endpoint);
  if (!endpoint.ok) return endpoint;
  const checkout = await findKernels(options.directory);
  if (!checkout.ok) return checkout;
  const model = await loadNextEventModel(options.model);
  if (!model.ok) return model;
  const copy = await copyKernels(checkout.value, checkout.value.kernels, join(installation.cache, 'goker'));
  const all: Example[] = [];
  const observed = await observe({
    ...options,
    directory: copy,
    patterns: ['./...'],
    wants: () => true,
    runs: TESTED_RUNS,
    mostTests: Number.POSITIVE_INFINITY,
    onObserved: ({ test, run, trace, code }) => {
      if (run < TESTED_RUNS) all.push(...examples(trace, code, test, placesAt(trace, SHARES), { prompts: true }));
    },
  });
  if (!observed.ok) return observed;
  const asked = await ask(spread(all, most), endpoint.value, kept, options);
  if (!asked.ok) return asked;
  const { answers, problem } = asked.value;
  const ours: EventChances[] = [];
  for (const { example } of answers) ours.push(await model.value.events(example));
  const score = (of: readonly EventChances[]) =>
    measure(answers.map(({ example: { event } }, index) => ({ event, chances: of[index]! })));
  const models = {
    [endpoint.value.name]: score(answers.map(({ said }) => said)),
    'ours-unseen': score(ours),
    uniform: score(answers.map(({ example }) => uniform(example))),
  };
  const problems = problem === undefined ? observed.value : [...observed.value, problem];
  return succeeded({ examples: answers.length, models, problems });
}

/** Evenly spread. */
export function spread<Of>(all: readonly Of[], most: number): Of[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, at) => all[Math.floor((at * all.length) / most)]!);
}

export interface Answers {
  answers: { example: Example; said: EventChances }[];
  /** Why it ends with fewer than were asked. */
  problem?: string;
}

/** Ends with the first question that finds no answer. Fails when there are none, or what was kept cannot be used. */
export async function ask(
  questions: readonly Example[],
  endpoint: EndpointModel,
  kept: string | undefined,
  { signal, onStep, withinSeconds }: Pick<EvaluateEndpointOptions, 'signal' | 'onStep' | 'withinSeconds'> = {},
): Promise<Attempt<Answers>> {
  const named = await endpoint.findName(signal);
  if (!named.ok) return named;
  const file = kept === undefined ? undefined : join(kept, `${encodeURIComponent(endpoint.name)}.answers.json`);
  const before = await keptAnswers(file);
  if (!before.ok) return before;
  const known = before.value;
  const answers: Answers['answers'] = [];
  const until = performance.now() + (withinSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  let problem: string | undefined;
  for (const example of questions) {
    const prompt = example.prompt ?? '';
    let said = known.get(prompt);
    if (!said && performance.now() > until) {
      problem ??= `There was no time for all of the ${questions.length} questions.`;
      continue;
    }
    if (!said) {
      onStep?.(`asking ${endpoint.name}: ${answers.length} of ${questions.length}`);
      const found = await endpoint.events({ ...example, prompt }, signal);
      if (!found.ok) {
        problem = `${found.problem} ${answers.length} of ${questions.length} questions had been answered.`;
        break;
      }
      said = found.value;
      known.set(prompt, said);
    }
    answers.push({ example, said });
  }
  if (file !== undefined && kept !== undefined) {
    await mkdir(kept, { recursive: true });
    await writeAtomically(file, JSON.stringify(Object.fromEntries(known)));
  }
  if (answers.length === 0) return failed(problem ?? 'no run of a kernel could be observed');
  return succeeded(problem === undefined ? { answers } : { answers, problem });
}

async function keptAnswers(file: string | undefined): Promise<Attempt<Map<string, EventChances>>> {
  if (file === undefined || !existsSync(file)) return succeeded(new Map());
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    const isAnswer = (one: unknown): one is number[] =>
      Array.isArray(one) && one.length === SCHEDULER_EVENTS.length && one.every((chance) => typeof chance === 'number');
    if (isRecord(value) && Object.values(value).every(isAnswer))
      return succeeded(new Map(Object.entries(value) as [string, number[]][]));
    return failed(`${file} holds no answers of a language model.`);
  } catch (error) {
    return failed(`${file} cannot be read: ${errorText(error)}`);
  }
}

function uniform({ candidates }: Example): EventChances {
  const allowed = new Set(candidates.map(({ event }) => event));
  return SCHEDULER_EVENTS.map((event) => (allowed.has(event) ? 1 / allowed.size : 0));
}
