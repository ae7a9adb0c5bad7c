/**
 * Starts processes through `lockstep-tracer launch` (tracer/launch). Where Node forks, starting a process blocks us for
 * as long as it takes to copy the page tables of all our memory; a small program does the same in a millisecond.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { isRecord } from './json';

export interface StartRequest {
  /** Absolute. */
  command: string;
  args: readonly string[];
  directory?: string;
  environment?: NodeJS.ProcessEnv;
  /** A pipe on file descriptor 3 that closes when the launcher ends, which it does with us. */
  lifeline?: boolean;
}

interface ChildEvents {
  /** Its pid is known. */
  spawn: [];
  error: [Error];
  exit: [code: number | null, signal: NodeJS.Signals | null];
  close: [];
}

/** What is used of a ChildProcess; events come in the same order. */
export class LaunchedProcess extends EventEmitter<ChildEvents> {
  pid: number | undefined;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
}

const launchers = new Map<string, Launcher>();

/** Only Linux: macOS and Windows start processes without forking. */
export const launches = process.platform === 'linux';

/** Starts a process; there is one launcher for each tracer command, which ends with us. */
export function launch(tracer: string, request: StartRequest): LaunchedProcess {
  let launcher = launchers.get(tracer);
  if (!launcher) {
    launcher = new Launcher(tracer, () => launchers.delete(tracer));
    launchers.set(tracer, launcher);
  }
  return launcher.start(request);
}

class Launcher {
  private readonly children = new Map<number, LaunchedProcess>();
  private readonly process: ChildProcessWithoutNullStreams;
  private number = 0;

  constructor(tracer: string, onEnd: () => void) {
    this.process = spawn(tracer, ['launch'], { detached: true, stdio: 'pipe' });
    const kill = () => this.process.kill('SIGKILL');
    process.on('exit', kill);
    const end = (why: string) => {
      onEnd();
      process.off('exit', kill);
      for (const child of this.children.values()) child.emit('error', new Error(why));
      this.children.clear();
    };
    this.process.on('error', (error) => end(error.message));
    this.process.on('close', () => end('the launcher of processes has ended'));
    this.process.stdin.on('error', () => {}); // it has ended, which is told by the above
    this.process.stderr.resume();
    createInterface({ input: this.process.stdout }).on('line', (line) => this.hear(line));
    this.hold(false);
  }

  start({ command, args, directory, environment, lifeline }: StartRequest): LaunchedProcess {
    const child = new LaunchedProcess();
    const id = ++this.number;
    this.children.set(id, child);
    this.hold(true);
    const variables = Object.entries(environment ?? process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const request = { id, command, arguments: args, directory, environment: variables, lifeline };
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    return child;
  }

  /** While nothing runs the launcher keeps nobody from ending. */
  private hold(on: boolean): void {
    const { stdin, stdout, stderr } = this.process;
    // The streams are sockets, whatever their types say.
    for (const held of [this.process, stdin, stdout, stderr] as unknown as Pick<Socket, 'ref' | 'unref'>[]) {
      if (on) held.ref();
      else held.unref();
    }
  }

  private hear(line: string): void {
    const answer = answerOf(line);
    const child = answer && this.children.get(answer.id);
    if (!child) return;
    const { pid, problem, stdout, stderr, ended, code, signal, closed } = answer;
    if (pid !== undefined) {
      child.pid = pid;
      child.emit('spawn');
    }
    for (const [output, text] of [[child.stdout, stdout] as const, [child.stderr, stderr] as const]) {
      if (text !== undefined && !output.destroyed) output.write(Buffer.from(text, 'base64'));
    }
    if (ended) child.emit('exit', signal ? null : (code ?? 0), signal ? nameOf(signal) : null);
    if (problem !== undefined) child.emit('error', new Error(problem));
    if (problem === undefined && !closed) return;
    this.children.delete(answer.id);
    if (this.children.size === 0) this.hold(false);
    if (closed) closeAfterOutput(child);
  }
}

/** As of a ChildProcess: when both outputs have been read to their end. */
function closeAfterOutput(child: LaunchedProcess): void {
  let open = 2;
  for (const output of [child.stdout, child.stderr]) {
    output.once('close', () => {
      if (--open === 0) child.emit('close');
    });
    output.end();
  }
}

interface Answer {
  id: number;
  pid?: number;
  problem?: string;
  /** In base64, since it can be cut within a character. */
  stdout?: string;
  stderr?: string;
  ended?: boolean;
  code?: number;
  /** Its number. */
  signal?: number;
  closed?: boolean;
}

function answerOf(line: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && typeof value.id === 'number' ? (value as unknown as Answer) : undefined;
  } catch {
    return undefined;
  }
}

const nameOf = (number: number): NodeJS.Signals =>
  (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? 'SIGKILL') as NodeJS.Signals;
