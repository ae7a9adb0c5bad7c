/** `lockstep dataset`: what the scheduler did next, from runs of tests as they are, with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
});
