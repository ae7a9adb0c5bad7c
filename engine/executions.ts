/** Reads executions from trace files: our own, or RAPID's STD form, which is read in pieces. */
import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { executionOf } from '../core/analyse/lowering/lower';
import {
  type EventSink,
  type Execution,
  ExecutionBuilder,
  type ExecutionNames,
  emptyNames,
} from '../core/trace/execution/execution';
import { executionRead, NO_EVENT, StdReader } from '../core/trace/execution/std';
import { parseTrace } from '../core/trace/parse-text';
import { readTrace } from '../core/trace/read';
import { misplaced } from '../core/trace/sequence';
import type { Trace } from '../core/trace/trace';
import { phrase } from '../protocol/phrase';
import { TRACE_MAGIC } from '../protocol/trace';
import { type Attempt, errorText, failed, succeeded } from './system/attempt';

export interface ExecutionFile {
  execution: Execution;
  /** Absent for an STD file. */
  trace?: Trace;
  problems: string[];
}

/** Bytes that are enough to tell the kind of a file. */
const BEGINNING = 4096;
/** Bytes that are read at once. */
const PIECE = 1 << 20;

export type TraceKind = 'binary' | 'text' | 'std';

/** By how the file begins: whatever is neither form of ours is taken for STD. */
export async function kindOf(path: string): Promise<Attempt<TraceKind>> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).isDirectory()) return failed(`${path} is a directory.`);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
      const beginning = buffer.subarray(0, bytesRead).toString('latin1');
      if (beginning.startsWith(TRACE_MAGIC)) return succeeded('binary');
      return succeeded(/^(?:\s*\/\/.*\n)*\s*lockstep-trace /u.test(beginning) ? 'text' : 'std');
    } finally {
      await file.close();
    }
  } catch (error) {
    return failed(errorText(error));
  }
}

/** Hands the events of an STD file on, a piece of the file at a time. */
export async function readStdFile(
  file: string,
  directory: string,
  sink: EventSink,
  names: ExecutionNames = emptyNames(),
): Promise<Attempt<StdReader>> {
  const reader = new StdReader(sink, names);
  let problem: string | undefined;
  try {
    const opened = await open(resolve(directory, file));
    try {
      // One buffer for all pieces: new ones would be thrown away more slowly than they come.
      const buffer = Buffer.alloc(PIECE);
      while (problem === undefined) {
        const { bytesRead } = await opened.read(buffer, 0, PIECE);
        if (bytesRead === 0) break;
        problem = reader.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await opened.close();
    }
  } catch (error) {
    return failed(errorText(error));
  }
  problem ??= reader.end();
  return problem === undefined ? succeeded(reader) : stdProblem(file, problem);
}

export function stdProblem(file: string, problem: string) {
  // A file whose first line is no event is of another kind altogether.
  const foreign =
    /^Line 1\b/u.test(problem) && problem.includes(NO_EVENT)
      ? "neither a trace of Lockstep nor of RAPID's STD form: "
      : '';
  return failed(`${file}: ${foreign}${problem}`);
}

/** In memory: about twenty bytes for each event. */
export async function readExecution(file: string, directory: string): Promise<Attempt<ExecutionFile>> {
  const path = resolve(directory, file);
  const kind = await kindOf(path);
  if (!kind.ok) return kind;
  if (kind.value === 'std') {
    const builder = new ExecutionBuilder();
    const read = await readStdFile(file, directory, builder, builder.names);
    return read.ok ? stdExecution(file, builder, read.value) : read;
  }
  try {
    const bytes = await readFile(path);
    return fromTrace(file, kind.value === 'binary' ? readTrace(bytes) : parseTrace(bytes.toString('utf8')));
  } catch (error) {
    return failed(errorText(error));
  }
}

export function stdExecution(file: string, builder: ExecutionBuilder, reader: StdReader): Attempt<ExecutionFile> {
  const { execution, problem } = executionRead(builder, reader);
  return execution ? succeeded({ execution, problems: [] }) : stdProblem(file, problem ?? '');
}

function fromTrace(file: string, { trace, problems }: { trace?: Trace; problems: string[] }): Attempt<ExecutionFile> {
  if (!trace) return failed(`${file}: ${problems.join(' ')}`);
  const wrong = misplaced(trace);
  if (wrong) return failed(phrase`${file}: the events are not in the order in which they came: ${wrong}.`);
  const told = problems.map((problem) => `${file}: ${problem}`);
  return succeeded({ execution: executionOf(trace), trace, problems: told });
}
