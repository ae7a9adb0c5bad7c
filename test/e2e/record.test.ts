/** `lockstep record`: tests as Go schedules them, with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordDocument, TestDocument } from '../../protocol/finding';
import { type Ended, ended, ROOT, start } from './command';

describe('lockstep record', function () {
  this.timeout(180_000);
  let home = '';
  let module = '';
  let environment: NodeJS.ProcessEnv = {};

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-record-'));
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    module = join(home, 'record');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'record'), module, { recursive: true });
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const lockstep = (...args: string[]): Promise<Ended> => ended(start(module, args, environment));

  describe('on a package', () => {
    let document: RecordDocument;
    let run: Ended;

    before(async () => {
      run = await lockstep('record', '.', '--json');
      assert.notEqual(run.stdout, '', run.stderr);
      document = JSON.parse(run.stdout);
    });

    it('has every test end as it does without it, parallel ones too', () => {
      const results = Object.fromEntries(document.tests.map(({ test, result }) => [test, result]));
      assert.deepEqual(results, {
        TestClosed: 'pass',
        TestCancelled: 'pass',
        TestBuffered: 'pass',
        TestTimers: 'pass',
        TestPooled: 'pass',
        TestCondition: 'pass',
        TestSubtests: 'pass',
        TestParallelHere: 'pass',
        TestParallelThere: 'pass',
        TestRacy: 'pass',
        TestSkipped: 'skip',
        TestFails: 'fail',
      });
      assert.deepEqual(document.problems, []);
    });

    it('tells the race, with its place, and takes nothing else for one', () => {
      const races = document.findings.map(({ kind, test, sites }) => [kind, test, sites[0]?.file, sites[0]?.line]);
      assert.deepEqual(races, [['data-race', 'TestRacy', 'racy_test.go', 15]]);
      assert.equal(run.code, 1);
    });

    it('keeps the trace of what it has found', async () => {
      const { trace } = document.findings[0]!;
      const printed = await lockstep('trace', 'print', join('.lockstep', trace!));
      assert.match(printed.stdout, /write/);
    });
  });

  it('names the tests that a dying process did not come to, and why', async () => {
    const run = await lockstep('record', './dies', '--json');
    const { tests, problems }: RecordDocument = JSON.parse(run.stdout);
    const results = Object.fromEntries(tests.map(({ test, result }) => [test, result]));
    assert.deepEqual(results, { TestBefore: 'pass', TestDies: 'panic', TestAfter: 'unfinished' });
    assert.deepEqual(problems, ['The tests of example.com/record/dies did not run to their end: panic: boom.']);
    assert.equal(run.code, 2);
  });

  it('names the line of a panic although GOFLAGS trims paths', async () => {
    const trimmed = { ...environment, GOFLAGS: '-trimpath' };
    const args = ['test', './dies', '--run', 'TestDies', '--schedules', '5', '--json'];
    const { findings }: TestDocument = JSON.parse((await ended(start(module, args, trimmed))).stdout);
    assert.deepEqual(
      findings.map(({ kind, sites }) => [kind, sites[0]?.file, sites[0]?.line]),
      [['panic', 'dies/dies_test.go', 9]],
    );
  });

  it('refuses a duration that is none', async () => {
    const run = await lockstep('record', '--timeout', 'soon');
    assert.equal(run.code, 2);
    assert.match(run.stderr, /--timeout: "soon" is not a duration/);
  });
});
