/** Judges executions in trace files. Long ones are not kept in memory, where the analyses do not need all at once. */

import { resolve } from 'node:path';
import { analyzeExecution, type ExecutionFindings } from '../core/analyse/predict/findings';
import { KEPT_EVENTS, type RunningStreams, type Streams, streamsOf } from '../core/analyse/predict/streaming';
import { HandOverSearch } from '../core/analyse/relations/held-locks';
import { type EventSink, ExecutionBuilder, feed } from '../core/trace/execution/execution';
import type { Trace } from '../core/trace/trace';
import type { Finding } from '../protocol/finding';
import type { Phrase } from '../protocol/phrase';
import { type ExecutionFile, kindOf, readExecution, readStdFile, stdExecution } from './executions';
import { confirmPredictions } from './replay/confirm-predictions';
import { type Attempt, failed, succeeded } from './system/attempt';
import type { Installation } from './system/installation';

export interface AnalyzedTrace {
  file: string;
  events: number;
  threads: number;
}

export interface AnalyzeResult {
  findings: Finding[];
  traces: AnalyzedTrace[];
  problems: string[];
}

/** Predictions are run. */
export interface ConfirmPredictions {
  installation: Installation;
  tags?: string;
  signal: AbortSignal;
  onStep: (step: Phrase) => void;
}

interface Options {
  files: readonly string[];
  directory: string;
  only?: readonly string[];
  confirm?: ConfirmPredictions;
}

/** Fails at the first file that cannot be read: what is said of the others would pass for the whole. */
export async function analyze(options: Options): Promise<Attempt<AnalyzeResult>> {
  const result: AnalyzeResult = { findings: [], traces: [], problems: [] };
  for (const file of options.files) {
    const analyzed = await analyzeFile(file, options);
    if (!analyzed.ok) return analyzed;
    const { problems, events, threads } = analyzed.value;
    const tried = await confirmed(file, analyzed.value, options);
    if (!tried.ok) return tried;
    result.findings.push(...tried.value);
    result.problems.push(...problems);
    if (options.confirm && !analyzed.value.trace) {
      result.problems.push(`${file}: only predictions of a Go program can be run.`);
    }
    result.traces.push({ file, events, threads });
  }
  return succeeded(result);
}

interface Analyzed extends ExecutionFindings {
  events: number;
  threads: number;
  /** Of a Go program. */
  trace?: Trace;
}

async function confirmed(
  file: string,
  { findings, trace }: Analyzed,
  { confirm, directory }: Options,
): Promise<Attempt<Finding[]>> {
  if (!confirm || !trace || findings.length === 0) return succeeded(findings);
  const tried = await confirmPredictions(findings, trace, { ...confirm, directory });
  return tried.ok || tried.cancelled ? tried : failed(`${file}: ${tried.problem}`);
}

async function analyzeFile(file: string, { directory, only }: Options): Promise<Attempt<Analyzed>> {
  const kind = await kindOf(resolve(directory, file));
  if (!kind.ok) return kind;
  const streams = kind.value === 'std' ? streamsOf(only) : undefined;
  if (streams) return streamed(file, directory, streams, only);
  const read = await readExecution(file, directory);
  return read.ok ? succeeded(inMemory(file, read.value, only)) : read;
}

function inMemory(file: string, { execution, trace, problems }: ExecutionFile, only?: readonly string[]): Analyzed {
  const found = analyzeExecution({ execution, trace }, { file, only });
  return {
    findings: found.findings,
    problems: [...problems, ...found.problems.map((problem) => `${file}: ${problem}`)],
    events: trace?.count ?? execution.count,
    threads: execution.names.threads.length,
    trace,
  };
}

/** Keeps the first events, and hands all on as soon as they are too many to keep. */
class Beginning implements EventSink {
  builder: ExecutionBuilder | undefined = new ExecutionBuilder();
  readonly names = this.builder!.names;

  constructor(readonly streams: RunningStreams) {}

  event(action: number, thread: number, target: number, detail: number, place: number, source: number): void {
    if (this.builder && this.builder.count < KEPT_EVENTS) {
      this.builder.event(action, thread, target, detail, place, source);
      return;
    }
    if (this.builder) feed(this.builder.build(), this.streams);
    this.builder = undefined;
    this.streams.event(action, thread, target, detail, place, source);
  }
}

async function streamed(
  file: string,
  directory: string,
  streams: Streams,
  only?: readonly string[],
): Promise<Attempt<Analyzed>> {
  const beginning = new Beginning(streams.start({}));
  const read = await readStdFile(file, directory, beginning, beginning.names);
  if (!read.ok) return read;
  if (beginning.builder) {
    const whole = stdExecution(file, beginning.builder, read.value);
    return whole.ok ? succeeded(inMemory(file, whole.value, only)) : whole;
  }
  const { names } = beginning;
  const passed = read.value.handedOver ? await withHandOvers(file, directory, streams) : succeeded(beginning.streams);
  if (!passed.ok) return passed;
  const results = passed.value.results(names);
  if (results.wanted) {
    const again = await readStdFile(file, directory, results);
    if (!again.ok) return again;
  }
  const { findings, problems } = results.findings(names, file);
  return succeeded({
    findings,
    problems: problems.map((problem) => `${file}: ${problem}`),
    events: passed.value.count,
    threads: names.threads.length,
  });
}

/** Which locks another thread gives back has to be known when they are taken: two passes more. */
async function withHandOvers(file: string, directory: string, streams: Streams): Promise<Attempt<RunningStreams>> {
  const handOvers = new HandOverSearch();
  const searched = await readStdFile(file, directory, handOvers);
  if (!searched.ok) return searched;
  const running = streams.start({ handOvers });
  const read = await readStdFile(file, directory, running);
  return read.ok ? succeeded(running) : read;
}
