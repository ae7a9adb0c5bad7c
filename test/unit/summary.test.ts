import assert from 'node:assert/strict';
import { summarise } from '../../cli/describe';
import type { TestReport } from '../../protocol/finding';

const report = (test: string, more: Partial<TestReport> = {}): TestReport => ({
  package: 'example.com/m/p',
  test,
  schedules: 10,
  seconds: 1,
  coverage: { sites: 5, sitesReached: 4 },
  uncontrolled: [],
  findings: [],
  ...more,
});

describe('the summary of an exploration', () => {
  const exhausted = { interleavings: 3, timed: false };

  it('has a line for each test', () => {
    const lines = summarise([], [report('TestA'), report('TestB', { exhausted })], 2).split('\n');
    assert.equal(lines.length, 4);
    assert.equal(lines[0], 'example.com/m/p TestA: no findings (10 interleavings, 4 of 5 operations reached)');
    assert.match(lines[1]!, /TestB: .*; all 3 interleavings explored, none deadlocks$/);
    assert.equal(lines[3], 'no bug in 20 interleavings of 2 tests in 2.0 s');
  });

  it('names of many tests those of which there is something to say', () => {
    const tests = [
      ...Array.from({ length: 30 }, (_, at) => report(`Test${at}`, at < 3 ? { exhausted } : {})),
      ...Array.from({ length: 2 }, (_, at) => report(`Test${at}`, { package: 'example.com/m/q' })),
      report('TestFound', { findings: ['f'] }),
      report('TestHung', { problem: 'It does not end.' }),
    ];
    assert.deepEqual(summarise([], tests, 2).split('\n').slice(0, -2), [
      'example.com/m/p: no findings in 30 tests (300 interleavings; of 3 all were explored)',
      'example.com/m/q: no findings in 2 tests (20 interleavings)',
      'example.com/m/p TestFound: 1 finding (10 interleavings, 4 of 5 operations reached)',
      'example.com/m/p TestHung: not explored to its end (10 interleavings, 4 of 5 operations reached)',
    ]);
  });
});
