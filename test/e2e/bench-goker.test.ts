/** `lockstep bench goker` on a checkout laid out like GoBench, with programs of our own (test/fixtures/gobench). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GokerDocument } from '../../protocol/benchmark';
import { ended, ROOT, start } from './command';

const KERNELS = join('gobench', 'goker');
const DEADLOCK = join(KERNELS, 'blocking', 'acme', '1', 'acme1_test.go');

describe('lockstep bench goker', function () {
  this.timeout(180_000);
  let home = '';
  let environment: NodeJS.ProcessEnv = {};

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-goker-'));
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  function checkout(): string {
    const copy = mkdtempSync(join(home, 'gobench-'));
    cpSync(join(ROOT, 'test', 'fixtures', 'gobench'), copy, { recursive: true });
    return copy;
  }

  const bench = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    ended(start(home, ['bench', 'goker', ...args], { ...environment, ...more }));

  /** The text at `file:line`. */
  function lineAt(directory: string, site = ''): string | undefined {
    const [file = '', line] = site.split(':');
    return readFileSync(join(directory, file), 'utf8').split('\n')[Number(line) - 1]?.trim();
  }

  const filesIn = (directory: string) => readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();

  it('finds every bug for what it is, replays each 20 times, and leaves the checkout alone', async () => {
    const directory = checkout();
    const before = filesIn(directory);
    const run = await bench(['--dir', directory, '--seed', '1', '--json']);
    assert.equal(run.code, 0, run.stderr);
    const { kernels, problems, seed }: GokerDocument = JSON.parse(run.stdout);
    assert.deepEqual([problems, seed], [[], '1']);
    const found = { found: true, kindRight: true, replays: 20, replayed: 20 };
    const expected = [
      {
        id: 'acme_1',
        type: 'Resource Deadlock',
        subtype: 'AB-BA deadlock',
        kind: 'deadlock',
        line: 'left.Lock() // after right',
      },
      { id: 'acme_2', type: 'Traditional', subtype: 'Data race', kind: 'data-race', line: 'visits++' },
      // A race only while the loop has one variable for all rounds: Go 1.13, as the checkout says.
      {
        id: 'acme_3',
        type: 'Go-Specific',
        subtype: 'Anonymous function',
        kind: 'data-race',
        line: 'for number := 0; number < 2; number++ {',
      },
    ];
    assert.deepEqual(
      kernels.map(({ id, type, subtype, found, kind, kindRight, site, replays, replayed }) => {
        const line = lineAt(join(directory, KERNELS), site);
        return { id, type, subtype, found, kind, kindRight, line, replays, replayed };
      }),
      expected.map((kernel) => ({ ...kernel, ...found })),
    );
    assert.deepEqual(
      kernels.map(({ set }) => set),
      ['blocking', 'nonblocking', 'nonblocking'],
    );
    for (const { schedules, seconds, buildSeconds } of kernels) {
      assert.ok(schedules >= 1 && seconds > 0 && buildSeconds > 0);
    }
    assert.deepEqual(filesIn(directory), before);
  });

  it('takes the folder with the kernels too, and those that are asked for', async () => {
    const run = await bench(['--dir', join(checkout(), KERNELS), '--only', 'acme_3,acme_2']);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /^acme_2 {2}Traditional \/ Data race .* data-race .*acme2_test\.go:\d+ .*20\/20$/m);
    assert.doesNotMatch(run.stdout, /acme_1/);
    assert.match(run.stdout, /^Non-blocking: 2 of 2 found, with the right kind\.$/m);
  });

  it('tells a finding of another kind than the bug, and a kernel without one', async () => {
    const directory = checkout();
    const other = join(directory, KERNELS, 'nonblocking', 'acme', '2');
    const readme = readFileSync(join(other, 'README.md'), 'utf8');
    writeFileSync(join(other, 'README.md'), readme.replace('Traditional | Data race', 'Go-Specific | WaitGroup'));
    const quiet = join(directory, KERNELS, 'nonblocking', 'acme', '3', 'acme3_test.go');
    writeFileSync(quiet, readFileSync(quiet, 'utf8').replace('go func', 'func'));
    const run = await bench(['--dir', directory, '--only', 'acme_2,acme_3', '--budget', '1s', '--json']);
    assert.equal(run.code, 1, run.stderr);
    const { kernels }: GokerDocument = JSON.parse(run.stdout);
    assert.deepEqual(
      kernels.map(({ found, kind, kindRight, replayed }) => ({ found, kind, kindRight, replayed })),
      [
        { found: true, kind: 'data-race', kindRight: false, replayed: 20 },
        { found: false, kind: undefined, kindRight: false, replayed: 0 },
      ],
    );
  });

  it('writes its table between the marks of a page, and again in its place', async () => {
    const page = join(home, 'page.md');
    const mark = (word: string) => `<!-- ${word}: lockstep bench goker -->`;
    writeFileSync(page, `# Ours\n\n${mark('begin')}\nold\n${mark('end')}\n\nThe end.\n`);
    const directory = checkout();
    for (let times = 0; times < 2; times++) {
      const run = await bench(['--dir', directory, '--only', 'acme_2', '--seed', '1', '--markdown', page]);
      assert.equal(run.code, 0, run.stderr);
    }
    const text = readFileSync(page, 'utf8');
    assert.match(
      text,
      /^# Ours\n\n<!-- begin[\s\S]*^lockstep bench goker --dir DIR --only acme_2 --seed 1$[\s\S]*The end\.\n$/m,
    );
    assert.match(text, /^\| acme_2 \| Traditional \| Data race \| data-race \| acme2_test\.go:\d+ \|.*\| 20\/20 \|$/m);
    assert.equal(text.match(/acme2_test/g)?.length, 1);
    assert.doesNotMatch(text, /old/);
    assert.ok(!text.includes(directory), 'nothing of this machine is in the page');
  });

  describe('says in one sentence what is wrong, and ends with 2:', () => {
    const refused: [name: string, args: () => string[], said: RegExp][] = [
      ['no folder given', () => [], /say where your checkout of GoBench is/],
      ['a folder that is not there', () => ['--dir', join(home, 'nowhere')], /nowhere does not exist/],
      ['a file', () => ['--dir', join(checkout(), 'README.md')], /README\.md is not a folder/],
      ['another folder', () => ['--dir', join(checkout(), 'gobench', 'configures')], /no checkout of GoBench/],
      ['a kernel that is not there', () => ['--dir', checkout(), '--only', 'acme_9'], /no kernel "acme_9"/],
      ['a budget that is none', () => ['--dir', checkout(), '--budget', 'long'], /--budget: "long"/],
    ];
    for (const [name, args, said] of refused) {
      it(name, async () => {
        const run = await bench(args());
        assert.equal(run.code, 2, run.stdout);
        assert.equal(run.stdout, '');
        assert.deepEqual(run.stderr.match(/^lockstep: .*$/gm)?.length, 1, run.stderr);
        assert.match(run.stderr, said);
      });
    }

    it('no Go on the PATH', async () => {
      const empty = join(home, 'empty');
      mkdirSync(empty, { recursive: true });
      const run = await bench(['--dir', checkout()], { PATH: empty, GO: 'go', GOROOT: '' });
      assert.equal(run.code, 2);
      assert.match(run.stderr, /^lockstep: There is no go command at go; /m);
    });

    it('a kernel that does not build, beside the others', async () => {
      const directory = checkout();
      const file = join(directory, DEADLOCK);
      writeFileSync(file, readFileSync(file, 'utf8').replace('left.Lock()', 'left.Lock(1)'));
      const run = await bench(['--dir', directory, '--json']);
      assert.equal(run.code, 2);
      assert.match(run.stderr, /^lockstep: .*acme1_test\.go:13:\d+: too many arguments in call to left\.Lock$/m);
      const { kernels }: GokerDocument = JSON.parse(run.stdout);
      assert.deepEqual(
        kernels.map(({ found }) => found),
        [false, true, true],
      );
      assert.equal(run.stderr.match(/^lockstep: /gm)?.length, 1, run.stderr);
      assert.match(kernels[0]?.problem ?? '', /too many arguments/);
    });
  });
});
