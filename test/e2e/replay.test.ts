/** A replay follows its schedule to the letter, and says which step does not fit when it cannot. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Schedule } from '../../protocol/schedule';
import { lockstep, replay } from '../../scripts/corpus/lockstep.mjs';

const PROGRAMS = path.join(import.meta.dirname, '..', 'fixtures', 'programs');

describe('replay', function () {
  this.timeout(240_000);
  const copies: string[] = [];
  after(() => {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  });

  function copyOf(program: string): string {
    const copy = mkdtempSync(path.join(tmpdir(), 'lockstep-replay-'));
    copies.push(copy);
    cpSync(path.join(PROGRAMS, program), copy, { recursive: true });
    return copy;
  }

  async function findingOf(directory: string, ...args: string[]): Promise<string> {
    const run = await lockstep(directory, ['test', ...args, '--seed', '1', '--workers', '1', '--json']);
    const [finding] = JSON.parse(run.stdout).findings;
    assert.equal(finding?.verdict, 'confirmed', run.stderr);
    return finding.id;
  }

  it('shows a finding among a thousand goroutines again each time', async () => {
    const directory = copyOf('crowd');
    const id = await findingOf(directory, '.', '--run', 'TestThousand', '--schedules', '40');
    assert.deepEqual((({ times, reproduced }) => [times, reproduced])(await replay(directory, id, 10)), [10, 10]);
    const twin = await lockstep(directory, ['test', '--run', 'TestFixedThousand', '--schedules', '40', '--json']);
    assert.deepEqual(JSON.parse(twin.stdout).findings, []);
  });

  describe('refuses a schedule', () => {
    let directory = '';
    let id = '';
    let file = '';
    let original = '';
    before(async () => {
      directory = copyOf('corpus');
      id = await findingOf(directory, './deadlock', '--run', '^TestSendUnderLock$', '--schedules', '500');
      file = path.join(directory, '.lockstep', 'schedules', `${id}.json`);
      original = readFileSync(file, 'utf8');
    });

    /** What is said to a schedule with this text. */
    async function refusal(text: string): Promise<string> {
      writeFileSync(file, text);
      const run = await lockstep(directory, ['replay', id, '--times', '2']);
      assert.equal(run.code, 2, run.stdout);
      return run.stderr.trim().split('\n').at(-1) ?? '';
    }

    /** The schedule's first step that does this, in the given goroutine, is changed. */
    function edited(operation: string, goroutine: string, change: (schedule: Schedule, at: number) => void): string {
      const schedule: Schedule = JSON.parse(original);
      const at = schedule.steps.findIndex(({ g, op }) => g === goroutine && op === operation);
      assert.ok(at >= 0);
      change(schedule, at);
      return JSON.stringify(schedule);
    }

    const numberOf = (operation: string, goroutine: string): number =>
      JSON.parse(original).steps.findIndex((step: Schedule['steps'][number]) => {
        return step.g === goroutine && step.op === operation;
      }) + 1;

    it('whose step names another operation', async () => {
      const said = await refusal(
        edited('receive', '1.1', ({ steps }, at) => {
          steps[at]!.op = 'close';
        }),
      );
      assert.match(
        said,
        /was to do "close" \(.*\), but is about to do "receive" \(deadlock\/send_under_lock_test\.go:30/,
      );
      assert.ok(said.includes(`step ${numberOf('receive', '1.1')} differs: goroutine 1.1 `), said);
    });

    it('whose step names another place', async () => {
      const said = await refusal(
        edited('receive', '1.1', ({ steps, sites }, at) => {
          steps[at]!.site = sites.findIndex(({ operation }) => operation === 'send');
        }),
      );
      assert.ok(said.includes(`step ${numberOf('receive', '1.1')} differs`), said);
      assert.match(said, /was to do "receive" \(.*:18, .*\), but is about to do "receive" \(.*:30, /);
    });

    it('whose step names a goroutine that is not there', async () => {
      const said = await refusal(
        edited('start', '1.1', ({ steps }, at) => {
          steps[at]!.g = '1.7';
        }),
      );
      assert.ok(said.includes(`step ${numberOf('start', '1.1')} differs: goroutine 1.7 `), said);
      assert.match(said, /but there is no such goroutine/);
    });

    it('that lacks its last step', async () => {
      const said = await refusal(edited('start', '1.1', ({ steps }) => steps.pop()));
      assert.ok(said.includes(`step ${JSON.parse(original).steps.length} is missing: the run goes on`), said);
    });

    it('that has one step too many', async () => {
      const said = await refusal(edited('start', '1.1', ({ steps }) => steps.push(steps.at(-1)!)));
      assert.ok(said.includes(`step ${JSON.parse(original).steps.length + 1} differs: the run has ended`), said);
    });

    it('whose step is none', async () => {
      const site = edited('start', '1.1', ({ steps }, at) => {
        steps[at]!.site = 99;
      });
      assert.match(await refusal(site), new RegExp(`: step ${numberOf('start', '1.1')} names site 99, and there are`));
      const text = original.replace('"op":"receive"', '"op":"recieve"');
      assert.match(await refusal(text), /: step \d+ names no operation: "recieve"/);
    });

    it('that is cut off, foreign or of a later version', async () => {
      assert.match(await refusal(original.slice(0, original.length / 2)), /\.json cannot be read \(.*JSON.*\)\.$/);
      assert.match(await refusal('{"answer": 42}'), /\.json is not a schedule\.$/);
      const later = edited('start', '1.1', (schedule) => {
        schedule.version++;
      });
      assert.match(
        await refusal(later),
        /has version \d+; this Lockstep reads version \d+; it was written by a newer one/,
      );
    });

    it('and takes it again as it was', async () => {
      writeFileSync(file, original);
      const { times, reproduced } = await replay(directory, id, 5);
      assert.deepEqual([times, reproduced], [5, 5]);
    });
  });
});
