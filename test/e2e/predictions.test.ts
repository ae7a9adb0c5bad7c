/** What one passing run foretells is run, and confirmed. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { lockstep } from '../../scripts/corpus/lockstep.mjs';

const CORPUS = path.join(import.meta.dirname, '..', 'fixtures', 'programs', 'corpus');

describe('predictions', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-predictions-'));
  before(() => cpSync(CORPUS, directory, { recursive: true }));
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** Explored with a single schedule. */
  async function afterOne(folder: string, tests: string[]): Promise<TestDocument> {
    const run = await lockstep(directory, [
      ...['test', `./${folder}`, '--run', `^(${tests.join('|')})$`, '--strategy', 'random', '--schedules', '1'],
      ...['--seed', '1', '--workers', '1', '--json'],
    ]);
    return JSON.parse(run.stdout);
  }

  it('of deadlocks that need four preemptions are confirmed after one run that passes', async () => {
    const { findings, tests } = await afterOne('rare', ['TestThreeForks', 'TestFixedThreeForks']);
    assert.deepEqual(
      tests.map(({ schedules }) => schedules),
      [1, 1],
    );
    assert.deepEqual(
      findings.map(({ kind, verdict, test }) => [kind, verdict, test]),
      [['deadlock', 'confirmed', 'TestThreeForks']],
    );
  });

  it('of a send that comes too late are confirmed, and none survives on the corrected twin', async () => {
    const { findings } = await afterOne('closed', ['TestLateSubmit', 'TestFixedLateSubmit']);
    assert.deepEqual(
      findings.map(({ kind, verdict, test }) => [kind, verdict, test]),
      [['send-on-closed-channel', 'confirmed', 'TestLateSubmit']],
    );
  });
});
