/** Reads executions from trace files of either kind, and judges them. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { executionOf } from '../core/analyse/lowering/lower';
import { analyzeExecution } from '../core/analyse/predict/findings';
import type { Execution } from '../core/trace/execution/execution';
import { readStd } from '../core/trace/execution/std';
import { parseTrace } from '../core/trace/parse-text';
import { readTrace } from '../core/trace/read';
import type { Trace } from '../core/trace/trace';
import type { Finding } from '../protocol/finding';
import { TRACE_MAGIC } from '../protocol/trace';
import { confirmPredictions } from './replay/confirm-predictions';
import { type Attempt, errorText, failed, succeeded } from './system/attempt';
import type { Installation } from './system/installation';

export interface ExecutionFile {
  execution: Execution;
  /** Absent for an STD file. */
  trace?: Trace;
  problems: string[];
}

/** The binary form, the textual form, or RAPID's STD format, told apart by how they begin. */
export async function readExecution(file: string, directory: string): Promise<Attempt<ExecutionFile>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(directory, file));
  } catch (error) {
    return failed(errorText(error));
  }
  const beginning = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  if (beginning.startsWith(TRACE_MAGIC)) return fromTrace(file, readTrace(bytes));
  if (/^(?:\s*\/\/.*\n)*\s*lockstep-trace /u.test(beginning)) {
    return fromTrace(file, parseTrace(Buffer.from(bytes).toString('utf8')));
  }
  const { execution, problem } = readStd(bytes);
  if (execution) return succeeded({ execution, problems: [] });
  // A file whose first line is no event is of another kind altogether.
  const foreign = problem?.startsWith('Line 1:') ? "neither a trace of Lockstep nor of RAPID's STD form: " : '';
  return failed(`${file}: ${foreign}${problem}`);
}

function fromTrace(file: string, { trace, problems }: { trace?: Trace; problems: string[] }): Attempt<ExecutionFile> {
  if (!trace) return failed(`${file}: ${problems.join(' ')}`);
  const told = problems.map((problem) => `${file}: ${problem}`);
  return succeeded({ execution: executionOf(trace), trace, problems: told });
}

export interface AnalyzedTrace {
  file: string;
  events: number;
  threads: number;
}

/** Predictions are run. */
export interface ConfirmPredictions {
  installation: Installation;
  tags?: string;
  signal: AbortSignal;
  onStep: (step: string) => void;
}

export interface AnalyzeResult {
  findings: Finding[];
  traces: AnalyzedTrace[];
  problems: string[];
}

/** Fails at the first file that cannot be read: what is said of the others would pass for the whole. */
export async function analyze(options: {
  files: readonly string[];
  directory: string;
  only?: readonly string[];
  confirm?: ConfirmPredictions;
}): Promise<Attempt<AnalyzeResult>> {
  const result: AnalyzeResult = { findings: [], traces: [], problems: [] };
  for (const file of options.files) {
    const read = await readExecution(file, options.directory);
    if (!read.ok) return read;
    const { execution, trace, problems } = read.value;
    result.problems.push(...problems);
    const found = analyzeExecution({ execution, trace }, { file, only: options.only });
    const { confirm, directory } = options;
    if (confirm && !trace) result.problems.push(`${file}: only predictions of a Go program can be run.`);
    const tried =
      confirm && trace && found.findings.length > 0
        ? await confirmPredictions(found.findings, trace, { ...confirm, directory })
        : succeeded(found.findings);
    if (!tried.ok) return tried.cancelled ? tried : failed(`${file}: ${tried.problem}`);
    result.findings.push(...tried.value);
    result.problems.push(...found.problems.map((problem) => `${file}: ${problem}`));
    result.traces.push({ file, events: trace?.count ?? execution.count, threads: execution.names.threads.length });
  }
  return succeeded(result);
}
