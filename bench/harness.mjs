// What the benchmarks share: a directory that goes away, medians, instrumented builds and runs of them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { withMarked } from '../cli/marked.ts';
import { buildTests } from '../engine/build/build.ts';
import { installationAt } from '../engine/system/installation.ts';

export const root = path.join(import.meta.dirname, '..');
/** Removed at the end. */
export const work = mkdtempSync(path.join(tmpdir(), 'lockstep-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

export const machine = `${cpus()[0].model}, ${cpus().length} cores`;

export function positive(name, text) {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} takes a positive number`);
  return number;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const perSecond = (number) => Math.round(number).toLocaleString('en').padStart(10);
export const seconds = (number) => `${number.toFixed(2)} s`.padStart(9);
export const times = (number) => `${number >= 10 ? Math.round(number) : number.toFixed(2)}x`.padStart(8);

/** Runs a command that must succeed; gives what it printed. */
export function run(command, args, folder, environment = {}) {
  const env = { ...process.env, ...environment };
  const result = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20, env });
  if (result.status !== 0) {
    throw new Error(`${path.basename(command)} ${args.join(' ')}: ${result.stderr || result.stdout || result.error}`);
  }
  return result;
}

/** Wall seconds and peak memory in MB, as /usr/bin/time measures it, of a command that must succeed. */
export function measured(command, args, folder, environment) {
  const began = performance.now();
  const { stderr } = run('/usr/bin/time', ['-f', '%M', command, ...args], folder, environment);
  const megabytes = Number(stderr.trim().split('\n').at(-1)) / 1024;
  return { took: (performance.now() - began) / 1000, megabytes };
}

/** The instrumented tests below a directory; disposeBuild ends it. */
export async function built(directory, cache) {
  const installation = installationAt(root, cache ? { cache } : {});
  const result = await buildTests({ installation, directory, patterns: ['./...'] });
  if (!result.ok) throw new Error(result.problem);
  return result.value;
}

/** Arguments and environment that make an instrumented binary run a test as protocol/run.ts describes. */
export function configured(found, test, out, more) {
  const config = {
    version: 1,
    mode: 'control',
    strategy: 'random',
    package: found.importPath,
    test,
    seed: '1',
    first: 0,
  };
  const bounds = { iterations: 1, milliseconds: 0, maxSteps: 100_000, foreignMilliseconds: 1000, traceEvery: 0 };
  const all = { ...config, ...bounds, ...more, out };
  const file = path.join(out, 'config.json');
  writeFileSync(file, JSON.stringify(all));
  return { args: [`-test.run=^${test}$`, `-test.count=${all.iterations + 1}`], environment: { LOCKSTEP_CONFIG: file } };
}

/** A new directory below `work`. */
export const newFolder = (name) => mkdtempSync(path.join(work, `${name}-`));

/** What a bench has said, for a page that keeps it between marks of that name. */
export function writeBetweenMarks(file, name, lines) {
  const page = path.resolve(file);
  writeFileSync(page, withMarked(readFileSync(page, 'utf8'), name, `\n${lines.join('\n')}\n\n`));
}
