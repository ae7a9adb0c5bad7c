/** When the exploration of a test ends before its budget is used: more runs would tell nothing new. */
import { english, type Phrase } from '../../protocol/phrase';
import type { ProcessRun } from '../run/run';
import { FIRST_BATCH } from './batches';
import type { Course } from './course';

/** Same findings in a row after which more of them tell nothing. */
const ENOUGH_REPEATS = 20;
/** Without a new finding, before repeats count: wall seconds, or schedules where these may decide nothing. */
const QUIET = { seconds: 1, schedules: 500 };
/** A batch this large with so few interleavings has seen what there is to see. */
const SATURATED = { runs: 2_000, runsPerInterleaving: 50 };
/** The same trouble so often ends the exploration. */
const ENOUGH_STRIKES = 3;

export class Endings {
  private failing = 0;
  private repeats = 0;
  private lastNew = { seconds: 0, schedules: 0 };
  private readonly strikes = new Map<string, number>();

  constructor(private readonly course: Course) {}

  noteFailing(): void {
    this.failing++;
  }

  /** It showed nothing but what is known. */
  noteRepeat(): void {
    this.repeats++;
  }

  noteNew(): void {
    this.repeats = 0;
    this.lastNew = { seconds: this.course.seconds, schedules: this.course.schedules };
  }

  /** A process died, or cannot be explored. */
  strike(sentence: Phrase | undefined, key = sentence === undefined ? '' : english(sentence)): void {
    const { course } = this;
    if (sentence !== undefined) course.problem ??= sentence;
    const times = (this.strikes.get(key) ?? 0) + 1;
    this.strikes.set(key, times);
    if (times >= ENOUGH_STRIKES) course.early ??= 'its process dies again and again';
  }

  /** After a batch of which the traces had so many goroutines at most, of `judged` runs in all. */
  look({ summary }: ProcessRun, goroutines: number, judged: number): void {
    const { course } = this;
    if (summary?.final && summary.distinct <= 1 && goroutines <= 1 && summary.iterations >= FIRST_BATCH) {
      course.early ??= 'it has one interleaving only';
    }
    if (
      summary &&
      summary.iterations >= SATURATED.runs &&
      summary.iterations >= summary.distinct * SATURATED.runsPerInterleaving
    ) {
      course.early ??= 'its interleavings repeat';
    }
    if (course.coverage.dry) course.early ??= 'its runs show nothing new';
    const always = this.failing > judged / 2;
    if (!course.options.enough && this.repeats >= ENOUGH_REPEATS && (always || this.isQuiet()))
      course.early ??= 'it only shows known findings again';
  }

  private isQuiet(): boolean {
    const { counted, schedules, seconds } = this.course;
    return counted
      ? schedules - this.lastNew.schedules >= QUIET.schedules
      : seconds - this.lastNew.seconds >= QUIET.seconds;
  }
}
