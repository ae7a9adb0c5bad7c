/**
 * Tests that wait for the garbage collector to find something unused (test/fixtures/programs/garbage), with real Go: they
 * end recorded and under control as they do natively.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordDocument, TestDocument } from '../../protocol/finding';
import { type Ended, ended, ROOT, start } from './command';

const WAITING = [
  'TestFinalizer',
  'TestCleanup',
  'TestFinalizerTakenBack',
  'TestWeakPointer',
  'TestOwner',
  'TestOwnerIsLeft',
  'TestPooled',
  'TestUsedAgain',
];

describe('garbage collection', function () {
  this.timeout(180_000);
  let home = '';
  let module = '';
  let environment: NodeJS.ProcessEnv = {};

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-garbage-'));
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    module = join(home, 'garbage');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'garbage'), module, { recursive: true });
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const lockstep = (...args: string[]): Promise<Ended> => ended(start(module, args, environment));

  it('finds what is unused while tests are recorded, asked for or not', async () => {
    const run = await lockstep('record', '.', './unasked', '--timeout', '60s', '--json');
    assert.notEqual(run.stdout, '', run.stderr);
    const { tests, findings, problems }: RecordDocument = JSON.parse(run.stdout);
    assert.deepEqual(
      tests.map(({ test, result }) => [test, result]),
      [...WAITING, 'TestUnasked'].map((test) => [test, 'pass']),
    );
    assert.deepEqual([findings, problems], [[], []]);
  });

  // reversal and dpor compare the operands of operations of a whole run
  for (const strategy of ['auto', 'reversal', 'dpor']) {
    it(`finds it under control, where it decides nothing else, with the strategy ${strategy}`, async () => {
      const run = await lockstep('test', '.', '--strategy', strategy, '--schedules', '24', '--seed', '3', '--json');
      assert.notEqual(run.stdout, '', run.stderr);
      const { tests, findings, problems }: TestDocument = JSON.parse(run.stdout);
      assert.deepEqual(
        tests.map(({ test }) => test),
        WAITING,
      );
      for (const { test, schedules, problem } of tests) {
        assert.ok(schedules > 0 && !problem, `${test}: ${problem}`);
      }
      assert.deepEqual([findings, problems], [[], []]);
    });
  }

  it('keeps no pointer to a stack that the program hides from escape analysis', async () => {
    const run = await lockstep('record', './hidden', '--timeout', '60s', '--json');
    assert.notEqual(run.stdout, '', run.stderr);
    const recorded: RecordDocument = JSON.parse(run.stdout);
    assert.deepEqual(
      recorded.tests.map(({ test, result }) => [test, result]),
      [['TestHidden', 'pass']],
    );
    assert.deepEqual(recorded.problems, []);
    const explored = await lockstep('test', './hidden', '--schedules', '24', '--seed', '3', '--json');
    assert.notEqual(explored.stdout, '', explored.stderr);
    const { tests, findings, problems }: TestDocument = JSON.parse(explored.stdout);
    assert.deepEqual(
      tests.map(({ test, problem }) => [test, problem]),
      [['TestHidden', undefined]],
    );
    assert.deepEqual([findings, problems], [[], []]);
  });

  it('brings about a collection at the wrong time, every time', async () => {
    const run = await lockstep('test', './early', '--schedules', '200', '--seed', '3', '--json');
    assert.equal(run.code, 1, run.stderr);
    const { findings }: TestDocument = JSON.parse(run.stdout);
    assert.deepEqual(
      findings.map(({ kind, test, verdict }) => [kind, test, verdict]),
      [['test-failure', 'TestEarly', 'confirmed']],
    );
    const again = await lockstep('replay', findings[0]!.id, '--times', '20');
    assert.equal(again.code, 1, again.stdout + again.stderr);
  });
});
