/**
 * Fits how much evidence counts to programs that the weights were not fitted to: first the strengths, under which what the
 * continuations did is likeliest; then what predictions are worth, so much that the intervals hold as often as they say.
 */
import { type Trust, weightOf } from '../evidence';
import { EVIDENCE_RUNS, type GatheredQuestion, type GatheredTest } from './gathered';
import { covered, predicted, restsOn, truth } from './score';
import { TRUST, type TrustKind, trustKind } from './trust';
import type { Weights } from './weights';

/** Tests, with weights that know nothing of them. */
export interface Fold {
  tests: readonly GatheredTest[];
  weights: Weights;
}

const grid = (factor: number): number[] => {
  const numbers: number[] = [];
  for (let number = 0.5; number < 5_000; number *= factor) numbers.push(Number(number.toPrecision(3)));
  return numbers;
};
/** Steps that are exact enough. */
const STRENGTHS = grid(Math.SQRT2);
const WORTHS = grid(1.08);
const MOST_ROUNDS = 6;
/** Of the intervals shall hold: a little more than 95 %, since other programs differ more. */
const HOLDING = 0.96;
/** Of fewer predictions nothing can be told. */
const LEAST_PREDICTIONS = 24;
const LEAST = 1e-6;

/** A kind of which there is no question keeps what it has. */
export function fitTrust(folds: readonly Fold[]): Record<TrustKind, Trust> {
  const asked = folds.flatMap(({ tests, weights }) =>
    tests.flatMap(({ questions }) => {
      const open = questions.filter(({ candidates }) => candidates.length > 1);
      return open.map((question): Asked => ({ question, weights, share: 1 / open.length }));
    }),
  );
  const fitted: Record<TrustKind, Trust> = { ...TRUST };
  for (const kind of Object.keys(TRUST) as TrustKind[]) {
    const own = asked.filter(({ question }) => trustKind(question) === kind);
    if (own.length > 0) fitted[kind] = withWorth(own, kind, fittedStrengths(own, kind));
  }
  return fitted;
}

interface Asked {
  question: GatheredQuestion;
  weights: Weights;
  share: number;
}

const chancesOf = ({ question, weights }: Asked, index: number, kind: TrustKind, trust: Trust): number[] =>
  predicted(question, index, weights, { ...TRUST, [kind]: trust });

/** Each in turn, until none changes. */
function fittedStrengths(asked: readonly Asked[], kind: TrustKind): Trust {
  const likelihood = (trust: Trust): number =>
    asked.reduce((sum, one) => {
      const { shares } = truth(one.question);
      const logs = EVIDENCE_RUNS.map((_, index) => {
        const chances = chancesOf(one, index, kind, trust);
        return shares.reduce(
          (all, share, at) => all + (share > 0 ? share * Math.log(Math.max(LEAST, chances[at]!)) : 0),
          0,
        );
      });
      return sum + one.share * logs.reduce((all, log) => all + log, 0);
    }, 0);
  let trust = TRUST[kind];
  let best = likelihood(trust);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = best;
    for (const index of trust.strengths.keys()) {
      for (const value of STRENGTHS) {
        const other = { ...trust, strengths: trust.strengths.with(index, value) };
        const found = likelihood(other);
        if (found > best) [best, trust] = [found, other];
      }
    }
    if (best === before) break;
  }
  return trust;
}

/** By the most exact likeness that was seen; one that was hardly ever seen is worth what a vaguer one is. */
function withWorth(asked: readonly Asked[], kind: TrustKind, trust: Trust): Trust {
  const worth: number[] = [];
  for (let level = -1; level < trust.strengths.length; level++) {
    const predictions = asked.flatMap((one) =>
      EVIDENCE_RUNS.flatMap((_, index) => {
        const rests = restsOn(one.question, index);
        return rests.level === level ? [{ ...one, rests, chances: chancesOf(one, index, kind, trust) }] : [];
      }),
    );
    const all = predictions.reduce((sum, { share }) => sum + share, 0);
    const holding = (most: number): number => {
      const own = { ...trust, worth: [...worth, most] };
      const held = predictions.reduce(
        (sum, { question, share, rests, chances }) => sum + share * covered(question, chances, weightOf(rests, own)),
        0,
      );
      return held / all;
    };
    const before = worth.at(-1) ?? trust.worth[0]!;
    const found = predictions.length < LEAST_PREDICTIONS ? before : WORTHS.findLast((most) => holding(most) >= HOLDING);
    worth.push(found ?? WORTHS[0]!);
  }
  return { ...trust, worth };
}
