// All tests, each suite whatever became of the one before; ends with the sum of all, alone on a line.
//   node scripts/test.mjs [--no-host]      --no-host leaves out what runs inside VS Code
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { goTests, lines, mochaTests, whole } from './test-counts.mjs';
import { hostProblem } from './vscode-host/prerequisites.mjs';

const { values: options } = parseArgs({ options: { 'no-host': { type: 'boolean', default: false } } });
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const vsix = path.join(root, `${name}-${version}.vsix`);
const STEP_LIMIT_MINUTES = 15;
const INTERRUPT_SECONDS = 10;

const node = (script, ...args) => [process.execPath, path.join(root, 'scripts', script), ...args];
const mocha = (...args) => [process.execPath, path.join(root, 'node_modules/mocha/bin/mocha.js'), ...args];

/** `count` turns the lines that a command prints into numbers; `host` marks what needs VS Code. */
const steps = [
  { title: 'build', command: node('build.mjs'), count: whole },
  { title: 'checks', command: node('check.mjs'), count: lines },
  { title: 'tracer', command: ['go', 'test', '-json', './...'], folder: 'tracer', count: goTests },
  // Without podstatus: its planted deadlock may strike in a plain run, too.
  {
    title: 'examples, plain',
    command: ['go', 'test', '-json', './booking', './counter', './fetch'],
    folder: 'examples',
    count: goTests,
  },
  { title: 'units', command: mocha('test/unit/**/*.test.ts'), count: mochaTests },
  // Two files at a time: most of the time one of them waits for a process.
  {
    title: 'command line',
    command: mocha('--parallel', '--jobs', '2', '--timeout', '300000', 'test/e2e/*.test.ts'),
    count: mochaTests,
  },
  { title: 'package', command: node('package.mjs'), count: whole },
  { title: 'inside VS Code', command: node('test-host.mjs', '--vsix', vsix), count: mochaTests, host: true },
  {
    title: 'inside VS Code 1.100',
    command: node('test-host.mjs', '--vsix', vsix, '--vscode', 'oldest'),
    count: mochaTests,
    host: true,
  },
  { title: 'soak, short', command: node('soak.mjs', '--vsix', vsix, '--short'), count: mochaTests, host: true },
  { title: 'tours', command: node('test-webview.mjs', '--vsix', vsix), count: mochaTests, host: true },
];

/** The process group of the step that is running, to be ended with us. */
let running;
function endRunning(signal) {
  try {
    if (running?.pid) process.kill(process.platform === 'win32' ? running.pid : -running.pid, signal);
  } catch {
    // It has ended by itself.
  }
}
process.on('exit', () => endRunning('SIGKILL'));
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    interrupted = true;
    // A suite that is interrupted cleans up after itself; one that does not in time is ended.
    endRunning('SIGINT');
    setTimeout(() => process.exit(1), INTERRUPT_SECONDS * 1000);
  });
}

/** Runs one step with its output shown; resolves to `{ passed, failed }`, where a step that broke off has failed. */
async function run(step) {
  const counter = step.count();
  const child = spawn(step.command[0], step.command.slice(1), {
    cwd: path.join(root, step.folder ?? '.'),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  running = child;
  const show = (line) => console.log(line);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const shown = counter.read(line);
    if (shown !== undefined) show(shown);
  });
  createInterface({ input: child.stderr }).on('line', show);
  const late = setTimeout(() => {
    show(`${step.title}: not done after ${STEP_LIMIT_MINUTES} minutes, stopped`);
    endRunning('SIGKILL');
  }, STEP_LIMIT_MINUTES * 60_000);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      show(`${step.title}: ${step.command[0]} could not be started: ${error.message}`);
      resolve(-1);
    });
    child.once('close', (code) => resolve(code ?? -1));
  });
  clearTimeout(late);
  endRunning('SIGKILL');
  running = undefined;
  if (interrupted) process.exit(1);
  const { passed, failed } = counter.result(code);
  // A suite that fails without a failed test, or passes without any test, has not done its work.
  return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed };
}

const problem = options['no-host'] ? undefined : hostProblem();
const rows = [];
for (const step of steps) {
  if (step.host && options['no-host']) continue;
  console.log(`\n== ${step.title}`);
  const began = performance.now();
  if (step.host && problem) console.log(problem);
  const counts = step.host && problem ? { passed: 0, failed: 1 } : await run(step);
  rows.push({ title: step.title, ...counts, seconds: (performance.now() - began) / 1000 });
}

console.log('');
for (const { title, passed, failed, seconds } of rows) {
  const cost = `${seconds.toFixed(0)} s`.padStart(6);
  console.log(
    `${title.padEnd(20)} ${cost} ${String(passed).padStart(6)} passed${failed > 0 ? `, ${failed} failed` : ''}`,
  );
}
if (options['no-host']) console.log('what runs inside VS Code was left out (--no-host)');
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
