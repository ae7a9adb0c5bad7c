/** How likely each candidate is: from the code and the state, then with the program's own runs as evidence. */
import { type Evidence, interval, update, weightOf } from '../evidence';
import { priorOf } from './prior';
import type { Question } from './questions';
import { TRUST, trustKind } from './trust';
import { WEIGHTS, type Weights } from './weights';

export interface PredictedShare {
  name: string;
  probability: number;
  /** Where the share in the long run lies with 95 % certainty. */
  low: number;
  high: number;
  /** In the situations most like this one that were seen. */
  times: number;
}

export interface Prediction {
  /** In the order of the candidates. */
  shares: PredictedShare[];
  /** The situations that were seen, of the most exact likeness; level -1: none. */
  seen: { level: number; times: number };
}

export function predict(question: Question, evidence?: Evidence, weights: Weights = WEIGHTS): Prediction {
  const names = question.candidates.map(({ name }) => name);
  const trust = TRUST[trustKind({ kind: question.kind, operation: question.doing?.operation })];
  const prior = priorOf(question.candidates, weights);
  const chances = update(prior, names, evidence?.levels(question.likenesses) ?? [], trust.strengths);
  const seen = evidence?.seen(question.likenesses) ?? { level: -1, times: 0, counts: new Map<string, number>() };
  const weight = weightOf(seen, trust);
  return {
    shares: names.map((name, index) => ({
      name,
      probability: chances[index]!,
      // What can only happen is certain, whatever was seen.
      ...(names.length === 1 ? { low: 1, high: 1 } : interval(chances[index]!, weight)),
      times: seen.counts.get(name) ?? 0,
    })),
    seen: { level: seen.level, times: seen.times },
  };
}
