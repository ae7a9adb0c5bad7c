// Runs the command line of this checkout over a copy of the corpus.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../checkout.mjs';
import { unmet } from './expectations.mjs';

export const CORPUS = path.join(root, 'test', 'fixtures', 'programs', 'corpus');

/** Schedules for each test at most: so many that everything is found. The budget in seconds only ends what hangs. */
export const SCHEDULES = 2_400;
const BUDGET = '900s';
/** Enough for most programs. */
const FEW_SCHEDULES = 136;
/** The same on every machine: what is tried depends on it. */
const WORKERS = 2;

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** A copy, because findings are stored in the module that they are about. The caller removes it. */
export function copyOfCorpus() {
  const copy = mkdtempSync(path.join(tmpdir(), 'lockstep-corpus-'));
  cpSync(CORPUS, copy, { recursive: true, filter: (source) => path.basename(source) !== '.lockstep' });
  return copy;
}

/** `lockstep …args` in a directory; its exit code and what it printed. */
export function lockstep(directory, args, environment = {}) {
  const child = spawn(process.execPath, ['--import', LOADER, path.join(root, 'cli', 'main.ts'), ...args], {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    ended.stdout += text;
  });
  child.stderr.on('data', (text) => {
    ended.stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })));
}

/** What `lockstep test` finds in all programs, or in those of `patterns`: one build, every test with the same budget. */
export async function exploreCorpus(
  directory,
  { patterns = ['./...'], tests, schedules = SCHEDULES, environment = {} } = {},
) {
  const run = await lockstep(
    directory,
    [
      ...['test', ...patterns, '--json', '--seed', '1'],
      ...(tests ? ['--run', `^(${tests.join('|')})$`] : []),
      ...['--schedules', `${schedules}`, '--budget', BUDGET, '--workers', `${WORKERS}`],
    ],
    environment,
  );
  if (run.stdout === '') throw new Error(`nothing was explored: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

/**
 * The same at less cost: all tests with few schedules, then those of the files where something is not found yet with
 * many. A twin gets as many as its program.
 */
export async function exploreThriftily(directory, corpus) {
  const first = await exploreCorpus(directory, { schedules: FEW_SCHEDULES });
  const files = new Set(unmet(corpus, first).map(({ file }) => file));
  const rest = corpus.tests.filter(({ file }) => files.has(file));
  if (rest.length === 0) return first;
  const second = await exploreCorpus(directory, {
    patterns: [...new Set(rest.map(({ file }) => `./${path.posix.dirname(file)}`))],
    tests: rest.map(({ test }) => test),
  });
  const again = new Set(second.tests.map((report) => `${report.package} ${report.test}`));
  const kept = first.tests.filter((report) => !again.has(`${report.package} ${report.test}`));
  const shown = new Set(kept.flatMap((report) => report.findings));
  return {
    ...second,
    tests: [...kept, ...second.tests],
    findings: [...first.findings.filter(({ id }) => shown.has(id)), ...second.findings],
    problems: [...new Set([...first.problems, ...second.problems])],
  };
}

/** How often a finding shows again: `{ times, reproduced, divergence }`. */
export async function replay(directory, id, times, environment = {}) {
  const run = await lockstep(directory, ['replay', id, '--times', `${times}`, '--json'], environment);
  if (run.stdout === '') return { times, reproduced: 0, problem: run.stderr.trim() };
  return JSON.parse(run.stdout);
}
