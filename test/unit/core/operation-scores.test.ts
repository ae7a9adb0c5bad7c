/** How predictions of operations are scored, and how much evidence is made to count. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { interval } from '../../../core/model/evidence';
import type { GatheredQuestion, GatheredTest } from '../../../core/model/operations/gathered';
import { predictiveWeight, scoreOperations } from '../../../core/model/operations/score';
import { TRUST } from '../../../core/model/operations/trust';
import { fitTrust } from '../../../core/model/operations/trust-fit';

/** 32 bits of noise, the same each time (mulberry32). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const drawn = (random: () => number, share: number, times: number): number =>
  Array.from({ length: times }, () => (random() < share ? 1 : 0)).reduce<number>((sum, one) => sum + one, 0);

/** From a beta distribution of whole parameters: an order statistic of uniform numbers. */
const beta = (random: () => number, a: number, b: number): number =>
  Array.from({ length: a + b - 1 }, random).sort((x, y) => x - y)[a - 1]!;

/** Of two candidates that the model knows nothing about, so that it takes both for as likely. */
function question(first: number, of: number, levels: GatheredQuestion['levels'] = []): GatheredQuestion {
  const candidates = ['a', 'b'].map((name) => ({ name, features: [] }));
  return { kind: 'taker', unreached: false, candidates, counts: { a: first, b: of - first }, runs: of, levels };
}

const asTest = (one: GatheredQuestion, index: number): GatheredTest => ({ id: `p/Test${index}`, questions: [one] });

describe('scores of operations', () => {
  it('gives intervals that hold as often as they say, for shares of as few runs as were made', () => {
    const random = noise(7);
    for (const [a, b, runs] of [
      [5, 5, 20],
      [30, 10, 200],
      [60, 60, 50],
      [200, 300, 200],
    ] as const) {
      const { low, high } = interval(a / (a + b), predictiveWeight(a + b, runs));
      const rounds = 2_000;
      let inside = 0;
      for (let round = 0; round < rounds; round++) {
        const share = drawn(random, beta(random, a, b), runs) / runs;
        if (low <= share && share <= high) inside++;
      }
      assert.ok(inside / rounds > 0.93 && inside / rounds < 0.99, `${a} of ${a + b}: ${inside / rounds}`);
    }
  });

  it('is perfect where the model is, and counts answers that were no candidate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 50 }), (half, others) => {
        const asked = question(half, 2 * half);
        const { questions, answers, missed } = scoreOperations([
          asTest({ ...asked, counts: { ...asked.counts, ...(others > 0 ? { c: others } : {}) } }, 1),
        ]);
        assert.deepEqual([answers, missed], [2 * half + others, others]);
        const { kl, accuracy, ece, coverage } = questions[0]!.models['ours-0']!;
        assert.deepEqual([kl, accuracy, ece, coverage], [0, 0.5, 0, 1]);
      }),
    );
  });

  it('lets each program count the same', () => {
    const right = question(100, 100, [[], [{ a: 1000 }], [], []]);
    const wrong = question(0, 100, [[], [{ a: 1000 }], [], []]);
    const of = (tests: GatheredTest[]) => scoreOperations(tests).questions[0]!.models['counts-1']!.accuracy;
    assert.equal(of([asTest(right, 1), asTest(wrong, 2)]), 0.5);
    assert.equal(of([{ id: 'p/TestA', questions: [right, right, right] }, asTest(wrong, 2)]), 0.5);
  });

  it('is told how much evidence counts by programs: little where all are alike, much where each keeps to its way', () => {
    const random = noise(3);
    const tests = (shareOf: () => number): GatheredTest[] =>
      Array.from({ length: 60 }, (_, index) => {
        const share = shareOf();
        const seen = (runs: number) => {
          const a = drawn(random, share, runs);
          return runs === 0 ? [null] : [{ a, b: runs - a }];
        };
        return asTest(question(drawn(random, share, 200), 200, [seen(0), seen(1), seen(4), seen(20)]), index);
      });
    const fitted = (shareOf: () => number) => fitTrust([{ tests: tests(shareOf), weights: {} }]).taker;
    const alike = fitted(() => 0.5);
    const own = fitted(() => (random() < 0.5 ? 0.02 : 0.98));
    assert.ok(alike.strengths[0]! >= 256 && alike.worth[0]! >= 256, JSON.stringify(alike));
    assert.ok(own.strengths[0]! <= 2 && own.worth[0]! <= 2, JSON.stringify(own));
    assert.deepEqual(fitTrust([]), TRUST);
  });
});
