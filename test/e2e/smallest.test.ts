/** The store keeps the smallest schedule that any exploration has found for a bug, as long as it shows it. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Schedule } from '../../protocol/schedule';
import { lockstep } from '../../scripts/corpus/lockstep.mjs';

const RARE = path.join(import.meta.dirname, '..', 'fixtures', 'programs', 'corpus');
/** Their schedules differ in size. */
const SEEDS = ['1', '2', '3', '4'];

describe('the stored schedule', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-smallest-'));
  before(() => cpSync(RARE, directory, { recursive: true }));
  after(() => rmSync(directory, { recursive: true, force: true }));

  async function explored(store: string, seed: string): Promise<{ file: string; schedule: Schedule; size: number }> {
    const run = await lockstep(directory, [
      ...['test', './rare', '--run', '^TestBurst$', '--strategy', 'surw', '--schedules', '2000'],
      ...['--seed', seed, '--workers', '1', '--out', path.join(directory, store), '--json'],
    ]);
    const [finding] = JSON.parse(run.stdout).findings;
    assert.equal(finding?.verdict, 'confirmed', run.stderr);
    const file = path.join(directory, store, finding.schedule);
    const schedule: Schedule = JSON.parse(readFileSync(file, 'utf8'));
    return { file, schedule, size: schedule.preemptions * 1_000_000 + schedule.steps.length };
  }

  it('is the smallest of all explorations', async () => {
    const alone: number[] = [];
    for (const seed of SEEDS) alone.push((await explored(`alone-${seed}`, seed)).size);
    const together: number[] = [];
    for (const seed of SEEDS) together.push((await explored('together', seed)).size);
    assert.deepEqual(
      together,
      alone.map((_, index) => Math.min(...alone.slice(0, index + 1))),
    );
    assert.ok(new Set(alone).size > 1, `the same size with each seed: ${alone.join()}`);
  });

  it('gives way to a larger one when it does not show the bug any more', async () => {
    const { file, schedule } = await explored('spoiled', '1');
    writeFileSync(file, JSON.stringify({ ...schedule, preemptions: 0, steps: schedule.steps.slice(0, 1) }));
    assert.ok((await explored('spoiled', '1')).schedule.steps.length > 1);
  });
});
