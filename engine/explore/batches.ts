/** The test processes of one worker, one after the other: what each is asked for, and what goes on from one to the next. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunConfig, STATE_FILE } from '../../protocol/run';
import { type ProcessRun, type RunRequest, removeRun, runTarget } from '../run/run';
import type { WorkerProgress } from '../store/progress';
import { errorCode } from '../system/attempt';
import type { Course } from './course';
import { workerSeed } from './seeds';

/** First batches are judged run by run; later ones are larger and sampled. */
export const FIRST_BATCH = 8;

/** A process that has ended. */
export interface Batch {
  request: RunRequest;
  run: ProcessRun;
  /** Schedules run in it. */
  done: number;
}

/** What differs from batch to batch. */
export type BatchRequest = Pick<RunRequest, 'iterations' | 'milliseconds' | 'maxSteps' | 'points'> &
  Pick<RunConfig, 'traceEvery' | 'traceFirst'>;

export class Worker {
  /** Schedules of its last batch, where it goes its own way. */
  size = FIRST_BATCH;
  /** Number of the next schedule. */
  private next = 0;
  /** What the strategy has learned, and the files of what it had learned before, which judging may need. */
  private state: string | undefined;
  private readonly stale: string[] = [];

  constructor(
    private readonly course: Course,
    readonly index: number,
  ) {}

  /** Goes on where a worker of an earlier exploration ended. Throws system errors. */
  async restore({ next, state }: WorkerProgress): Promise<void> {
    this.next = next;
    if (state === undefined) return;
    this.state = this.nameOfState();
    await writeFile(this.state, state);
  }

  /** Where this one has ended. */
  async progress(): Promise<WorkerProgress> {
    const { next, state } = this;
    return state === undefined ? { next } : { next, state: await readFile(state, 'utf8') };
  }

  /** Runs one process to its end. `iterations` are assigned already; what it did not do is given back. */
  async run(asked: BatchRequest): Promise<Batch> {
    const { strategy, seed, epoch, signal } = this.course.options;
    const { tally, subject } = this.course;
    const first = this.next;
    const request: RunRequest = {
      strategy,
      seed: workerSeed(seed, this.index),
      epoch,
      first,
      ...(this.state === undefined ? {} : { state: this.state }),
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
    this.next = first + (unknown ? asked.iterations : done);
    await this.learn(run);
    return { request, run, done };
  }

  /** All that was judged is of no more use. */
  async tidy(batches: readonly Batch[]): Promise<void> {
    for (const { run } of batches) removeRun(run);
    for (const file of this.stale.splice(0)) await rm(file, { force: true });
  }

  private async learn(run: ProcessRun): Promise<void> {
    const kept = this.nameOfState();
    try {
      await rename(join(run.out, STATE_FILE), kept);
    } catch (error) {
      // Not every strategy learns, and a process that died has left nothing.
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    if (this.state !== undefined) this.stale.push(this.state);
    this.state = kept;
  }

  private nameOfState(): string {
    return join(this.course.subject.work, `learned-${randomBytes(6).toString('hex')}.json`);
  }
}
