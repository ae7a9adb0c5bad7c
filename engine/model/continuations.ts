/** What can follow the beginning of a run: the same steps again and again, each time with another random end. */
import { type SeenRun, seenRun } from '../../core/model/operations/seen-run';
import type { RunConfig } from '../../protocol/run';
import type { RunConditions } from '../../protocol/schedule';
import type { Outcome } from '../../protocol/trace';
import { removeRun, runTarget } from '../run/run';
import type { TestSubject } from '../run/subject';
import { writtenRun } from '../run/written-run';

export interface ContinuationRequest {
  /** The steps that all share. */
  steps: NonNullable<RunConfig['steps']>;
  /** Of the run that they begin. */
  conditions: RunConditions;
  count: number;
  /** Number of the first: others end otherwise. */
  first?: number;
  /** Bound on the whole. */
  milliseconds?: number;
  signal?: AbortSignal;
}

export interface Continuation {
  run: SeenRun;
  outcome: Outcome;
}

export interface Continuations {
  runs: Continuation[];
  /** Runs that did not follow the steps, and where the first of them left. */
  astray: number;
  why?: string;
}

const DEFAULT_MILLISECONDS = 30_000;

/** Fewer than asked for when time is over, or the test goes astray each time. */
export async function continuations(subject: TestSubject, request: ContinuationRequest): Promise<Continuations> {
  const { steps, conditions, count, first = 0, milliseconds = DEFAULT_MILLISECONDS, signal } = request;
  const found: Continuations = { runs: [], astray: 0 };
  const until = performance.now() + milliseconds;
  let next = first;
  while (next < first + count && performance.now() < until && !signal?.aborted) {
    const run = await runTarget(
      subject,
      {
        ...conditions,
        ...{ strategy: 'continue', steps, first: next, iterations: first + count - next, traceEvery: 1 },
        milliseconds: Math.max(1, Math.ceil(until - performance.now())),
      },
      { signal },
    );
    for (const line of run.lines) {
      if (line.outcome === 'diverged') {
        found.astray++;
        found.why ??= line.message;
        continue;
      }
      const written = writtenRun(subject, run, line);
      const seen = written.ok ? seenRun(written.value.trace, written.value.raw.steps) : undefined;
      if (seen && seen.steps.length >= steps.length) found.runs.push({ run: seen, outcome: line.outcome });
    }
    const done = Math.max(run.diedIn ?? -1, ...run.lines.map(({ index }) => index)) + 1;
    removeRun(run);
    // A process that showed nothing would show nothing again.
    if (done <= next || (found.astray > 0 && found.runs.length === 0)) break;
    next = done;
  }
  return found;
}
