/** Runs one process of an instrumented test and reads what it found. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Value } from '../../protocol/phrase';
import { CONFIG_VARIABLE, RACE_LOG, type RunConfig, type RunLine, type SummaryLine } from '../../protocol/run';
import type { BuiltPackage } from '../build/build';
import { writeProblem } from '../system/files';
import { LIFELINE_DESCRIPTOR, type ProcessResult, runProcess } from '../system/processes';
import { Results } from './results';
import { makeScratch } from './scratch';
import { iterationOf, streamedRun } from './streamed';
import { type Pass, turnstileOf } from './turnstile';

/** What one test needs to be run again and again. */
export interface TestTarget {
  package: BuiltPackage;
  test: string;
  /** Directory for what the processes write; each gets one of its own in it. */
  work: string;
  environment: NodeJS.ProcessEnv;
  /** Go's race detector is in the binary. */
  race?: boolean;
  /** The tracer command, which starts processes for us. */
  launcher?: string;
}

/** The parts of a RunConfig that differ from process to process. */
export type RunRequest = Pick<RunConfig, 'strategy' | 'seed' | 'iterations'> &
  Partial<
    Pick<
      RunConfig,
      | 'first'
      | 'milliseconds'
      | 'traceEvery'
      | 'traceFirst'
      | 'steps'
      | 'points'
      | 'directives'
      | 'orders'
      | 'maxSteps'
      | 'foreignMilliseconds'
      | 'mode'
      | 'epoch'
      | 'stream'
      | 'leakProfile'
      | 'stacks'
      | 'state'
      | 'targets'
      | 'still'
      | 'without'
      | 'debug'
    >
  >;

export type RunEnd =
  /** It did its iterations, used its time, or ended after a run that found something. */
  | 'finished'
  /** It ended otherwise: a fatal error, a signal, os.Exit. */
  | 'died'
  /** It did not end in its time and was killed; stderr has the stacks of all goroutines. */
  | 'overdue'
  | 'cancelled'
  | 'not-started';

export interface ProcessRun {
  end: RunEnd;
  lines: RunLine[];
  /** The newest; absent when the process died within 250 ms. */
  summary?: SummaryLine;
  /** Of a process that died: the iteration it was in, where that is known. */
  diedIn?: number;
  /** Directory with the traces and schedules that `lines` name. */
  out: string;
  /** What the test itself said after `--- FAIL`, at most FAILURE_CHARACTERS. */
  failureText: string;
  /** Another process of the package ran at the same time. */
  beside: boolean;
  process: ProcessResult;
}

/** Wall time of a process when the request does not say, in milliseconds. */
const DEFAULT_MILLISECONDS = 10_000;
const DEFAULT_FOREIGN_MILLISECONDS = 1_000;
/** Steps of one run at most when the request does not say. */
export const MAX_STEPS = 100_000;
/** What a process gets beyond its time before it counts as hanging, in milliseconds. */
const GRACE_MILLISECONDS = 3_000;
const FAILURE_CHARACTERS = 2_000;
const MOST_PARALLEL = 1 << 20;
const POLL_MILLISECONDS = 250;

/**
 * Runs the target's binary once and waits for its end. Never rejects for what the test does; where nothing can be
 * written it is not started.
 */
export async function runTarget(
  target: TestTarget,
  request: RunRequest,
  options: RunOptions = {},
): Promise<ProcessRun> {
  const turnstile = turnstileOf(target);
  const pass = await turnstile.enter(options.alone ?? false);
  try {
    return await passed(target, request, options, pass);
  } finally {
    turnstile.leave(pass);
  }
}

interface RunOptions {
  /** No other process of the package runs at the same time. */
  alone?: boolean;
  signal?: AbortSignal;
  onSummary?: (summary: SummaryLine) => void;
}

async function passed(target: TestTarget, request: RunRequest, options: RunOptions, pass: Pass): Promise<ProcessRun> {
  const lifeline = process.platform === 'win32' ? {} : { lifeline: LIFELINE_DESCRIPTOR };
  const { config, configuration } = configured(target, { ...request, ...lifeline });
  const { out } = config;
  try {
    mkdirSync(out, { recursive: true });
    writeFileSync(configuration, JSON.stringify(config));
  } catch (error) {
    return notStarted(out, writeProblem(target.work, error));
  }

  const scratch = makeScratch(target.environment);
  const results = new Results(join(out, 'results.jsonl'));
  let reading = Promise.resolve();
  const poll = setInterval(() => {
    reading = reading
      .then(() => results.refresh())
      .then(() => results.summary && options.onSummary?.(results.summary))
      // What cannot be read now is read again at the end, where it counts.
      .catch(() => {});
  }, POLL_MILLISECONDS);
  const process_ = await runProcess(
    target.package.binary,
    // One more than asked for: a process whose last run fails ends in an orderly way when the next one begins.
    testArguments(target.test, config.iterations + 1),
    {
      directory: target.package.dir,
      environment: { ...testEnvironment(target, configuration, out), ...scratch.variables },
      signal: options.signal,
      timeoutMilliseconds:
        config.milliseconds +
        Math.max(config.foreignMilliseconds, config.overrunMilliseconds ?? 0) +
        GRACE_MILLISECONDS,
      stacksAtTimeout: true,
      lifeline: true,
      launcher: target.launcher,
    },
  );
  scratch.remove();
  clearInterval(poll);
  await reading;
  await results.refresh();
  const end = endOf(process_, results.summary);
  const diedIn = end === 'died' ? await iterationOf(out) : undefined;
  if (config.stream && end === 'died') {
    const dead = await streamedRun(out, diedIn ?? config.first, config);
    if (dead) results.runs.push(dead);
  }
  return {
    end,
    ...(diedIn === undefined ? {} : { diedIn }),
    lines: results.runs,
    summary: results.summary,
    out,
    failureText: failureText(process_.stdout, target.test),
    beside: pass.beside,
    process: process_,
  };
}

