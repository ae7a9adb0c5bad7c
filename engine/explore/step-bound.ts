/** The bound on the steps of a run: tests that reach it in every run get more, and in the end are given up. */
import { type Phrase, phrase } from '../../protocol/phrase';
import type { RunLine } from '../../protocol/run';
import { MAX_STEPS } from '../run/run';

/**
 * Runs that reached the bound, and nothing else, after which one gets many more; when that does not end either, the
 * next get few, so that there can be many; and the last.
 */
const SUSPECT = 3;
const ENOUGH = 100;
const LONG = 20 * MAX_STEPS;
const SHORT = MAX_STEPS / 10;

export class StepBound {
  /** For the next batch. */
  steps = MAX_STEPS;
  /** Runs looked at. */
  judged = 0;
  private limited = 0;
  /** The largest bound that a run has reached. */
  private longest = 0;

  note({ outcome, steps }: RunLine): void {
    this.judged++;
    if (outcome === 'limit') this.noteLimited(steps);
  }

  /** A run ended because its time was over. */
  noteOverrun(steps: number): void {
    this.judged++;
    this.noteLimited(steps);
  }

  /** A process died in its run. */
  noteDeath(): void {
    this.judged++;
  }

  /** After a batch. */
  adjust(): void {
    if (this.limited < SUSPECT || !this.endless) return;
    this.steps = this.steps === MAX_STEPS ? LONG : SHORT;
  }

  get hopeless(): boolean {
    return this.limited >= ENOUGH && this.endless;
  }

  /** What to say of a test none of whose runs has ended by itself; nothing of others. */
  problemOf(test: string): Phrase | undefined {
    if (this.limited === 0 || !this.endless) return undefined;
    const [runs, steps] = [this.judged.toLocaleString('en'), this.longest.toLocaleString('en')];
    return this.judged === 1
      ? phrase`${test} did not end by itself in the one interleaving tried, within ${steps} steps.`
      : phrase`${test} did not end by itself in any of ${runs} interleavings, within ${steps} steps.`;
  }

  private noteLimited(steps: number): void {
    this.limited++;
    this.longest = Math.max(this.longest, steps);
  }

  /** No run ended by itself until now. */
  private get endless(): boolean {
    return this.limited === this.judged;
  }
}
