/**
 * How likely each candidate is without a run: a softmax over the sums of its features' weights (a conditional logit model:
 * McFadden 1974), which bench/next-operation.mjs has fitted to what followed in programs of the corpus.
 */
import { softmax } from '../logit';
import { WEIGHTS, type Weights } from './weights';

/** In the order of the candidates. They add up to 1. */
export function priorOf(candidates: readonly { features: readonly string[] }[], weights: Weights = WEIGHTS): number[] {
  const scores = candidates.map(({ features }) => features.reduce((sum, word) => sum + (weights[word] ?? 0), 0));
  return softmax(scores);
}