/** What a process is told, and the file that it reads that from. */
function configured(
  target: TestTarget,
  request: RunRequest & Pick<RunConfig, 'lifeline'>,
): { config: RunConfig; configuration: string } {
  const out = join(target.work, `run-${randomBytes(6).toString('hex')}`);
  const config: RunConfig = {
    version: 1,
    mode: 'control',
    package: target.package.importPath,
    test: target.test,
    first: 0,
    milliseconds: DEFAULT_MILLISECONDS,
    maxSteps: MAX_STEPS,
    foreignMilliseconds: DEFAULT_FOREIGN_MILLISECONDS,
    traceEvery: 0,
    together: true,
    ...request,
    out,
  };
  return { config, configuration: join(out, 'config.json') };
}

/** A process that somebody else starts, as runTarget would. Throws system errors. */
export function prepareRun(
  target: TestTarget,
  request: RunRequest,
): { args: string[]; environment: NodeJS.ProcessEnv; out: string } {
  const { config, configuration } = configured(target, request);
  mkdirSync(config.out, { recursive: true });
  writeFileSync(configuration, JSON.stringify(config));
  return {
    out: config.out,
    args: testArguments(target.test, config.iterations + 1),
    environment: testEnvironment(target, configuration, config.out),
  };
}

function notStarted(out: string, startProblem: Value): ProcessRun {
  const process = { stdout: '', stderr: '', cancelled: false, timedOut: false, seconds: 0, startProblem };
  return { end: 'not-started', lines: [], summary: undefined, out, failureText: '', beside: false, process };
}

/** Removes what the process has written. At once: many small files cost most on their way through the thread pool. */
export function removeRun({ out }: ProcessRun): void {
  rmSync(out, { recursive: true, force: true });
}

/** For the binary of one test that is run so many times. */
export function testArguments(test: string, times: number): string[] {
  return [
    `-test.run=^${escapeExpression(test)}$`,
    `-test.count=${times}`,
    '-test.timeout=0',
    // All parallel subtests run at once: it is the scheduler that lets one after the other go on.
    `-test.parallel=${MOST_PARALLEL}`,
  ];
}

function endOf(result: ProcessResult, summary: SummaryLine | undefined): RunEnd {
  if (result.startProblem !== undefined) return 'not-started';
  // It may have been done at the very moment when it was told to stop.
  if (summary?.final) return 'finished';
  if (result.cancelled) return 'cancelled';
  return result.timedOut ? 'overdue' : 'died';
}

/** As `go test` would run it, plus the configuration. Later GODEBUG settings win, so the user's come last. */
function testEnvironment(target: TestTarget, configuration: string, out: string): NodeJS.ProcessEnv {
  const user = target.environment.GODEBUG;
  return {
    ...target.environment,
    PWD: target.package.dir,
    GODEBUG: `randautoseed=0${user ? `,${user}` : ''}`,
    [CONFIG_VARIABLE]: configuration,
    ...(target.race ? { GORACE: raceSettings(target.environment.GORACE, out) } : {}),
  };
}

/** Every report counts, in a file that the runtime reads; the last settings win. */
function raceSettings(user: string | undefined, out: string): string {
  const log = join(out, RACE_LOG);
  const ours = `suppress_equal_stacks=0 suppress_equal_addresses=0 atexit_sleep_ms=0 exitcode=0 halt_on_error=0 log_path="${log}"`;
  return user ? `${user} ${ours}` : ours;
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The last `--- FAIL` block of the test: what it logged before it failed. */
export function failureText(output: string, test: string): string {
  const lines = output.split('\n');
  const begin = lines.findLastIndex((line) => line.startsWith(`--- FAIL: ${test} `));
  if (begin < 0) return '';
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => !/^\s/.test(line));
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .map((line) => line.trim())
    .join('\n')
    .slice(0, FAILURE_CHARACTERS);
}
