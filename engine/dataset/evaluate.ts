/**
 * Scores next-event models as Weave does (arXiv 2606.17508): the kernels of GoBench, five runs each, the scheduler's next
 * event after a quarter, a half and three quarters of each trace. Chains are trained on the kernels of the other
 * projects; the model is to have seen none of GoBench.
 */
import { join } from 'node:path';
import type { Code } from '../../core/model/scheduling/ahead';
import { type EventChances, Evidence } from '../../core/model/scheduling/evidence';
import {
  type Example,
  examples,
  type Lesson,
  lessons,
  placesAt,
  placesThrough,
} from '../../core/model/scheduling/examples';
import { fiveFeatures, lastEvents, Markov } from '../../core/model/scheduling/markov';
import { type Measures, measure } from '../../core/model/scheduling/measures';
import type { SchedulerEvent, SchedulingTrace } from '../../core/model/scheduling/trace';
import { copyKernels, findKernels } from '../benchmark/goker-checkout';
import { loadNextEventModel, type NextEventModel } from '../model/next-event';
import { type Attempt, failed, succeeded } from '../system/attempt';
import type { Installation } from '../system/installation';
import { observe } from './observe';
import { type Chooser, likeliest, type Rollout, rollout } from './rollouts';

export interface EvaluateOptions {
  installation: Installation;
  /** A checkout of GoBench. Absolute. */
  directory: string;
  /** An ONNX file that training/train.py has written. Absolute. */
  model: string;
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
  /** `ours-unseen` in all runs that were made, those too that the model is told of otherwise: events that are seldom come more often. */
  everyRun: Measures;
  /** Of ROLLOUT_STEPS steps from the places asked about on: how many are valid, and how many agree with the run, on average. */
  rollouts: Record<string, { rollouts: number; valid: number; agrees: number }>;
  problems: string[];
}

export const TESTED_RUNS = 5;
/** How many further runs of a kernel the model is told of. */
export const EVIDENCE_RUNS = [1, 4, 20] as const;
/** Places of each trace that are asked about. */
export const SHARES = [0.25, 0.5, 0.75];
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
  const { kernels } = checkout.value;
  const copy = await copyKernels(checkout.value, kernels, join(installation.cache, 'goker'));
  const runs: { project: string; trace: SchedulingTrace; code: Code; test: string }[] = [];
  const asked: { question: Omit<Question, 'unseen'>; example: Example }[] = [];
  const further: Example[] = [];
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
      const places = placesAt(trace, SHARES);
      if (run >= TESTED_RUNS) {
        further.push(...examples(trace, code, test, places));
        return;
      }
      runs.push({ project, trace, code, test });
      for (const example of examples(trace, code, test, places)) {
        const { event, likenesses, five, last } = example;
        asked.push({ question: { program, project, event, likenesses, five, last }, example });
      }
    },
  });
  if (!observed.ok) return observed;
  if (signal?.aborted || asked.length === 0) return failed('no run of a kernel could be observed');
  const questions: Question[] = [];
  for (const { question, example } of asked) questions.push({ ...question, unseen: await model.value.events(example) });
  const answers = questions.map(({ event, unseen }) => ({ event, chances: unseen }));
  for (const example of further) answers.push({ event: example.event, chances: await model.value.events(example) });
  const rollouts = await rollOut(runs, learned, model.value);
  const models = score(questions, learned);
  const everyRun = measure(answers);
  return succeeded({ examples: questions.length, models, everyRun, rollouts, problems: observed.value });
}

/** Chains trained on the kernels of the other projects, by project. */
function chainsOfOthers(
  projects: ReadonlySet<string>,
  learned: readonly Learned[],
  context: (of: Pick<Lesson, 'five' | 'last'>) => readonly string[],
): Map<string, Markov> {
  const chains = new Map([...projects].map((project) => [project, new Markov()]));
  for (const { run, project: from, lesson } of learned) {
    if (run >= TESTED_RUNS) continue;
    for (const [project, chain] of chains) if (project !== from) chain.add(context(lesson), lesson.event);
  }
  return chains;
}

const lastOf = ({ last }: Pick<Lesson, 'last'>): readonly string[] => last.slice(0, ORDER);
const fiveOf = ({ five }: Pick<Lesson, 'five'>): readonly string[] => five;

async function rollOut(
  runs: readonly { project: string; trace: SchedulingTrace; code: Code; test: string }[],
  learned: readonly Learned[],
  model: NextEventModel,
): Promise<EvaluateDocument['rollouts']> {
  const projects = new Set(runs.map(({ project }) => project));
  const last = chainsOfOthers(projects, learned, lastOf);
  const five = chainsOfOthers(projects, learned, fiveOf);
  const choosers: Record<string, (project: string) => Chooser> = {
    markov: (project) => async (state) =>
      likeliest(last.get(project)!.predict(lastOf({ last: lastEvents(state, ORDER) }))),
    'markov-backoff': (project) => async (state) => likeliest(five.get(project)!.predict(fiveFeatures(state))),
    'ours-unseen': () => async (_, asked) => {
      const event = likeliest(await model.events(asked));
      const chances = await model.candidates(asked);
      const of = chances.map((chance, index) => (asked.candidates[index]!.event === event ? chance : -1));
      return asked.candidates[of.indexOf(Math.max(...of))] ?? event;
    },
  };
  const rollouts: EvaluateDocument['rollouts'] = {};
  for (const [name, choose] of Object.entries(choosers)) {
    const found: Rollout[] = [];
    for (const { project, trace, code, test } of runs) {
      for (const place of placesAt(trace, SHARES)) {
        const one = await rollout(trace, code, test, place, choose(project));
        if (one) found.push(one);
      }
    }
    const mean = (of: (one: Rollout) => number) => found.reduce((sum, one) => sum + of(one), 0) / (found.length || 1);
    rollouts[name] = {
      rollouts: found.length,
      valid: mean(({ valid }) => valid),
      agrees: mean(({ agrees }) => agrees),
    };
  }
  return rollouts;
}

function score(questions: readonly Question[], learned: readonly Learned[]): Record<string, Measures> {
  const models: Record<string, Measures> = {};
  const answers = (chances: (question: Question) => EventChances) =>
    measure(questions.map((question) => ({ event: question.event, chances: chances(question) })));
  const projects = new Set(questions.map(({ project }) => project));
  const others = (context: (of: Pick<Lesson, 'five' | 'last'>) => readonly string[]) => {
    const chains = chainsOfOthers(projects, learned, context);
    return answers((question) => chains.get(question.project)!.predict(context(question)));
  };
  models.majority = others(() => []);
  models.markov = others(lastOf);
  models['markov-backoff'] = others(fiveOf);
  models['ours-unseen'] = answers(({ unseen }) => unseen);
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
