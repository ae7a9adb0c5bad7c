/**
 * Fits how much evidence counts to programs: the numbers under which what the continuations did is likeliest, if what is
 * predicted is the mean of a Dirichlet distribution and what it rests on is its concentration (the Dirichlet-multinomial
 * likelihood: Minka, Estimating a Dirichlet distribution, 2000). So strengths and the widths of intervals agree.
 */
import { EVIDENCE_RUNS, type GatheredQuestion, type GatheredTest } from './gathered';
import { QUESTION_KINDS, type QuestionKind } from './questions';
import { predicted, restsOn, truth } from './score';
import { TRUST, type Trust } from './trust';
import type { Weights } from './weights';

/** Steps of a factor of two are exact enough. */
const GRID: readonly number[] = Array.from({ length: 15 }, (_, power) => 2 ** (power - 1));
const MOST_ROUNDS = 6;

/** Kinds of which there is no question keep what they have. */
export function fitTrust(tests: readonly GatheredTest[], weights: Weights): Record<QuestionKind, Trust> {
  const trust: Record<QuestionKind, Trust> = { ...TRUST };
  for (const kind of QUESTION_KINDS) {
    const asked = tests.flatMap(({ questions }) => {
      const open = questions.filter((question) => question.candidates.length > 1);
      return open
        .filter((question) => question.kind === kind)
        .map((question) => ({ question, share: 1 / open.length }));
    });
    if (asked.length > 0) trust[kind] = fittedTo(asked, trust, kind, weights);
  }
  return trust;
}

interface Asked {
  question: GatheredQuestion;
  share: number;
}

/** Each number in turn, until none changes. */
function fittedTo(
  asked: readonly Asked[],
  all: Record<QuestionKind, Trust>,
  kind: QuestionKind,
  weights: Weights,
): Trust {
  const { strengths, unseen } = all[kind];
  let numbers = [unseen, ...strengths];
  const trustOf = ([first = 1, ...rest]: readonly number[]): Trust => ({ strengths: rest, unseen: first });
  const score = (of: readonly number[]) => likelihood(asked, { ...all, [kind]: trustOf(of) }, weights);
  let best = score(numbers);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = best;
    for (const index of numbers.keys()) {
      for (const value of GRID) {
        const other = numbers.with(index, value);
        const found = score(other);
        if (found > best) [best, numbers] = [found, other];
      }
    }
    if (best === before) break;
  }
  return trustOf(numbers);
}

/** The logarithm, for each of EVIDENCE_RUNS. */
function likelihood(asked: readonly Asked[], trust: Record<QuestionKind, Trust>, weights: Weights): number {
  let sum = 0;
  for (const { question, share } of asked) {
    const { shares } = truth(question);
    const counts = shares.map((one) => one * question.runs);
    for (const index of EVIDENCE_RUNS.keys()) {
      const chances = predicted(question, index, weights, trust);
      sum += share * dirichletMultinomial(counts, chances, restsOn(question, index, trust));
    }
  }
  return sum;
}

const LEAST = 1e-9;

function dirichletMultinomial(counts: readonly number[], chances: readonly number[], weight: number): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const each = chances.reduce((sum, chance, index) => {
    const alpha = Math.max(LEAST, chance * weight);
    return sum + logGamma(counts[index]! + alpha) - logGamma(alpha);
  }, 0);
  return each + logGamma(weight) - logGamma(weight + all);
}

/** Of positive numbers; by Stirling's series, from 8 on exact to 10 digits. */
function logGamma(value: number): number {
  let [x, shift] = [value, 0];
  for (; x < 8; x++) shift -= Math.log(x);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}
