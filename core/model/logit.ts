/**
 * Conditional logit models (McFadden 1974): a softmax over the candidates' sums of feature weights, fitted to
 * distributions by the least Kullback-Leibler divergence with a penalty for large weights, by Adam (Kingma, Ba, ICLR 2015).
 */

export interface LogitExample {
  /** The features of each candidate, as rows of the weights. */
  of: readonly (readonly number[])[];
  /** What the candidates' share was; they add up to 1. */
  target: readonly number[];
  /** How much the example counts. */
  share: number;
}

export interface LogitOptions {
  rounds: number;
  rate: number;
  penalty: number;
}

/** One weight for each of `size` rows. Linear in rounds × features. */
export function fitLogit(examples: readonly LogitExample[], size: number, options: LogitOptions): Float64Array {
  const { rounds, rate, penalty } = options;
  const weights = new Float64Array(size);
  const [first, second] = [new Float64Array(size), new Float64Array(size)];
  const importance = examples.reduce((sum, { share }) => sum + share, 0) || 1;
  for (let round = 1; round <= rounds; round++) {
    const slope = new Float64Array(size);
    for (const { of, target, share } of examples) {
      const chances = softmax(of.map((rows) => sumOf(weights, rows)));
      for (const [at, rows] of of.entries()) {
        const down = (share / importance) * (chances[at]! - target[at]!);
        for (const row of rows) slope[row]! += down;
      }
    }
    const step = (rate * Math.sqrt(1 - 0.999 ** round)) / (1 - 0.9 ** round);
    for (let row = 0; row < size; row++) {
      const down = slope[row]! + penalty * weights[row]!;
      first[row] = 0.9 * first[row]! + 0.1 * down;
      second[row] = 0.999 * second[row]! + 0.001 * down * down;
      weights[row]! -= (step * first[row]!) / (Math.sqrt(second[row]!) + 1e-8);
    }
  }
  return weights;
}

export const sumOf = (weights: ArrayLike<number>, rows: readonly number[]): number =>
  rows.reduce((sum, row) => sum + weights[row]!, 0);

export function softmax(scores: readonly number[]): number[] {
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}
