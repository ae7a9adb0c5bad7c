import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launches } from '../../../engine/system/launcher';
import { liveProcesses, type ProcessOptions, runProcess as runDirectly } from '../../../engine/system/processes';
import { english } from '../../../protocol/phrase';
import { isAlive, temporaryDirectory, until } from './temporary';

const ROOT = join(import.meta.dirname, '../../..');

/** A program that starts a child, writes the child's pid to a file, and then does `rest`. */
function parentOf(file: string, rest: string): string[] {
  const source = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    require('node:fs').writeFileSync(${JSON.stringify(file)}, String(child.pid));
    ${rest}`;
  return ['-e', source];
}

for (const launched of [false, true]) {
  describe(launched ? 'processes that the tracer starts' : 'processes', function () {
    this.timeout(120_000);
    const directory = temporaryDirectory();
    let launcher: string | undefined;
    before(function () {
      if (!launched) return;
      if (!launches) this.skip();
      launcher = join(mkdtempSync(join(tmpdir(), 'lockstep-launcher-')), 'lockstep-tracer');
      execFileSync('go', ['build', '-o', launcher, './cmd/lockstep-tracer'], { cwd: join(ROOT, 'tracer') });
    });
    after(() => launcher && rmSync(dirname(launcher), { recursive: true, force: true }));
    const runProcess = (command: string, args: string[], options: ProcessOptions = {}) =>
      runDirectly(command, args, { ...options, launcher });
    const pidIn = (file: string) => Number(readFileSync(file, 'utf8'));
    const written = (file: string) => existsSync(file) && readFileSync(file, 'utf8') !== '';

    it('gives back output and status', async () => {
      const run = await runProcess(process.execPath, [
        '-e',
        'console.log("out"); console.error("err"); process.exit(3)',
      ]);
      assert.deepEqual([run.code, run.stdout, run.stderr], [3, 'out\n', 'err\n']);
      assert.equal(liveProcesses(), 0);
    });

    it('says why a command cannot be started', async () => {
      const run = await runProcess(join(directory(), 'absent'), []);
      assert.match(english(run.startProblem ?? ''), /could not start .*absent/);
    });

    it('keeps the beginning and the end of long output', async () => {
      const source =
        'console.log("first"); for (let i = 0; i < 20000; i++) console.log("line " + i); console.log("last")';
      const run = await runProcess(process.execPath, ['-e', source], { outputLimit: 1000 });
      assert.ok(run.stdout.startsWith('first\n'));
      assert.ok(run.stdout.endsWith('last\n'));
      assert.ok(run.stdout.includes('characters left out'));
      assert.ok(run.stdout.length < 3000);
    });

    it('ends what a child leaves running when it exits', async () => {
      const file = join(directory(), 'pid');
      const run = await runProcess(process.execPath, parentOf(file, 'process.exit(0)'));
      assert.equal(run.code, 0);
      await until(() => !isAlive(pidIn(file)));
    });

    it('ends the whole group when it is cancelled, also a child that ignores SIGTERM', async () => {
      const file = join(directory(), 'pid');
      const cancellation = new AbortController();
      const rest = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);';
      const running = runProcess(process.execPath, parentOf(file, rest), { signal: cancellation.signal });
      await until(() => written(file));
      cancellation.abort();
      const run = await running;
      assert.equal(run.cancelled, true);
      await until(() => !isAlive(pidIn(file)));
    });

    it('does not start anything once cancelled', async () => {
      const run = await runProcess(process.execPath, ['-e', ''], { signal: AbortSignal.abort() });
      assert.deepEqual([run.cancelled, run.code, run.startProblem], [true, undefined, undefined]);
    });

    it('ends a child whose time is up', async () => {
      const run = await runProcess(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
        timeoutMilliseconds: 50,
      });
      assert.deepEqual([run.timedOut, run.endedBy], [true, 'SIGTERM']);
    });

    it('closes the lifeline when this process is killed', async () => {
      const heard = join(directory(), 'heard');
      const child = `
      const lifeline = new (require('node:net').Socket)({ fd: 3 });
      lifeline.on('end', () => { require('node:fs').writeFileSync(${JSON.stringify(heard)}, 'closed'); process.exit(); });
      lifeline.resume();
      require('node:fs').writeFileSync(${JSON.stringify(`${heard}.ready`)}, String(process.pid));`;
      const module = pathToFileURL(join(import.meta.dirname, '../../../engine/system/processes.ts')).href;
      const engine = join(directory(), 'engine.mts');
      writeFileSync(
        engine,
        `import { runProcess } from ${JSON.stringify(module)};
       await runProcess(process.execPath, ['-e', ${JSON.stringify(child)}], { lifeline: true, launcher: ${JSON.stringify(launcher)} });`,
      );
      const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
      const running = spawn(process.execPath, ['--import', loader, engine], { stdio: 'ignore' });
      await until(() => written(`${heard}.ready`));
      running.kill('SIGKILL');
      await until(() => written(heard));
      await until(() => !isAlive(pidIn(`${heard}.ready`)));
    });
  });
}
