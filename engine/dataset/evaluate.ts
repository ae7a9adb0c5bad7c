/**
 * Scores next-event models as Weave does (arXiv 2606.17508): the kernels of GoBench, five runs each, the scheduler's next
 * event after a quarter, a half and three quarters of each trace. Chains are trained on the kernels of the other
 * projects; the model is to have seen none of GoBench.
 */
import { join } from 'node:path';
import { type EventChances, Evidence } from '../../core/model/scheduling/evidence';
import {
  type Example,
  examples,
  type Lesson,
  lessons,
  placesAt,
  placesThrough,
} from '../../core/model/scheduling/examples';
import { Markov } from '../../core/model/scheduling/markov';
import { type Measures, measure } from '../../core/model/scheduling/measures';
import type { SchedulerEvent } from '../../core/model/scheduling/trace';
import { copyKernels, findKernels } from '../benchmark/goker-checkout';
import { EndpointModel, type EndpointOptions } from '../model/endpoint';
import { loadNextEventModel } from '../model/next-event';
import { type Attempt, failed, succeeded } from '../system/attempt';
import type { Installation } from '../system/installation';
import { observe } from './observe';

export interface EvaluateOptions {
  installation: Installation;
  /** A checkout of GoBench. Absolute. */
  directory: string;
  /** An ONNX file that training/train.py has written. Absolute. */
  model: string;
  /** A language model to score too. */
  endpoint?: EndpointOptions;
  milliseconds: number;
  /** As in ObserveOptions. */
  kept?: string;
  signal?: AbortSignal;
  onStep?: (step: string) => void;
}

export interface EvaluateDocument {
  /** Questions asked of each model. */
  examples: number;
  models: Record<string, Measures>;
  problems: string[];
}

export const TESTED_RUNS = 5;
/** How many further runs of a kernel the model is told of. */
export const EVIDENCE_RUNS = [1, 4, 20] as const;
const SHARES = [0.25, 0.5, 0.75];
const ORDER = 3;
/** Places of a trace that chains and evidence learn from. */
const MOST_PLACES = 2000;

interface Question {
  program: string;
  project: string;
  event: SchedulerEvent;
  likenesses: readonly string[];
  five: readonly string[];
  last: readonly string[];
  /** What the model says without any run. */
  unseen: EventChances;
  /** What the endpoint says. */
  endpoint?: EventChances;
}

interface Learned {
  program: string;
  project: string;
  run: number;
  lesson: Lesson;
}

export async function evaluate(options: EvaluateOptions): Promise<Attempt<EvaluateDocument>> {
  const { installation, signal } = options;
  const checkout = await findKernels(options.directory);
  if (!checkout.ok) return checkout;
  const model = await loadNextEventModel(options.model);
  if (!model.ok) return model;
  const endpoint = options.endpoint && EndpointModel.at(options.endpoint);
  if (endpoint?.ok === false) return endpoint;
  const { kernels } = checkout.value;
  const copy = await copyKernels(checkout.value, kernels, join(installation.cache, 'goker'));
  const asked: { question: Omit<Question, 'unseen'>; example: Example }[] = [];
  const learned: Learned[] = [];
  const observed = await observe({
    ...options,
    directory: copy,
    patterns: ['./...'],
    wants: () => true,
    runs: TESTED_RUNS + Math.max(...EVIDENCE_RUNS),
    mostTests: Number.POSITIVE_INFINITY,
    onObserved: ({ package: program, test, run, trace, code }) => {
      const project = program.split('/').at(-2) ?? '';
      for (const lesson of lessons(trace, placesThrough(trace, MOST_PLACES, [])))
        learned.push({ program, project, run, lesson });
      if (run >= TESTED_RUNS) return;
      for (const example of examples(trace, code, test, placesAt(trace, SHARES), endpoint !== undefined)) {
        const { event, likenesses, five, last } = example;
        asked.push({ question: { program, project, event, likenesses, five, last }, example });
      }
    },
  });
  if (!observed.ok) return observed;
  if (signal?.aborted || asked.length === 0) return failed('no run of a kernel could be observed');
  const questions: Question[] = [];
  for (const { question, example } of asked) {
    const unseen = await model.value.events(example);
    const said = await endpoint?.value.events(example.prompt ?? '', example.candidates, signal);
    if (said?.ok === false) return said;
    questions.push({ ...question, unseen, endpoint: said?.value });
  }
  return succeeded({ examples: questions.length, models: score(questions, learned), problems: observed.value });
}

function score(questions: readonly Question[], learned: readonly Learned[]): Record<string, Measures> {
  const models: Record<string, Measures> = {};
  const answers = (chances: (question: Question) => EventChances) =>
    measure(questions.map((question) => ({ event: question.event, chances: chances(question) })));
  const others = (context: (of: Pick<Lesson, 'five' | 'last'>) => readonly string[]) => {
    const chains = new Map<string, Markov>();
    for (const { project } of questions) {
      if (chains.has(project)) continue;
      const chain = new Markov();
      for (const { run, project: from, lesson } of learned)
        if (run < TESTED_RUNS && from !== project) chain.add(context(lesson), lesson.event);
      chains.set(project, chain);
    }
    return answers((question) => chains.get(question.project)!.predict(context(question)));
  };
  models.majority = others(() => []);
  models.markov = others(({ last }) => last.slice(0, ORDER));
  models['markov-backoff'] = others(({ five }) => five);
  models['ours-unseen'] = answers(({ unseen }) => unseen);
  if (questions.every(({ endpoint }) => endpoint)) models.endpoint = answers(({ endpoint }) => endpoint!);
  for (const runs of EVIDENCE_RUNS) {
    const programs = new Map<string, Evidence>();
    for (const { program, run, lesson } of learned) {
      if (run < TESTED_RUNS || run >= TESTED_RUNS + runs) continue;
      let evidence = programs.get(program);
      if (!evidence) {
        evidence = new Evidence();
        programs.set(program, evidence);
      }
      evidence.add(lesson.likenesses, lesson.event);
    }
    const name = `ours-${runs}-run${runs === 1 ? '' : 's'}`;
    models[name] = answers(({ program, unseen, likenesses }) =>
      (programs.get(program) ?? new Evidence()).update(unseen, likenesses),
    );
  }
  return models;
}
