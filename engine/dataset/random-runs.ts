/** Runs of a test by random walks. */
import { type SeenRun, seenRun } from '../../core/model/operations/seen-run';
import type { RawSchedule } from '../../protocol/run';
import type { Outcome } from '../../protocol/trace';
import { type RunRequest, removeRun, runTarget } from '../run/run';
import type { TestSubject } from '../run/subject';
import { writtenRun } from '../run/written-run';

export interface RandomRun {
  run: SeenRun;
  raw: RawSchedule;
  outcome: Outcome;
}

const EPOCH = '1700000000000000000';
const SEED = '7';
const MOST_STEPS = 20_000;

/** What all of them share; `first` and `iterations` say which. */
export const RANDOM_RUNS = { strategy: 'random', seed: SEED, epoch: EPOCH, maxSteps: MOST_STEPS } as const;

const MOST_MILLISECONDS = 20_000;

/** From the number `first` on; fewer than `count` when a process shows nothing, or time is over. */
export async function randomRuns(
  subject: TestSubject,
  { first, count }: { first: number; count: number },
): Promise<RandomRun[]> {
  const runs: RandomRun[] = [];
  const until = performance.now() + MOST_MILLISECONDS;
  for (let next = first; next < first + count && performance.now() < until; ) {
    const request: RunRequest = { ...RANDOM_RUNS, first: next, iterations: first + count - next, traceEvery: 1 };
    const run = await runTarget(subject, { ...request, milliseconds: Math.ceil(until - performance.now()) });
    for (const line of run.lines) {
      const written = writtenRun(subject, run, line);
      const seen = written.ok ? seenRun(written.value.trace, written.value.raw.steps) : undefined;
      if (written.ok && seen) runs.push({ run: seen, raw: written.value.raw, outcome: line.outcome });
    }
    const done = Math.max(run.diedIn ?? -1, ...run.lines.map(({ index }) => index)) + 1;
    removeRun(run);
    if (done <= next) break;
    next = done;
  }
  return runs;
}
