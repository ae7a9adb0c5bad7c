/**
 * How the workers of an exploration take turns. Where schedules bound it: in rounds. All workers end their part of a
 * round, then it is judged in the order of the workers, so that what is decided depends on nothing that a clock or the
 * system's scheduler does. Where time bounds it: each worker goes on as soon as its own batch is judged.
 */

import type { WorkerProgress } from '../store/progress';
import { type Batch, type BatchRequest, FIRST_BATCH, Worker } from './batches';
import type { Course } from './course';
import type { Judge } from './judge';
import type { Lane } from './lane';

const GROWTH = 8;
const LARGEST_BATCH = 1 << 16;
/** Wall milliseconds of a process at most, so that workers meet often. */
const BATCH_MILLISECONDS = 1_000;
/** The same without a clock: steps of a worker in a round. */
const ROUND_STEPS = 1 << 20;
/** A process that is slow begins anew after so many milliseconds; it does not end with a hang. */
const SLOW_MILLISECONDS = 20_000;
/** What a single run may take beyond that, if there is time left. */
const OVERRUN = { least: 1_000, most: 10_000 };
/** Processes of a worker in a round: each ends with a run that leaves something behind. */
const ROUND_PROCESSES = 8;

/** Of a systematic strategy: all its runs are traced and judged. After the first it says whether more are of use. */
const SYSTEMATIC_BATCH = { first: 64, most: 256 };

/** What a worker is about to do. */
interface Part {
  worker: Worker;
  lane: Lane;
  asked: BatchRequest;
}

export class Rounds {
  private readonly workers: Worker[];
  private size = FIRST_BATCH;

  constructor(
    private readonly course: Course,
    private readonly judge: Judge,
  ) {
    const { strategy, workers } = course.options;
    // Two that are systematic would do the same.
    const length = strategy === 'dpor' ? 1 : workers;
    this.workers = Array.from({ length }, (_, index) => new Worker(course, index));
  }

  /** Goes on where the workers of an earlier exploration ended. Throws system errors. */
  async restore(workers: readonly WorkerProgress[]): Promise<void> {
    for (const [index, progress] of workers.entries()) await this.workers[index]?.restore(progress);
  }

  /** Where the workers have ended. */
  progress(): Promise<WorkerProgress[]> {
    return Promise.all(this.workers.map((worker) => worker.progress()));
  }

  /** Until the turn is over. At least one process runs. */
  async run(): Promise<void> {
    const { course, workers } = this;
    if (course.ended) return;
    const [first] = workers;
    if (first && course.assigned === 0) {
      await this.batch(first, FIRST_BATCH);
      if (course.over) return;
    }
    if (!course.counted) await Promise.all(workers.map((worker) => this.alone(worker)));
    else while (!course.over) await this.round();
  }

  /** All workers run their part; it is judged when all have ended theirs. */
  private async round(): Promise<void> {
    const { course } = this;
    this.size = this.nextSize(this.size);
    const parts = this.parts();
    const turns = await Promise.all(parts.map((part) => this.turn(part)));
    for (const [index, batches] of turns.entries()) {
      const { worker, lane } = parts[index]!;
      for (const { done, run } of batches) course.add(worker.index, done, run.summary);
      for (const batch of batches) {
        // Whatever is decided here must not depend on how far the others are: they have all ended.
        const before = course.judged;
        course.judged += batch.done;
        if (!this.judge.met.sated) await this.judge.judge(batch, before);
      }
      this.settle(lane);
      await worker.tidy(batches);
      course.report();
    }
  }

  /** Schedules of each worker in the next round; none for who is not needed any more. */
  private parts(): Part[] {
    const { workers, course } = this;
    const parts: Part[] = [];
    const share = Math.ceil(course.schedulesLeft / workers.length);
    for (const worker of workers) {
      const iterations = Math.min(this.size, share, course.schedulesLeft);
      if (iterations <= 0) break;
      parts.push(this.part(worker, iterations));
    }
    return parts;
  }

