/** Questions at identical prefixes of a test, with what followed each in many continuations, and what runs say of it. */
import { Evidence } from '../../core/model/evidence';
import { EVIDENCE_RUNS, type GatheredQuestion } from '../../core/model/operations/gathered';
import { type Moment, momentsOf } from '../../core/model/operations/moment';
import { answerIn, lessonsOf, type Question, questionsAt } from '../../core/model/operations/questions';
import { siteCandidates } from '../../core/model/operations/site';
import { type Continuation, continuations } from '../model/continuations';
import { removeRun, runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';
import { RANDOM_RUNS, randomRuns } from './random-runs';

export interface GatherBounds {
  /** Continuations from each place. */
  count: number;
  /** Bound on those of one place. */
  milliseconds: number;
}

/** Where a run is left: these shares of its steps. Late in it most has been decided. */
const SHARES = [0.25, 0.5, 0.75, 0.95];
/** Steps of a run that evidence is taken from. */
const MOST_STEPS = 400;
/** In shorter runs there is nothing to ask. */
const LEAST_STEPS = 4;
/** A question that fewer continuations answer says little. */
const LEAST_ANSWERS = 50;
/** Numbers of the runs: those that are told of are others than those that are asked about. */
const TRUTH_FIRST = 10_000;
const TOLD_FIRST = 20_000;
const TOLD_APART = 1_000;

/** The run that the questions are about: the same each time. */
const baseRun = async (subject: TestSubject) => (await randomRuns(subject, { first: 0, count: 1 }))[0];

/**
 * The questions with the candidates and features as they are read now; what followed is kept, and so are the questions about places.
 * Those that are not found again are left out: the test does not run the same each time.
 */
export async function readAnew(
  subject: TestSubject,
  questions: readonly GatheredQuestion[],
): Promise<GatheredQuestion[]> {
  const base = await baseRun(subject);
  const steps = [...new Set(questions.flatMap(({ step }) => step ?? []))].sort((a, b) => a - b);
  const asked = (base ? [...momentsOf(base.run, steps)] : []).flatMap((moment) =>
    questionsAt(moment).map((question) => ({
      ...question,
      step: moment.step,
      unreached: isUnreached(moment, question),
    })),
  );
  return questions.flatMap((old): GatheredQuestion[] => {
    if (old.kind === 'site') return [old];
    const known = new Set(old.candidates.map(({ name }) => name));
    const found = asked.find(
      ({ step, kind, about, candidates }) =>
        step === old.step &&
        kind === old.kind &&
        about === old.about &&
        candidates.every(({ name }) => known.has(name)),
    );
    return found ? [{ ...old, candidates: found.candidates, unreached: found.unreached }] : [];
  });
}

const isUnreached = ({ unreached }: Moment, { doing }: Question): boolean =>
  doing !== undefined && unreached.has(doing.goroutine);

/** None of a test that cannot be run, or is over at once. */
export async function gatherQuestions(subject: TestSubject, bounds: GatherBounds): Promise<GatheredQuestion[]> {
  const base = await baseRun(subject);
  if (!base || base.run.steps.length < LEAST_STEPS) return [];
  const questions = await siteQuestions(subject, bounds);
  const others = await randomRuns(subject, { first: 1, count: Math.max(...EVIDENCE_RUNS) });
  const evidence = EVIDENCE_RUNS.map((runs) => {
    const told = new Evidence();
    for (const { run } of others.slice(0, runs)) {
      for (const { likenesses, answer } of lessonsOf(run, MOST_STEPS)) told.add(likenesses, answer);
    }
    return told;
  });
  const steps = [...new Set(SHARES.map((share) => Math.floor(share * base.run.steps.length)))];
  for (const moment of momentsOf(base.run, steps)) {
    const { runs } = await continuations(subject, {
      ...{ steps: base.raw.steps.slice(0, moment.step), conditions: conditionsOf(base.raw) },
      ...bounds,
    });
    questions.push(...questionsOf(moment, runs, evidence, bounds.count));
  }
  return questions;
}

function questionsOf(
  moment: Moment,
  runs: readonly Continuation[],
  evidence: readonly Evidence[],
  count: number,
): GatheredQuestion[] {
  return questionsAt(moment).flatMap((question): GatheredQuestion[] => {
    const counts: Record<string, number> = {};
    let answered = 0;
    for (const { run } of runs) {
      const answer = answerIn(run, moment, question);
      if (answer === undefined) continue;
      counts[answer] = (counts[answer] ?? 0) + 1;
      answered++;
    }
    if (answered < Math.min(LEAST_ANSWERS, count / 2)) return [];
    const { kind, about, doing, candidates } = question;
    return [
      {
        ...{ kind, about, step: moment.step, candidates, counts, runs: answered },
        ...(doing ? { operation: doing.operation, waiting: doing.waiting } : {}),
        unreached: isUnreached(moment, question),
        levels: evidence.map((told) =>
          told.levels(question.likenesses).map((level) => (level ? Object.fromEntries(level) : null)),
        ),
      },
    ];
  });
}

/** What is asked of places in the source, over whole runs: the further runs are the truth. */
async function siteQuestions(subject: TestSubject, { count, milliseconds }: GatherBounds): Promise<GatheredQuestion[]> {
  const truth = await countsIn(subject, { first: TRUTH_FIRST, count, milliseconds });
  const told: SiteCounts[] = [];
  for (const [index, runs] of EVIDENCE_RUNS.entries()) {
    const first = TOLD_FIRST + TOLD_APART * index;
    told.push(await countsIn(subject, { first, count: runs, milliseconds }));
  }
  return [...truth.of].flatMap(([id, counts]): GatheredQuestion[] => {
    const site = subject.sites.get(id);
    const candidates = site && !site.internal ? siteCandidates(site) : [];
    if (!site || candidates.length < 2) return [];
    const times = Object.values(counts).reduce((sum, one) => sum + one, 0);
    const levels = told.map(({ of }) => [of.get(id) ?? null]);
    const question = { kind: 'site', operation: site.operation, unreached: false, candidates, counts, levels } as const;
    return [{ ...question, runs: Math.min(times, truth.runs) }];
  });
}

interface SiteCounts {
  /** Site id → outcome → times. */
  of: Map<number, Record<string, number>>;
  runs: number;
}

/** How often what came of each place in so many runs. */
async function countsIn(
  subject: TestSubject,
  { first, count, milliseconds }: GatherBounds & { first: number },
): Promise<SiteCounts> {
  const sums: SiteCounts = { of: new Map(), runs: 0 };
  const until = performance.now() + milliseconds;
  for (let next = first; next < first + count && performance.now() < until; ) {
    const run = await runTarget(subject, {
      ...RANDOM_RUNS,
      first: next,
      iterations: first + count - next,
      milliseconds,
    });
    for (const [site, outcome, times] of run.summary?.counts ?? []) {
      const counts = sums.of.get(site) ?? {};
      sums.of.set(site, counts);
      counts[outcome] = (counts[outcome] ?? 0) + times;
    }
    const done = Math.max(run.diedIn ?? -1, next + (run.summary?.iterations ?? 0) - 1) + 1;
    removeRun(run);
    if (done <= next) break;
    sums.runs += done - next;
    next = done;
  }
  return sums;
}
