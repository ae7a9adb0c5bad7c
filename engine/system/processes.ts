/**
 * Child processes that leave nothing behind. Each child leads a process group of its own, so that what it
 * starts can be ended with it; the group is killed when the child exits, when the caller cancels, when time is
 * up, and when this process exits. Against a death that runs no handler (SIGKILL, a crash) there is the
 * lifeline: a pipe on file descriptor 3 that closes with us, at which an instrumented test ends its own group.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { type Phrase, phrase, type Value } from '../../protocol/phrase';
import { errorText } from './attempt';
import { type LaunchedProcess, launch, launches } from './launcher';

/** Where the lifeline is in the child. */
export const LIFELINE_DESCRIPTOR = 3;

/** Characters kept of each of stdout and stderr: half from the beginning, half from the end. */
const DEFAULT_OUTPUT_LIMIT = 256 * 1024;
/** How long a child may take to end after SIGTERM, and after SIGQUIT, in milliseconds. */
const GRACE_MILLISECONDS = 1000;
/** How long output may stay open after the child has exited, in milliseconds: someone outside the group has it. */
const DRAIN_MILLISECONDS = 500;

export interface ProcessOptions {
  /** Working directory. */
  directory?: string;
  environment?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Wall time after which the group is ended; none when left out or 0. */
  timeoutMilliseconds?: number;
  /** At a time-out send SIGQUIT first, at which a Go program prints the stacks of all goroutines. */
  stacksAtTimeout?: boolean;
  outputLimit?: number;
  /** Give the child a lifeline on LIFELINE_DESCRIPTOR. */
  lifeline?: boolean;
  /** The tracer command, where it is there: it starts processes at less cost than we do. */
  launcher?: string;
}

export interface ProcessResult {
  /** Exit status; undefined when a signal ended it or it never started. */
  code?: number;
  /** The signal that ended it. */
  endedBy?: NodeJS.Signals;
  stdout: string;
  stderr: string;
  cancelled: boolean;
  timedOut: boolean;
  /** Wall seconds. */
  seconds: number;
  /** Why it could not be started. */
  startProblem?: Value;
}

type Child = ChildProcess | LaunchedProcess;

const live = new Set<Child>();

/** Sends a signal to a whole process group; one that is gone already is what we want. */
function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    child.once('spawn', () => signalGroup(child, signal));
    return;
  }
  try {
    if (process.platform === 'win32' && 'kill' in child) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nobody is left in the group.
  }
}

/** Kills every group at once. For exit handlers: synchronous, cannot fail. */
export function killAllProcesses(): void {
  for (const child of live) signalGroup(child, 'SIGKILL');
}

/** Number of children now running, for tests and for an orderly end. */
export function liveProcesses(): number {
  return live.size;
}

let hooked = false;
function hookExit(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', killAllProcesses);
}

/**
 * Makes the signals that would end this process without running exit handlers end its children first. For a
 * host without signal handlers of its own (the language server).
 */
export function endWithChildrenOnSignals(signals: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT']): void {
  for (const signal of signals) {
    process.once(signal, () => {
      killAllProcesses();
      process.kill(process.pid, signal);
    });
  }
}

/** Keeps the beginning and the end of a stream and says how much is left out between them. */
class BoundedText {
  private head = '';
  private tail = '';
  private dropped = 0;

  constructor(private readonly limit: number) {}

  add(text: string): void {
    const half = this.limit / 2;
    const room = half - this.head.length;
    if (room > 0) {
      this.head += text.slice(0, room);
      text = text.slice(room);
    }
    this.tail += text;
    if (this.tail.length > 2 * half) {
      this.dropped += this.tail.length - half;
      this.tail = this.tail.slice(-half);
    }
  }

  toString(): string {
    const omission = this.dropped > 0 ? `\n… ${this.dropped} characters left out …\n` : '';
    return this.head + omission + this.tail;
  }
}

/**
 * Runs a command to its end and gives back what it printed. Never rejects: what went wrong is in the result.
 * When the promise resolves, nobody of the child's process group is alive.
 */
export function runProcess(command: string, args: string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  const begin = performance.now();
  const stdout = new BoundedText(options.outputLimit ?? DEFAULT_OUTPUT_LIMIT);
  const stderr = new BoundedText(options.outputLimit ?? DEFAULT_OUTPUT_LIMIT);
  let cancelled = false;
  let timedOut = false;
  const result = (rest: Partial<ProcessResult>): ProcessResult => ({
    stdout: stdout.toString(),
    stderr: stderr.toString(),
    cancelled,
    timedOut,
    seconds: (performance.now() - begin) / 1000,
    ...rest,
  });
  if (options.signal?.aborted) {
    cancelled = true;
    return Promise.resolve(result({}));
  }
  hookExit();

  return new Promise((resolve) => {
    let child: Child;
    try {
      child = start(command, args, options);
    } catch (error) {
      // Thrown for arguments that no process can have, such as a NUL byte.
      resolve(result({ startProblem: errorText(error) }));
      return;
    }
    live.add(child);
    const timers: NodeJS.Timeout[] = [];
    const later = (milliseconds: number, action: () => void) => timers.push(setTimeout(action, milliseconds));
    const end = (first: NodeJS.Signals) => {
      signalGroup(child, first);
      later(GRACE_MILLISECONDS, () => signalGroup(child, 'SIGKILL'));
    };
    const cancel = () => {
      cancelled = true;
      end('SIGTERM');
    };
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.timeoutMilliseconds) {
      later(options.timeoutMilliseconds, () => {
        timedOut = true;
        end(options.stacksAtTimeout ? 'SIGQUIT' : 'SIGTERM');
      });
    }

    let settled = false;
    const settle = (rest: Partial<ProcessResult>) => {
      if (settled) return;
      settled = true;
      for (const timer of timers) clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
      live.delete(child);
      resolve(result(rest));
    };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => stdout.add(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => stderr.add(text));
    // The child may close its end of the lifeline while we are writing nothing to it: not an error of ours.
    if ('stdio' in child) child.stdio[LIFELINE_DESCRIPTOR]?.on('error', () => {});
    child.on('error', (error) => {
      signalGroup(child, 'SIGKILL');
      settle({ startProblem: startProblem(command, options.directory, error) });
    });
    child.on('exit', (code, endedBy) => {
      // What the child started and left running goes with it.
      signalGroup(child, 'SIGKILL');
      const status = { code: code ?? undefined, endedBy: endedBy ?? undefined };
      child.on('close', () => settle(status));
      later(DRAIN_MILLISECONDS, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        settle(status);
      });
    });
  });
}

function start(command: string, args: string[], options: ProcessOptions): Child {
  const { directory, environment, launcher, lifeline } = options;
  if (launcher !== undefined && launches) return launch(launcher, { command, args, directory, environment, lifeline });
  return spawn(command, args, {
    cwd: directory,
    env: environment,
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: lifeline ? ['ignore', 'pipe', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe'],
  });
}

function startProblem(command: string, directory: string | undefined, error: Error): Phrase {
  return directory === undefined
    ? phrase`could not start ${command}: ${error.message}`
    : phrase`could not start ${command} in ${directory}: ${error.message}`;
}
