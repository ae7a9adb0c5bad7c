/** Functions that cancel, from a package that is not rewritten (test/fixtures/programs/given), with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { ended, ROOT, start } from './command';

const WAYS = ['Field', 'Element', 'Argument', 'Interface', 'Cause'];

describe('functions that cancel', function () {
  this.timeout(120_000);
  const home = mkdtempSync(join(tmpdir(), 'lockstep-given-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('are scheduling points however they came from a package that is not rewritten', async () => {
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    const environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    const module = join(home, 'given');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'given'), module, { recursive: true });
    const run = await ended(start(module, ['test', '.', '--schedules', '200', '--seed', '1', '--json'], environment));
    assert.equal(run.code, 1, run.stderr);
    const { tests, findings, problems }: TestDocument = JSON.parse(run.stdout);
    assert.deepEqual(
      tests.map(({ test, problem }) => [test, problem]),
      [...WAYS, ...WAYS.map((way) => `Fixed${way}`)].map((way) => [`Test${way}`, undefined]),
    );
    const failing = findings.map(({ kind, verdict, test }) => [kind, verdict, test]).sort();
    assert.deepEqual(failing, WAYS.map((way) => ['test-failure', 'confirmed', `Test${way}`]).sort());
    assert.deepEqual(problems, []);
  });
});