  /** The processes of one worker in a round. */
  private async turn({ worker, lane, asked }: Part): Promise<Batch[]> {
    const batches: Batch[] = [];
    let left = asked.iterations;
    do {
      if (batches.length > 0) this.course.assigned += left;
      const batch = await worker.run(lane, { ...asked, ...this.judge.sampling.of(lane, left), iterations: left });
      batches.push(batch);
      left -= batch.done;
      if (batch.run.end !== 'finished' || batch.done === 0 || lane.exhausted) break;
    } while (left > 0 && batches.length < ROUND_PROCESSES && !this.course.cancelled && this.course.secondsLeft > 0);
    return batches;
  }

  /** Batches of one worker, each larger than the one before, until it is over. */
  private async alone(worker: Worker): Promise<void> {
    do {
      worker.size = this.nextSize(worker.size);
      await this.batch(worker, worker.size);
    } while (!this.course.over);
  }

  /** One process, judged at once. */
  private async batch(worker: Worker, size: number): Promise<void> {
    const { course, judge } = this;
    const before = course.tally.now;
    const { lane, asked } = this.part(worker, Math.min(size, course.schedulesLeft));
    const since = performance.now();
    const batch = await worker.run(lane, asked);
    judge.points.running += (performance.now() - since) / 1000;
    course.add(worker.index, batch.done, batch.run.summary);
    course.judged += batch.done;
    await judge.judge(batch, before);
    lane.seconds += (performance.now() - since) / 1000;
    this.settle(lane);
    await worker.tidy([batch]);
    course.report();
  }

  /** What a worker does next, of so many schedules at most. They are assigned with it. */
  private part(worker: Worker, most: number): Part {
    const { course, judge } = this;
    const lane = worker.choose();
    const { first, most: bound } = SYSTEMATIC_BATCH;
    const iterations = lane.isSystematic ? Math.min(most, lane.runs === 0 ? first : bound) : most;
    course.assigned += iterations;
    const left = Math.max(1, Math.ceil(course.secondsLeft * 1000));
    const { targets } = judge.predicted;
    const milliseconds = Math.min(left, course.counted ? SLOW_MILLISECONDS : BATCH_MILLISECONDS);
    const asked = {
      iterations,
      milliseconds,
      overrunMilliseconds: Math.max(OVERRUN.least, Math.min(left - milliseconds, OVERRUN.most)),
      maxSteps: judge.bound.steps,
      ...(judge.points.count > 0 ? { points: judge.points.all } : {}),
      ...(lane.isSteered && targets.length > 0 ? { targets: [...targets] } : {}),
      ...judge.sampling.of(lane, iterations),
    };
    return { worker, lane, asked };
  }

  /** Looks what is left to a strategy whose batch has been judged. */
  private settle(lane: Lane): void {
    const { course, judge } = this;
    const alone = lane.strategy === course.options.strategy;
    if (lane.hasAll(judge.points.count)) {
      const { interleavings, timed, drawn } = lane.systematic!;
      // Other draws may lead to other interleavings: that none of these shows anything proves nothing.
      if (!drawn) course.exhausted = { interleavings, timed };
      const all = `all ${interleavings.toLocaleString('en')} interleavings are explored`;
      // Other strategies also draw other numbers, and let time pass early, as if goroutines were slow.
      if (alone) course.early ??= drawn ? `${all} in which it draws the same random numbers` : all;
      else if (!timed && !drawn) course.early ??= all;
      else lane.over = true;
    } else if (lane.systematic?.incomplete !== undefined && !alone) {
      lane.over = true;
    } else if (alone && (lane.over || (lane.exhausted && !lane.isStale(judge.points.count)))) {
      course.early ??= `there is no schedule left that the strategy ${lane.strategy} would try`;
    }
  }

  private nextSize(size: number): number {
    const larger = Math.min(size * GROWTH, LARGEST_BATCH);
    const { counted, tally } = this.course;
    if (!counted || tally.schedules === 0) return larger;
    return Math.max(
      FIRST_BATCH,
      Math.min(larger, Math.floor((ROUND_STEPS * tally.schedules) / Math.max(1, tally.steps))),
    );
  }
}
