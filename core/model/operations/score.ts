/** How well what comes next is predicted, against the continuations of equal beginnings. */
import { interval, type Level, update, weightOf } from '../evidence';
import { EVIDENCE_RUNS, type GatheredQuestion, type GatheredTest, type Signature } from './gathered';
import { priorOf } from './prior';
import { TRUST, trustKind } from './trust';
import { WEIGHTS, type Weights } from './weights';

export interface OperationMeasures {
  /** Divergence of the prediction from what happened, in nats. */
  kl: number;
  /** Share of the continuations in which the likeliest candidate happened. */
  accuracy: number;
  /** Expected calibration error of the likeliest candidate, 15 bins. */
  ece: number;
  /** Share of the 95 % intervals that hold: for as many further runs as were made. */
  coverage?: number;
}

export interface OperationScore {
  kind: string;
  /** Questions with more than one candidate. */
  asked: number;
  models: Record<string, OperationMeasures>;
}

export interface OperationScores {
  tests: number;
  questions: OperationScore[];
  /** Continuations that answered, and those whose answer was no candidate. */
  answers: number;
  missed: number;
  signature: Signature & { tests: number };
}

/** A question, and how much it counts: each program the same. */
interface Asked {
  question: GatheredQuestion;
  share: number;
}

/** Of all these tests; which of them the model has been fitted to is the caller's to know. */
export function scoreOperations(
  tests: readonly GatheredTest[],
  weights: Weights = WEIGHTS,
  trust: typeof TRUST = TRUST,
): OperationScores {
  const asked = tests.flatMap(({ questions }): Asked[] => {
    const open = questions.filter(({ candidates }) => candidates.length > 1);
    return open.map((question) => ({ question, share: 1 / open.length }));
  });
  const questions = SCORED_KINDS.flatMap((kind): OperationScore[] => {
    const of = asked.filter(({ question }) => isOf(question, kind));
    return of.length === 0 ? [] : [{ kind, asked: of.length, models: scored(of, weights, trust) }];
  });
  const truths = asked.map(({ question }) => truth(question));
  const signed = tests.flatMap(({ signature }) => signature ?? []);
  const total = (name: keyof Signature): number => signed.reduce((sum, one) => sum + one[name], 0);
  return {
    tests: tests.length,
    questions,
    answers: truths.reduce((sum, { all }) => sum + all, 0),
    missed: truths.reduce((sum, { missed }) => sum + missed, 0),
    signature: {
      tests: signed.length,
      ...{ said: total('said'), wrong: total('wrong'), stuck: total('stuck'), known: total('known') },
    },
  };
}

export const SCORED_KINDS = ['turn', 'outcome', 'select', 'taker', 'site'] as const;

const isOf = ({ kind, operation }: GatheredQuestion, scored: string): boolean =>
  kind === scored || (kind === 'outcome' && operation === scored);

function scored(asked: readonly Asked[], weights: Weights, trust: typeof TRUST): Record<string, OperationMeasures> {
  const models: Record<string, OperationMeasures> = { uniform: measured(asked, uniform) };
  for (const [index, runs] of EVIDENCE_RUNS.entries()) {
    if (runs > 0) models[`counts-${runs}`] = measured(asked, (question) => countsAlone(question, index));
  }
  for (const [index, runs] of EVIDENCE_RUNS.entries()) {
    models[`ours-${runs}`] = measured(
      asked,
      (question) => predicted(question, index, weights, trust),
      (question) => weightOf(restsOn(question, index), trust[trustKind(question)]),
    );
  }
  return models;
}

const uniform = ({ candidates }: GatheredQuestion): number[] => candidates.map(() => 1 / candidates.length);

const SMOOTHING = 0.5;

/** The most exact counts alone, half of one more of each. */
function countsAlone(question: GatheredQuestion, index: number): number[] {
  const counts = question.levels[index]?.findLast((level) => level);
  if (!counts) return uniform(question);
  const times = question.candidates.map(({ name }) => (counts[name] ?? 0) + SMOOTHING);
  const sum = times.reduce((all, one) => all + one, 0);
  return times.map((one) => one / sum);
}

/** What is predicted with so many of EVIDENCE_RUNS known. */
export function predicted(question: GatheredQuestion, index: number, weights: Weights, trust: typeof TRUST): number[] {
  const levels = (question.levels[index] ?? []).map(
    (counts): Level => (counts ? new Map(Object.entries(counts)) : undefined),
  );
  const names = question.candidates.map(({ name }) => name);
  return update(priorOf(question.candidates, weights), names, levels, trust[trustKind(question)].strengths);
}

/** What the prediction rests on: the most exact likeness that was seen, and how often. */
export function restsOn({ kind, levels: all }: GatheredQuestion, index: number): { level: number; times: number } {
  const levels = all[index] ?? [];
  const level = levels.findLastIndex((counts) => counts);
  const times = Object.values(levels[level] ?? {}).reduce((sum, one) => sum + one, 0);
  // What an operation does several times in one run hangs together.
  return { level, times: kind === 'site' ? Math.min(times, EVIDENCE_RUNS[index]!) : times };
}

/** Of the candidates' shares, how many lie within intervals of that weight. */
export function covered(question: GatheredQuestion, chances: readonly number[], weight: number): number {
  const { shares } = truth(question);
  const total = predictiveWeight(weight, question.runs);
  const inside = chances.filter((chance, index) => {
    const { low, high } = interval(chance, total);
    return low <= shares[index]! && shares[index]! <= high;
  });
  return inside.length / chances.length;
}

/**
 * The share in `further` runs strays from the share in the long run as a sample of so many does, so that an interval for
 * it is as wide as one that rests on this much.
 */
export const predictiveWeight = (weight: number, further: number): number =>
  1 / (1 / weight + 1 / Math.max(1, further));

/** Shares of the candidates in what followed, how many answers there were and how many were no candidate. */
export function truth({ candidates, counts }: GatheredQuestion): { shares: number[]; missed: number; all: number } {
  const known = candidates.map(({ name }) => counts[name] ?? 0);
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const sum = known.reduce((total, count) => total + count, 0);
  return { shares: known.map((count) => count / Math.max(1, sum)), missed: all - sum, all };
}

const LEAST = 1e-6;

const divergence = (shares: readonly number[], chances: readonly number[]): number =>
  shares.reduce(
    (sum, share, index) => sum + (share > 0 ? share * Math.log(share / Math.max(chances[index]!, LEAST)) : 0),
    0,
  );

const BINS = 15;

function measured(
  questions: readonly Asked[],
  chancesOf: (question: GatheredQuestion) => number[],
  weightFor?: (question: GatheredQuestion) => number,
): OperationMeasures {
  const bins = Array.from({ length: BINS }, () => ({ sure: 0, right: 0 }));
  let [kl, weight, right, inside] = [0, 0, 0, 0];
  for (const { question, share } of questions) {
    const chances = chancesOf(question);
    const { shares } = truth(question);
    kl += share * divergence(shares, chances);
    weight += share;
    const sure = Math.max(...chances);
    const hit = shares[chances.indexOf(sure)]!;
    right += share * hit;
    const bin = bins[Math.min(BINS - 1, Math.floor(sure * BINS))]!;
    bin.sure += share * sure;
    bin.right += share * hit;
    if (!weightFor) continue;
    inside += share * covered(question, chances, weightFor(question));
  }
  return {
    kl: kl / weight,
    accuracy: right / weight,
    ece: bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.sure), 0) / weight,
    ...(weightFor ? { coverage: inside / weight } : {}),
  };
}
