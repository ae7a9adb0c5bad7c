/** `lockstep dataset`: what the scheduler did next, from runs of tests as they are, with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationsDocument } from '../../engine/dataset/evaluate-operations';
import { type Ended, ended, ROOT, start } from './command';

interface Line {
  package: string;
  test: string;
  run: number;
  position: number;
  asked: boolean;
  event: string;
  truth: number;
  state: number[];
  candidates: [string, ...number[]][];
}

describe('lockstep dataset', function () {
  this.timeout(180_000);
  let home = '';
  let module = '';
  let environment: NodeJS.ProcessEnv = {};

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-dataset-'));
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    module = join(home, 'examples');
    cpSync(join(ROOT, 'examples'), module, { recursive: true });
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const lockstep = (...args: string[]): Promise<Ended> => ended(start(module, args, environment));

  it('writes for each run what happened and what could have', async () => {
    const before = execFileSync('ls', ['-R', module], { encoding: 'utf8' });
    const out = join(home, 'examples.jsonl');
    const run = await lockstep('dataset', './podstatus', '--runs', '2', '--trace-time', '300ms', '--out', out);
    assert.equal(run.code, 0, run.stderr);
    const lines = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((text): Line => JSON.parse(text));
    assert.ok(lines.length > 20, `${lines.length} lines`);
    assert.deepEqual([...new Set(lines.map((line) => line.run))].sort(), [0, 1]);
    assert.deepEqual([...new Set(lines.map((line) => line.package))], ['example.com/lockstep/podstatus']);
    for (const test of new Set(lines.map((line) => line.test))) {
      for (const number of [0, 1]) {
        const asked = lines.filter((line) => line.test === test && line.run === number && line.asked);
        assert.equal(asked.length, 3, `${test}, run ${number}`);
      }
    }
    for (const { event, truth, candidates } of lines) if (truth >= 0) assert.equal(candidates[truth]?.[0], event);
    const known = lines.filter(({ truth }) => truth >= 0);
    assert.ok(known.length >= lines.length * 0.95, `${known.length} of ${lines.length} events are candidates`);
    assert.equal(
      execFileSync('ls', ['-R', module], { encoding: 'utf8' }),
      before,
      'nothing is written into the module',
    );
  });

  it('says in a sentence what is missing', async () => {
    const run = await lockstep('dataset', './podstatus');
    assert.equal(run.code, 2);
    assert.match(run.stderr, /--out FILE/);
  });

  it('scores nothing without a checkout', async () => {
    const run = await lockstep('evaluate');
    assert.equal(run.code, 2);
    assert.match(run.stderr, /evaluate needs --dir GOBENCH: a checkout of GoBench/);
  });

  it('scores no model on what is no checkout of GoBench', async () => {
    const run = await lockstep('evaluate', '--dir', module, '--model', 'none.onnx');
    assert.equal(run.code, 2);
    assert.match(run.stderr, /is no checkout of GoBench/);
  });

  it('scores what is predicted of operations, and goes on with what was kept', async () => {
    const gobench = join(ROOT, 'test', 'fixtures', 'gobench');
    const kept = join(home, 'kept');
    const args = ['evaluate', '--operations', '--dir', gobench, '--continuations', '60', '--keep', kept];
    const run = await lockstep(...args, '--json');
    assert.equal(run.code, 0, run.stderr);
    const document: OperationsDocument = JSON.parse(run.stdout);
    const { tests, questions, answers, missed, signature, left, problems } = document;
    assert.deepEqual([left, problems], [0, []]);
    assert.equal(signature.tests, tests);
    assert.ok(signature.said > 0 && signature.wrong === 0 && signature.known > 0, JSON.stringify(signature));
    assert.ok(answers > 0 && missed / answers < 0.01, `${missed} of ${answers}`);
    const turn = questions.find(({ kind }) => kind === 'turn');
    assert.ok(turn && turn.asked > 0, run.stdout);
    const names = ['uniform', 'counts-1', 'counts-4', 'counts-20', 'ours-0', 'ours-1', 'ours-4', 'ours-20'];
    for (const { kind, models } of questions) {
      assert.deepEqual(Object.keys(models), names, kind);
      for (const { kl, accuracy } of Object.values(models)) assert.ok(kl >= 0 && accuracy >= 0 && accuracy <= 1, kind);
    }
    const file = join(kept, 'operations.json');
    const written = readFileSync(file, 'utf8');
    assert.equal(JSON.parse(written).length, tests);
    const again = await lockstep(...args);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(readFileSync(file, 'utf8'), written);
    assert.match(again.stdout, /\| whose turn comes next \| \d+ \| uniform over what can happen \|/);
    // As if it had been stopped in between.
    writeFileSync(file, JSON.stringify(JSON.parse(written).slice(1)));
    const rest = await lockstep(...args, '--json');
    assert.equal(JSON.parse(rest.stdout).tests, tests);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).length, tests);
  });

  it('asks for no model of operations, and reads nothing that it has not written', async () => {
    const model = await lockstep('evaluate', '--operations', '--dir', module, '--model', 'none.onnx');
    assert.equal(model.code, 2);
    assert.match(model.stderr, /--model does not go with --operations/);
    const lone = await lockstep('evaluate', '--dir', module, '--within', '5m');
    assert.equal(lone.code, 2);
    assert.match(lone.stderr, /--within goes with --operations/);
    const kept = mkdtempSync(join(home, 'kept-'));
    writeFileSync(join(kept, 'operations.json'), '{"tests": 3}');
    const gobench = join(ROOT, 'test', 'fixtures', 'gobench');
    const foreign = await lockstep('evaluate', '--operations', '--dir', gobench, '--keep', kept);
    assert.equal(foreign.code, 2);
    assert.match(foreign.stderr, /operations\.json holds nothing that was gathered of operations/);
  });
});
