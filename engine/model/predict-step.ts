/** What can come next at a step of a finding's schedule: many runs that begin with the steps before it. */
import { outcomeLabel } from '../../core/model/counts';
import { interval, posterior } from '../../core/model/evidence';
import { type Moment, momentsOf } from '../../core/model/operations/moment';
import { priorOf } from '../../core/model/operations/prior';
import { answerIn, type Question, questionsAt } from '../../core/model/operations/questions';
import { describeEnd, END_LABELS } from '../../core/model/outcomes/ends';
import { speakingFor } from '../../core/model/outcomes/model';
import type { Arrival } from '../../core/model/outcomes/orders';
import { siteAt } from '../../core/trace/trace';
import type { GoroutinePrediction, PredictedShare, SpeakingOrder, StepPrediction } from '../../protocol/prediction';
import { type StoredTest, type StoredTestOptions, withStoredTest } from '../replay/stored-test';
import { conditionsOf } from '../run/schedule-sites';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import { type Continuations, continuations } from './continuations';

export interface PredictStepOptions extends StoredTestOptions {
  /** From 1; the one that decides when left out. */
  step?: number;
  /** How many runs are sampled. */
  runs: number;
  onStage?: (stage: string) => void;
}

/** Runs that look for the step that decides, at each step that is tried. */
const LOOKED = 40;

/** Fails when the finding has no schedule, or its test cannot be built or does not follow it. */
export function predictStep(options: PredictStepOptions): Promise<Attempt<StepPrediction>> {
  return withStoredTest(options, async (test) => {
    const { steps } = test.anchored;
    const { step, runs, signal, onStage } = options;
    if (step !== undefined && (step < 1 || step > steps.length)) {
      return failed(`The schedule of ${test.finding.id} has ${steps.length} steps; there is no step ${step}.`);
    }
    onStage?.('looking for the step that decides');
    const decided = await decidingStep(test, signal);
    if (signal?.aborted) return CANCELLED;
    const at = step ?? Math.max(1, decided ?? steps.length);
    onStage?.(`going on ${runs} times from step ${at}`);
    const found = await from(test, at - 1, runs, signal);
    if (signal?.aborted) return CANCELLED;
    const [first] = found.runs;
    if (!first)
      return failed(found.why ?? `No run of ${test.subject.test} followed the schedule of ${test.finding.id}.`);
    const [moment] = momentsOf(first.run, [at - 1]);
    return succeeded({
      ...{ finding: test.finding.id, test: test.subject.test, step: at, of: steps.length },
      ...(moment ? predictions(moment, found) : { turn: [], goroutines: [] }),
      ends: ends(found),
      speaks: speaks(test, found),
      continuations: found.runs.length,
      ...(decided === undefined ? {} : { decided }),
    });
  });
}

function from(test: StoredTest, kept: number, count: number, signal?: AbortSignal): Promise<Continuations> {
  const { subject, anchored, schedule } = test;
  const conditions = { ...conditionsOf(schedule), points: anchored.points };
  return continuations(subject, { steps: anchored.steps.slice(0, kept), conditions, count, signal });
}

/**
 * The first step, from 1, behind which no sampled run ends well: before it the finding could still be avoided; 0: it could
 * never. By bisection, since who has lost cannot win any more; undefined when some run ends well behind all of them.
 */
