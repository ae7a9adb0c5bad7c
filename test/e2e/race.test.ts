/** `lockstep test --race`: Go's race detector judges the runs. test/fixtures/programs/race says what each program is for. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, TestDocument } from '../../protocol/finding';
import { englishLeft } from '../unit/pseudo';
import { type Ended, ended, ROOT, start } from './command';

describe('lockstep test --race', function () {
  this.timeout(180_000);
  let home = '';
  let directory = '';
  let environment: NodeJS.ProcessEnv = {};
  let document: TestDocument;

  const lockstep = (more: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> =>
    ended(start(directory, args, { ...environment, ...more }));
  const findingsOf = (test: string): Finding[] => document.findings.filter((finding) => finding.test === test);
  const lines = ({ sites }: Finding): number[] => sites.slice(0, 2).map(({ line }) => line);
  const WITNESS = /Go's race detector/;

  before(async function () {
    home = mkdtempSync(join(tmpdir(), 'lockstep-race-'));
    directory = join(home, 'race');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'race'), directory, { recursive: true });
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    const tests = '^Test(Mutex|RacyMutex|RacySendAndClose|RacyMap|RacyAtomic|RacySubtests|RacyNakedResult|Pipeline)$';
    const run = await lockstep(
      {},
      'test',
      '--race',
      'on',
      '--run',
      tests,
      '--schedules',
      '40',
      '--seed',
      '1',
      '--json',
    );
    if (/race detector needs/.test(run.stderr)) {
      process.stderr.write(`    not tested here: ${run.stderr}`);
      this.skip();
    }
    assert.equal(run.code, 1, run.stderr);
    document = JSON.parse(run.stdout);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it('gives races that Lockstep sees itself a second witness, with both stacks', () => {
    const [race, ...others] = findingsOf('TestRacyMutex');
    assert.deepEqual(others, [], 'testing fails a test for its races: that is no finding of its own');
    assert.deepEqual([race!.kind, race!.verdict, race!.analysis.name], ['data-race', 'confirmed', 'happens-before']);
    const told = race!.explanation.findIndex((step) => WITNESS.test(step));
    const stacks = race!.explanation.slice(told + 1).join('\n');
    for (const line of lines(race!)) assert.match(stacks, new RegExp(`locks_test\\.go:${line}\\)`));
  });

  it('finds what only the detector is told, and replays it', async () => {
    const [race, ...others] = findingsOf('TestRacySendAndClose');
    assert.deepEqual(others, []);
    const { analysis, verdict, sites } = race!;
    assert.deepEqual([analysis, verdict], [{ name: 'go-race-detector', sound: true }, 'confirmed']);
    assert.deepEqual(sites.map(({ operation }) => operation).slice(0, 2), ['close', 'send']);
    const again = await lockstep({}, 'replay', race!.id, '--times', '3', '--json');
    const { reproduced, times } = JSON.parse(again.stdout);
    assert.deepEqual([again.code, reproduced, times], [1, 3, 3], again.stderr);
  });

  it('knows the race again although Go does not name who calls a function of sync/atomic', () => {
    const [race, ...others] = findingsOf('TestRacyAtomic');
    assert.deepEqual(others, []);
    assert.deepEqual([race!.analysis.name, race!.verdict], ['happens-before', 'confirmed']);
    assert.ok(race!.explanation.some((step) => WITNESS.test(step)));
  });

  it('sees a named result read where the function returns, as the detector does', () => {
    const [race, ...others] = findingsOf('TestRacyNakedResult');
    assert.deepEqual(others, []);
    assert.equal(race!.analysis.name, 'happens-before');
    assert.ok(race!.explanation.some((step) => WITNESS.test(step)));
  });

  it('calls accesses to a map by their name', () => {
    const [race] = findingsOf('TestRacyMap');
    assert.equal(race?.kind, 'concurrent-map-access');
    assert.ok(race?.explanation.some((step) => WITNESS.test(step)));
  });

  it('can be told in another language', () => {
    const folder = join(ROOT, 'test/fixtures/programs/race');
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    assert.deepEqual(englishLeft(document.findings, sources.join(' ')), []);
  });

  it('does not take the failure of a subtest for news', () => {
    assert.deepEqual(
      document.findings.filter(({ kind }) => kind === 'test-failure'),
      [],
    );
    assert.ok(document.findings.some(({ test }) => test?.startsWith('TestRacySubtests')));
  });

  it('is silent about programs without a race', () => {
    for (const test of ['TestMutex', 'TestPipeline']) {
      assert.deepEqual(findingsOf(test), []);
      const report = document.tests.find((one) => one.test === test);
      assert.ok(report?.schedules === 40 || report?.exhausted, JSON.stringify(report));
    }
  });

  it('says in one sentence why it cannot be done', async () => {
    const off = await lockstep({ CGO_ENABLED: '0' }, 'test', '--race', 'on');
    assert.deepEqual([off.code, off.stdout], [2, '']);
    assert.equal(off.stderr, "lockstep: Go's race detector needs cgo, which is switched off; set CGO_ENABLED=1.\n");
    const none = await lockstep({ CC: '/nowhere/cc' }, 'test', '--race', 'on');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /^lockstep: Go's race detector needs a C compiler, but \/nowhere\/cc .*\n$/);
  });
});
