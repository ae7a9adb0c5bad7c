/** Files that tests leave behind (test/fixtures/programs/left), with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { ended, ROOT, start } from './command';

describe('files that tests leave behind', function () {
  this.timeout(120_000);
  const home = mkdtempSync(join(tmpdir(), 'lockstep-left-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('are in nobody’s way, who draws the same name, and are gone afterwards', async () => {
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    const temporary = join(home, 'tmp');
    mkdirSync(temporary);
    // Of processes that were killed: what is old goes, too.
    const [old, fresh] = ['ls-999999999-abcdef', 'ls-999999998-abcdef'];
    for (const name of [old, fresh]) mkdirSync(join(temporary, name, 'deeper'), { recursive: true });
    utimesSync(join(temporary, old), 0, 0);
    const environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache, TMPDIR: temporary };
    const module = join(home, 'left');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'left'), module, { recursive: true });
    const args = ['test', '.', '--strategy', 'random', '--schedules', '30', '--workers', '2', '--seed', '1', '--json'];
    for (const time of ['first', 'second']) {
      const run = await ended(start(module, args, environment));
      assert.notEqual(run.stdout, '', run.stderr);
      const { tests, findings, problems }: TestDocument = JSON.parse(run.stdout);
      assert.deepEqual(
        tests.map(({ test, problem }) => [test, problem]),
        ['TestLeft', 'TestLeftToo', 'TestLeftAlso'].map((test) => [test, undefined]),
      );
      assert.deepEqual([findings, problems], [[], []], time);
    }
    assert.deepEqual(readdirSync(temporary), [fresh]);
  });
});
