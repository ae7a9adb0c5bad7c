/** The test processes of one worker, one after the other: what each is asked for, and with which strategy. */
import type { RunConfig } from '../../protocol/run';
import { type ProcessRun, type RunRequest, removeRun, runTarget } from '../run/run';
import type { WorkerProgress } from '../store/progress';
import type { Course } from './course';
import { Lane } from './lane';
import { workerSeed } from './seeds';

/** First batches are judged run by run; later ones are larger and sampled. */
export const FIRST_BATCH = 8;
/**
 * Beside other strategies the first worker looks whether a test is so small that all its interleavings can be explored:
 * for at least so many schedules or seconds, then for a share of all; not any more when the tree of interleavings looks
 * too large, which can be told after the first few, and not beyond so many runs.
 */
const SYSTEMATIC = { schedules: 200, seconds: 0.3, share: 0.1, most: 20_000 };

/** A process that has ended. */
export interface Batch {
  lane: Lane;
  request: RunRequest;
  run: ProcessRun;
  /** Schedules run in it. */
  done: number;
}

/** What differs from batch to batch. */
export type BatchRequest = Pick<RunRequest, 'iterations' | 'milliseconds' | 'maxSteps' | 'points' | 'targets'> &
  Pick<RunConfig, 'traceEvery' | 'traceFirst' | 'overrunMilliseconds'>;

export class Worker {
  /** Schedules of its last batch, where it goes its own way. */
  size = FIRST_BATCH;
  private readonly main: Lane;
  /** Beside the main one, of the first worker: more of them would do the same. */
  private readonly systematic: Lane | undefined;

  constructor(
    private readonly course: Course,
    readonly index: number,
  ) {
    const { strategy } = course.options;
    const { work } = course.subject;
    this.main = new Lane(strategy, work);
    if (index === 0 && strategy === 'auto') this.systematic = new Lane('dpor', work);
  }

  private get lanes(): Lane[] {
    return this.systematic ? [this.main, this.systematic] : [this.main];
  }

  /** Goes on where a worker of an earlier exploration ended. Throws system errors. */
  async restore(progress: WorkerProgress): Promise<void> {
    for (const lane of this.lanes) {
      const kept = progress.lanes.find(({ strategy }) => strategy === lane.strategy);
      if (kept) await lane.restore(kept);
    }
  }

  /** Where this one has ended. */
  async progress(): Promise<WorkerProgress> {
    return { lanes: await Promise.all(this.lanes.map((lane) => lane.progress())) };
  }

  /** Whose turn it is. */
  choose(): Lane {
    const { systematic, course } = this;
    if (!systematic || systematic.over || systematic.exhausted || course.tally.schedules === 0) return this.main;
    const { schedules, seconds, share, most } = SYSTEMATIC;
    const hopeless = systematic.systematic?.promising === false;
    if (hopeless || systematic.runs >= most) return this.main;
    const isDue = course.counted
      ? systematic.runs < Math.max(schedules, share * course.tally.schedules)
      : systematic.seconds < Math.max(seconds, share * course.seconds);
    return isDue ? systematic : this.main;
  }

  /** Runs one process to its end. `iterations` are assigned already; what it did not do is given back. */
  async run(lane: Lane, asked: BatchRequest): Promise<Batch> {
    const { seed, epoch, signal } = this.course.options;
    const { tally, subject } = this.course;
    const first = lane.next;
    lane.begin(asked.points?.length ?? 0);
    const request: RunRequest = {
      strategy: lane.strategy,
      seed: workerSeed(seed, this.index),
      epoch,
      first,
      ...(lane.state === undefined ? {} : { state: lane.state }),
      // What explores all there is has a lane of its own, where every run is looked at.
      ...(lane.strategy === 'auto' ? { without: ['proof'] } : {}),
      ...asked,
    };
    const run = await runTarget(subject, request, {
      signal,
      onSummary: (summary) => {
        tally.progress(this.index, summary);
        this.course.report();
      },
    });
    const died = run.diedIn === undefined ? 0 : run.diedIn - first + 1;
    const done = Math.max(run.summary?.iterations ?? 0, died, ...run.lines.map((line) => line.index - first + 1));
    this.course.assigned -= asked.iterations - done;
    // Where it is not known what a process had done, its seeds are not tried again.
    const unknown = run.end === 'overdue' || (run.end === 'died' && died === 0);
    lane.next = first + (unknown ? asked.iterations : done);
    await lane.end(run, done);
    return { lane, request, run, done };
  }

  /** All that was judged is of no more use. */
  async tidy(batches: readonly Batch[]): Promise<void> {
    for (const { run } of batches) removeRun(run);
    for (const lane of this.lanes) await lane.tidy();
  }
}
