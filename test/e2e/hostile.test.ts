/**
 * What the world does to the command line: stores that others have written, places that cannot be written to, disks that
 * are full. One sentence says what and what to do; what was found is told all the same, and nobody's files change.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, TestDocument } from '../../protocol/finding';
import { SCHEDULE_VERSION } from '../../protocol/schedule';
import { RECORD_BYTES } from '../../protocol/trace';
import { type Ended, ended, ROOT, start } from './command';

describe('a hostile world', function () {
  this.timeout(180_000);
  let home = '';
  let module = '';
  let environment: NodeJS.ProcessEnv = {};
  let finding: Finding;
  const explore = [
    'test',
    './podstatus',
    '--run',
    'TestSetPodStatus$',
    '--schedules',
    '40',
    '--workers',
    '1',
    '--json',
  ];

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-hostile-'));
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    module = join(home, 'module');
    cpSync(join(ROOT, 'examples'), module, { recursive: true, filter: (path) => !path.includes('.lockstep') });
    const run = await lockstep(...explore);
    finding = deadlockOf(run);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const lockstep = (...args: string[]): Promise<Ended> => ended(start(module, args, environment));
  const store = (path: string) => join(module, '.lockstep', path);

  function deadlockOf(run: Ended): Finding {
    assert.notEqual(run.stdout, '', run.stderr);
    const { findings }: TestDocument = JSON.parse(run.stdout);
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['deadlock'],
      run.stderr,
    );
    return findings[0]!;
  }

  /** Everything that it complains about, one sentence each. */
  const complaints = ({ stderr }: Ended) => stderr.split('\n').filter((line) => line.startsWith('lockstep: '));

  async function refused(said: RegExp, ...args: string[]): Promise<void> {
    const run = await lockstep(...args);
    assert.equal(run.code, 2, run.stdout);
    const [sentence, ...more] = complaints(run);
    assert.deepEqual(more, []);
    assert.match(sentence ?? '', said);
  }

  /** The file has this text for a while. */
  async function having(path: string, text: string | Uint8Array, work: () => Promise<void>): Promise<void> {
    const before = readFileSync(store(path));
    writeFileSync(store(path), text);
    try {
      await work();
      assert.deepEqual(readFileSync(store(path)), Buffer.from(text), `${path} is left as it is`);
    } finally {
      writeFileSync(store(path), before);
    }
  }

  it('whose schedule is cut off, foreign or of a newer Lockstep', async () => {
    const path = finding.schedule ?? assert.fail();
    const text = readFileSync(store(path), 'utf8');
    const newer = JSON.stringify({ ...JSON.parse(text), version: SCHEDULE_VERSION + 1 });
    for (const [broken, said] of [
      [text.slice(0, 80), /schedules\/\w+\.json cannot be read \(/],
      ['[]', /is not a schedule\./],
      [newer, /has version \d+; this Lockstep reads version \d+; it was written by a newer one\./],
    ] as const) {
      await having(path, broken, () => refused(said, 'replay', finding.id));
    }
  });

  it('whose findings are cut off or foreign', async () => {
    const path = `findings/${finding.id}.json`;
    const text = readFileSync(store(path), 'utf8');
    for (const broken of [text.slice(0, 99), JSON.stringify({ ...finding, sites: [{}] }), '7'])
      await having(path, broken, () => refused(/There is no finding /, 'replay', finding.id));
  });

  it('whose trace is cut off, foreign or of a newer Lockstep', async () => {
    const path = finding.trace ?? assert.fail();
    const bytes = readFileSync(store(path));
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(99, 8);
    await having(path, newer, () => refused(/format version 99/, 'trace', 'print', store(path)));
    await having(path, bytes.subarray(0, 40), () =>
      refused(/cut off inside its header/, 'trace', 'print', store(path)),
    );
    await having(path, bytes.subarray(0, -10), async () => {
      const run = await lockstep('trace', 'print', store(path));
      assert.match(run.stdout + run.stderr, /: The trace was cut off /);
    });
    const shuffled = Buffer.from(bytes);
    const records = 16 + bytes.readUInt32LE(12);
    shuffled.copyWithin(records, records + RECORD_BYTES, records + 2 * RECORD_BYTES);
    bytes.copy(shuffled, records + RECORD_BYTES, records, records + RECORD_BYTES);
    await having(path, shuffled, () =>
      refused(
        /not in the order in which they came: goroutine 1 starts with event 2, but has event 1 before/,
        'analyze',
        store(path),
      ),
    );
  });

  it('whose store has other people’s files in it: explores and finds all the same', async () => {
    const foreign = [
      'explorations.json',
      'counts.json',
      'findings/ffffffffffff.json',
      'progress/TestSetPodStatus.json',
    ];
    mkdirSync(store('progress'), { recursive: true });
    for (const path of foreign) writeFileSync(store(path), '{"half');
    assert.equal(deadlockOf(await lockstep(...explore)).id, finding.id);
    assert.equal(readFileSync(store('findings/ffffffffffff.json'), 'utf8'), '{"half');
  });

  it('whose store is a file of somebody’s: says so, and tells what it found', async () => {
    const elsewhere = join(home, 'a-file');
    writeFileSync(elsewhere, 'mine');
    const run = await lockstep(...explore, '--out', elsewhere);
    assert.equal(deadlockOf(run).id, finding.id);
    assert.ok(
      [...complaints(run), ...JSON.parse(run.stdout).problems].some((text: string) =>
        /a file is in the way/.test(text),
      ),
      run.stderr,
    );
    assert.equal(readFileSync(elsewhere, 'utf8'), 'mine');
  });

  it('whose disk is full: says so, and tells what it found', async function () {
    const disk = join(home, 'disk');
    mkdirSync(disk);
    // Only root may mount, and not everywhere.
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', disk]).status !== 0) this.skip();
    try {
      const run = await lockstep(...explore, '--out', join(disk, 'store'));
      assert.equal(deadlockOf(run).id, finding.id);
      const said: string[] = [...complaints(run), ...JSON.parse(run.stdout).problems];
      assert.ok(
        said.some((text) => /is full; free some space and try again/.test(text)),
        JSON.stringify(said),
      );
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});