async function decidingStep(test: StoredTest, signal?: AbortSignal): Promise<number | undefined> {
  const lost = async (kept: number): Promise<boolean> => {
    const { runs } = await from(test, kept, LOOKED, signal);
    return runs.length > 0 && runs.every(({ outcome }) => outcome !== 'pass');
  };
  let [low, high] = [0, test.anchored.steps.length];
  if (!(await lost(high))) return undefined;
  while (low < high && !signal?.aborted) {
    const middle = (low + high) >> 1;
    if (await lost(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

function predictions(moment: Moment, found: Continuations): Pick<StepPrediction, 'turn' | 'goroutines'> {
  const { header } = moment.run.trace;
  const questions = questionsAt(moment);
  const turn = questions.find(({ kind }) => kind === 'turn');
  const goroutines = [...moment.doing.values()].map((doing): GoroutinePrediction => {
    const { goroutine, path, operation, waiting } = doing;
    const site = siteAt(moment.run.trace, doing.site);
    const question = questions.find((one) => one.kind === 'outcome' && one.about === path);
    return {
      ...{ goroutine: path, operation, waiting, unreached: moment.unreached.has(goroutine) },
      ...(site && !site.internal ? { place: { file: site.file, line: site.line, column: site.column } } : {}),
      shares: question ? shares(moment, question, found, (name) => outcomeLabel(name, site?.cases)) : [],
    };
  });
  const known = (path: string): string => {
    const doing = moment.doing.get(header.goroutines.findIndex((one) => one.path === path));
    const site = doing && siteAt(moment.run.trace, doing.site);
    const what = doing ? `${doing.over ? 'goes on after' : 'does'} ${doing.operation}` : 'goes on';
    return `goroutine ${path} ${what}${site && !site.internal ? ` at ${site.file}:${site.line}` : ''}`;
  };
  return { turn: turn ? shares(moment, turn, found, known) : [], goroutines };
}

function shares(
  moment: Moment,
  question: Question,
  found: Continuations,
  label: (name: string) => string,
): PredictedShare[] {
  const counts = new Map<string, number>();
  for (const { run } of found.runs) {
    const answer = answerIn(run, moment, question);
    if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const names = question.candidates.map(({ name }) => name);
  return shared(names, priorOf(question.candidates), counts, label);
}

/** Continuations of this very moment that what the model says counts as. */
const PRIOR_RUNS = 1;

function shared(
  names: readonly string[],
  prior: readonly number[],
  counts: ReadonlyMap<string, number>,
  label: (name: string) => string,
): PredictedShare[] {
  const chances = posterior(prior, names, counts, PRIOR_RUNS);
  const total = names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0) + PRIOR_RUNS;
  return names
    .map((outcome, index) => ({
      ...{ outcome, label: label(outcome), probability: chances[index]!, times: counts.get(outcome) ?? 0 },
      ...(names.length === 1 ? { low: 1, high: 1 } : interval(chances[index]!, total)),
    }))
    .sort((a, b) => b.probability - a.probability || a.outcome.localeCompare(b.outcome));
}

/** Orders of operations that are told at most. */
const MOST_ORDERS = 5;

/** What speaks for ends other than passing, the commonest of them. */
function speaks({ subject }: StoredTest, { runs }: Continuations): SpeakingOrder[] {
  const ended = runs.map(({ run, outcome }) => ({ run, end: describeEnd(outcome, run.trace.header) }));
  const bad = ended.filter(({ end }) => end !== 'pass').map(({ end }) => end);
  const end = bad.sort((a, b) => bad.filter((one) => one === b).length - bad.filter((one) => one === a).length)[0];
  if (end === undefined) return [];
  const place = ({ site: id, goroutine }: Arrival): SpeakingOrder['first'][] => {
    const site = subject.sites.get(id);
    return site ? [{ file: site.file, line: site.line, column: site.column, goroutine }] : [];
  };
  return speakingFor(ended, end)
    .slice(0, MOST_ORDERS)
    .flatMap(({ order, certainty: _, ...counts }) => {
      const [first, second] = [...place(order.first), ...place(order.second)];
      return first && second ? [{ first, second, end, ...counts }] : [];
    });
}

function ends({ runs }: Continuations): PredictedShare[] {
  const counts = new Map<string, number>();
  for (const { outcome, run } of runs) {
    const end = describeEnd(outcome, run.trace.header);
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  const names = Object.keys(END_LABELS);
  const all = shared(
    names,
    names.map(() => 1 / names.length),
    counts,
    (name) => END_LABELS[name as keyof typeof END_LABELS],
  );
  return all.filter(({ times, outcome }) => times > 0 || outcome === 'pass');
}
