import assert from 'node:assert/strict';
import { distribution, mergeCounts } from '../../../core/model/counts';
import { TRUST } from '../../../core/model/operations/trust';
import type { OutcomeCount } from '../../../protocol/finding';

const STRENGTH = TRUST.site.strengths[0]!;

const select: OutcomeCount = {
  file: 'a.go',
  line: 3,
  column: 2,
  operation: 'select',
  expression: '',
  outcomes: { 'case:0': 7, 'case:1': 2 },
  cases: ['v := <-ch', '<-ctx.Done()', 'default'],
  runs: 5,
};

describe('counts', () => {
  it('adds up the same site and leaves what it is given alone', () => {
    const other = { ...select, outcomes: { 'case:1': 1, 'blocked-for-ever': 4 }, runs: 2 };
    const [merged, ...rest] = mergeCounts([select], [other, { ...select, line: 9 }]);
    assert.deepEqual(merged!.outcomes, { 'case:0': 7, 'case:1': 3, 'blocked-for-ever': 4 });
    assert.equal(merged!.runs, 7);
    assert.equal(rest.length, 1);
    assert.deepEqual(select.outcomes, { 'case:0': 7, 'case:1': 2 });
  });

  it('gives shares that add up, with every case of the select, most likely first', () => {
    const { shares, times, runs } = distribution(select);
    assert.deepEqual(
      shares.map(({ label }) => label),
      ['case v := <-ch', 'case <-ctx.Done()', 'default'],
    );
    assert.deepEqual([times, runs], [9, 5]);
    // Between what was seen and what the code says, nearer to what was seen.
    const alone = distribution({ ...select, outcomes: {}, runs: 0 }).shares.find(({ outcome }) => outcome === 'case:0');
    const expected = (7 + STRENGTH * alone!.probability) / (9 + STRENGTH);
    assert.ok(Math.abs(shares[0]!.probability - expected) < 1e-12);
    assert.ok(Math.abs(shares.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-12);
    for (const { low, high, probability } of shares) assert.ok(low <= probability && probability <= high);
  });

  it('keeps waiting for ever possible where it can happen, seen or not', () => {
    const cases = ['v := <-ch', '<-ctx.Done()'];
    const waiting = distribution({ ...select, cases }).shares.find(({ outcome }) => outcome === 'blocked-for-ever');
    assert.equal(waiting?.times, 0);
    assert.ok(waiting!.probability > 0 && waiting!.probability < STRENGTH / (9 + STRENGTH));
    assert.ok(!distribution(select).shares.some(({ outcome }) => outcome === 'blocked-for-ever'));
  });

  it('has words for what channels and locks do, and survives nonsense', () => {
    const count = {
      ...select,
      operation: 'receive',
      outcomes: { 'blocked-for-ever': 1, 'at-once': Number.NaN, closed: -3 },
    };
    delete count.cases;
    const { shares, times } = distribution(count);
    assert.equal(shares[0]!.label, 'blocked for ever');
    assert.equal(times, 1);
  });

  it('says what the code alone says where no run was, and nothing where nothing is open', () => {
    const { shares, times } = distribution({ ...select, outcomes: {}, runs: 0 });
    assert.equal(times, 0);
    assert.deepEqual(shares.map(({ outcome }) => outcome).sort(), ['case:0', 'case:1', 'default']);
    for (const { low, high } of shares) assert.ok(high - low > 0.5);
    assert.deepEqual(distribution({ ...select, operation: 'unlock', cases: undefined, outcomes: {} }).shares, []);
  });
});
