/** Deadlines that tests hand to code which is not under control (test/fixtures/programs/clocks), with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { ended, ROOT, start } from './command';

describe('deadlines', function () {
  this.timeout(120_000);
  const home = mkdtempSync(join(tmpdir(), 'lockstep-clocks-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('are as far away for the real clock as they are for the virtual one', async () => {
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    const environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    const module = join(home, 'clocks');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'clocks'), module, { recursive: true });
    const arguments_ = ['test', '.', '--schedules', '2', '--workers', '1', '--seed', '1', '--json'];
    const run = await ended(start(module, arguments_, environment));
    assert.notEqual(run.stdout, '', run.stderr);
    const { tests, findings, problems }: TestDocument = JSON.parse(run.stdout);
    assert.deepEqual([findings, problems], [[], []]);
    assert.deepEqual(
      tests.map(({ test, problem }) => [test, problem]),
      ['TestBubble', 'TestDeadline', 'TestPastDeadline', 'TestDial'].map((test) => [test, undefined]),
    );
    for (const { test, schedules } of tests) assert.ok(schedules > 1, test);
  });
});
