import assert from 'node:assert/strict';
import fc from 'fast-check';
import { testsOfShard } from '../../../core/explore/shard';
import { mergeDocuments } from '../../../core/report/merge';
import type { Finding, TestDocument, TestReport } from '../../../protocol/finding';

const keys = fc.uniqueArray(fc.string({ maxLength: 8 }), { maxLength: 60 });

describe('shards', () => {
  it('have each test once, as many as the others, wherever they are cut', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 70 }), (tests, of) => {
        const shards = Array.from({ length: of }, (_, index) => testsOfShard(tests, { index: index + 1, of }));
        const all = shards.flatMap((shard) => [...shard]);
        assert.deepEqual(all.toSorted(), tests.toSorted());
        const sizes = shards.map(({ size }) => size);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        assert.deepEqual(testsOfShard(tests.toReversed(), { index: 1, of }), shards[0]);
      }),
    );
  });
});

const finding = (id: string, parts: Partial<Finding> = {}): Finding => ({
  ...{ id, kind: 'deadlock', verdict: 'confirmed', message: 'a waits for b', explanation: [], package: 'p' },
  sites: [{ file: 'a.go', line: 1, column: 1, role: 'waits', operation: 'lock' }],
  schedule: `schedules/${id}.json`,
  analysis: { name: 'deadlock', sound: true },
  ...parts,
});
const stats = (preemptions: number, firstAt = 1) => ({
  ...{ preemptions, firstAt },
  ...{ schedules: 9, replays: 5, replayed: 5, seconds: 1 },
});
const test = (name: string, parts: Partial<TestReport> = {}): TestReport => ({
  ...{ package: 'p', test: name, schedules: 10, seconds: 1, findings: [], uncontrolled: [] },
  coverage: { sitesReached: 3, sites: 9 },
  ...parts,
});
const document = (parts: Partial<TestDocument>): TestDocument => ({
  ...{ version: 1, findings: [], tests: [], problems: [] },
  ...parts,
});

describe('documents of shards', () => {
  it('keep of each finding the confirmed, then the smallest, then the earliest', () => {
    const order = [
      finding('a', { stats: stats(0, 3) }),
      finding('a', { stats: stats(1, 1) }),
      finding('a', { stats: stats(1, 7) }),
      finding('a', { schedule: undefined }),
      finding('a', { verdict: 'predicted', stats: stats(0) }),
    ];
    for (const [index, better] of order.entries()) {
      for (const worse of order.slice(index + 1)) {
        for (const findings of [
          [better, worse],
          [worse, better],
        ]) {
          const merged = mergeDocuments(findings.map((one) => document({ findings: [one] })));
          assert.deepEqual(merged.findings, [better]);
        }
      }
    }
  });

  it('add up what several did of one test', () => {
    const merged = mergeDocuments([
      document({ findings: [finding('a')], tests: [test('TestA', { findings: ['a'] }), test('TestB')] }),
      document({
        findings: [finding('b')],
        tests: [test('TestA', { findings: ['b'], coverage: { sitesReached: 5, sites: 9 }, problem: 'it hangs' })],
        problems: ['x'],
      }),
      document({ problems: ['x'] }),
    ]);
    assert.deepEqual(
      merged.findings.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(merged.tests, [
      test('TestA', {
        ...{ schedules: 20, seconds: 2, findings: ['a', 'b'], problem: 'it hangs' },
        coverage: { sitesReached: 5, sites: 9 },
      }),
      test('TestB'),
    ]);
    assert.deepEqual(merged.problems, ['x']);
  });

  it('keep what each saw of a bug', () => {
    const at = (line: number, parts: Partial<Finding> = {}) => {
      const site = { file: 'a.go', line, column: 1, role: 'writes', operation: 'write' };
      return finding('a', { kind: 'data-race', sites: [site], ...parts });
    };
    const merged = mergeDocuments([
      document({ findings: [at(1, { verdict: 'predicted' })] }),
      document({ findings: [at(2)] }),
      document({ findings: [at(1)] }),
    ]);
    const [only] = merged.findings;
    assert.deepEqual([only?.sites[0]?.line, only?.alsoSeen?.map(({ sites }) => sites[0]?.line)], [1, [2]]);
  });

  it('say which shard is missing', () => {
    const shard = (index: number, of: number) => document({ shard: { index, of } });
    assert.deepEqual(mergeDocuments([shard(2, 2), shard(1, 2)]).problems, []);
    assert.deepEqual(mergeDocuments([shard(1, 4), shard(3, 4)]).problems, [
      'Shards 2, 4 of 4 are not among the documents, so tests are missing.',
    ]);
  });
});
