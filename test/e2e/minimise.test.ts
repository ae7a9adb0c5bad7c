/** A stored finding gets a smaller schedule on request, and keeps the one it has where that is asked in vain. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildTests, disposeBuild } from '../../engine/build/build';
import { minimise } from '../../engine/replay/minimise';
import { type Evidence, evidenceOf } from '../../engine/run/evidence';
import { sitesFrom } from '../../engine/run/positions';
import { removeRun, runTarget } from '../../engine/run/run';
import { subjectOf } from '../../engine/run/subject';
import { storeOf, writeFinding } from '../../engine/store/store';
import { installationAt } from '../../engine/system/installation';
import { lockstep, replay } from '../../scripts/corpus/lockstep.mjs';
import { ROOT } from './command';

const TEST = 'TestSetPodStatus';
const installation = installationAt(ROOT);

describe('minimise', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-minimise-'));
  let found: Evidence;
  const id = () => found.findings[0]?.id ?? '';
  const scheduleFile = () => path.join(directory, '.lockstep/schedules', `${id()}.json`);
  const stored = (folder: string) => readFileSync(path.join(directory, '.lockstep', folder, `${id()}.json`), 'utf8');

  before(async () => {
    cpSync(path.join(ROOT, 'examples'), directory, {
      recursive: true,
      filter: (file) => path.basename(file) !== '.lockstep',
    });
    found = await asARandomWalkFindsIt(directory);
    const kept = await writeFinding(
      storeOf(directory),
      { ...found.findings[0]!, alsoSeen: [{ kind: 'deadlock', message: 'seen elsewhere', sites: [], test: 'TestB' }] },
      { schedule: found.schedule, trace: found.bytes },
    );
    assert.ok(kept.ok);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('leaves everything as it was when it is cancelled', async () => {
    const before = [stored('schedules'), stored('findings')];
    const controller = new AbortController();
    const result = await minimise({
      installation,
      moduleDirectory: directory,
      finding: id(),
      seconds: 60,
      replays: 20,
      signal: controller.signal,
      onTried: () => controller.abort(),
    });
    assert.ok(result.ok);
    assert.equal(result.value.cancelled, true);
    assert.ok(result.value.tried > 0);
    assert.deepEqual(result.value.after, result.value.before);
    assert.deepEqual([stored('schedules'), stored('findings')], before);
  });

  it('stores the smaller schedule, says what it was and is, and it shows the finding every time', async () => {
    const run = await lockstep(directory, ['minimise', id(), '--json']);
    assert.equal(run.code, 0, run.stderr);
    const { before, after, tried, finding } = JSON.parse(run.stdout);
    assert.deepEqual(before, { preemptions: found.schedule.preemptions, steps: found.schedule.steps.length });
    assert.ok(after.preemptions < before.preemptions, `${after.preemptions} of ${before.preemptions} preemptions`);
    assert.ok(tried > 1);
    const schedule = JSON.parse(readFileSync(scheduleFile(), 'utf8'));
    assert.deepEqual({ preemptions: schedule.preemptions, steps: schedule.steps.length }, after);
    assert.deepEqual(
      [finding.verdict, finding.stats.preemptions, finding.stats.replays, finding.stats.replayed],
      ['confirmed', after.preemptions, 20, 20],
    );
    assert.equal(JSON.parse(stored('findings')).alsoSeen[0].message, 'seen elsewhere');
    const again = await replay(directory, id(), 10);
    assert.deepEqual([again.times, again.reproduced], [10, 10]);
  });

  it('says when nothing smaller shows it, in words', async () => {
    const before = stored('schedules');
    const { steps, preemptions } = JSON.parse(before);
    const run = await lockstep(directory, ['minimise', id(), '--budget', '20s']);
    assert.equal(run.code, 0, run.stderr);
    const sized = `${preemptions === 0 ? 'no' : preemptions} preemptions? and ${steps.length} steps`;
    assert.match(run.stdout, new RegExp(`The schedule stays as it was, ${sized} \\(.* tried\\)`));
    assert.equal(stored('schedules'), before);
  });

  it('refuses a schedule of another source, and what it does not know', async () => {
    const unknown = await lockstep(directory, ['minimise', 'ffff']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /There is no finding ffff/);
    appendFileSync(path.join(directory, 'podstatus/podstatus.go'), '\n// edited\n');
    const edited = await lockstep(directory, ['minimise', id()]);
    assert.equal(edited.code, 2);
    assert.match(edited.stderr, /The source has changed since it was found/);
  });
});

/** The deadlock in a schedule that nothing has made shorter: with two preemptions at least. */
async function asARandomWalkFindsIt(directory: string): Promise<Evidence> {
  const built = await buildTests({ installation, directory, patterns: ['./podstatus'] });
  assert.ok(built.ok);
  const build = built.value;
  try {
    const [target] = build.packages;
    assert.ok(target);
    const subject = subjectOf(build, target, TEST, sitesFrom(build.document, target.moduleDir, build.toolchain.goroot));
    for (let first = 0; first < 2_000; ) {
      const request = { seed: '1', epoch: '1700000000000000000', maxSteps: 20_000, traceEvery: 1 };
      const run = await runTarget(subject, { ...request, strategy: 'random', first, iterations: 50 });
      try {
        for (const line of run.lines) {
          const evidence = await evidenceOf(subject, run, line);
          if (!evidence.ok || evidence.value.findings[0]?.kind !== 'deadlock') continue;
          if (evidence.value.raw.preemptions > 2) return evidence.value;
        }
      } finally {
        removeRun(run);
      }
      first = Math.max(first + 1, ...run.lines.map(({ index }) => index + 1));
    }
    throw new Error('no random walk has shown the deadlock');
  } finally {
    await disposeBuild(build);
  }
}
