/** Which runs are traced although they passed: fewer, the more of the time goes to judging their traces. */
import type { Course } from './course';
import type { Lane } from './lane';

/** Runs of a batch whose traces are judged although they passed. */
const SAMPLES = 48;
/** And so many from the beginning of each process: where many runs leak it ends long before its next sample. */
const FIRST = 8;
/** Share of the time that judging may take before fewer traces are sampled. */
const MOST_JUDGING = 0.4;
/** In place of the time where that may decide nothing: a step that is judged takes about as long as so many that run. */
const STEPS_PER_JUDGED_STEP = 8;
const MOST_THINNING = 1 << 16;
/** Before that nothing is thinned: wall seconds, or steps. */
const UNTHINNED = { seconds: 1, steps: 1_000_000 };

export class Sampling {
  private thinning = 1;
  private seconds = 0;
  private steps = 0;

  constructor(private readonly course: Course) {}

  /** For a batch of so many runs. Who claims to have explored all there is must have looked at each. */
  of({ isSystematic }: Lane, iterations: number): { traceEvery: number; traceFirst: number } {
    if (isSystematic) return { traceEvery: 1, traceFirst: 0 };
    return {
      traceEvery: Math.max(1, Math.ceil(iterations / SAMPLES) * this.thinning),
      traceFirst: Math.floor(FIRST / this.thinning),
    };
  }

  /** So much judging was done: wall seconds, and steps of the runs judged. */
  note(seconds: number, steps: number): void {
    this.seconds += seconds;
    this.steps += steps;
    if (this.isTooMuch()) this.thinning = Math.min(this.thinning * 2, MOST_THINNING);
  }

  private isTooMuch(): boolean {
    const { counted, tally, seconds } = this.course;
    if (!counted) return seconds > UNTHINNED.seconds && this.seconds > MOST_JUDGING * seconds;
    const judging = this.steps * STEPS_PER_JUDGED_STEP;
    return tally.steps > UNTHINNED.steps && judging > MOST_JUDGING * (judging + tally.steps);
  }
}
