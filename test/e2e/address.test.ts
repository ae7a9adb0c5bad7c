/** Tests with an address that only one process can have (test/fixtures/programs/address), with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { ended, ROOT, start } from './command';

describe('processes of one package side by side', function () {
  this.timeout(120_000);
  const home = mkdtempSync(join(tmpdir(), 'lockstep-address-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('are not told as failures where they want the same address, nor do replays miss for it', async function () {
    if (process.platform !== 'linux') this.skip();
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    const environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    const module = join(home, 'address');
    cpSync(join(ROOT, 'test', 'fixtures', 'programs', 'address'), module, { recursive: true });
    for (const bound of [
      ['--schedules', '400'],
      ['--test-budget', '3s'],
    ]) {
      const args = [
        'test',
        '.',
        '--fresh',
        '--strategy',
        'random',
        '--workers',
        '3',
        '--race',
        'off',
        '--json',
        ...bound,
      ];
      const run = await ended(start(module, args, environment));
      assert.notEqual(run.stdout, '', run.stderr);
      const { findings, problems }: TestDocument = JSON.parse(run.stdout);
      assert.deepEqual(
        findings.map(({ kind, test, verdict }) => [kind, test, verdict]),
        [['deadlock', 'TestListensAndWaits', 'confirmed']],
        bound.join(' '),
      );
      assert.deepEqual(problems, []);
      const replayed = await ended(start(module, ['replay', findings[0]!.id, '--times', '20', '--json'], environment));
      const { times, reproduced } = JSON.parse(replayed.stdout);
      assert.deepEqual([replayed.code, times, reproduced], [1, 20, 20], replayed.stderr);
    }
  });
});
