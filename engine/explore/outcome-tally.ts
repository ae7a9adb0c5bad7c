/** Adds up what the processes of one test report: schedules run, what followed what, which places were reached. */
import type { SummaryLine } from '../../protocol/run';

export class OutcomeTally {
  /** Schedules of processes that have ended. */
  schedules = 0;
  /** Their steps. */
  steps = 0;
  /** Different outcomes of all sites. */
  different = 0;
  /** Site id → outcome → times. */
  readonly outcomes = new Map<number, Map<string, number>>();
  private readonly running = new Map<number, number>();

  /** Schedules run until now, those of running processes included. */
  get now(): number {
    let sum = this.schedules;
    for (const count of this.running.values()) sum += count;
    return sum;
  }

  /** A process of this worker is on its way. */
  progress(worker: number, summary: SummaryLine): void {
    this.running.set(worker, summary.iterations);
  }

  /** A process of this worker has ended with these cumulative numbers. */
  add(worker: number, iterations: number, summary: SummaryLine | undefined): void {
    this.running.delete(worker);
    this.schedules += iterations;
    this.steps += summary?.steps ?? 0;
    for (const [site, outcome, times] of summary?.counts ?? []) {
      const known = this.outcomes.get(site) ?? new Map<string, number>();
      if (!known.has(outcome)) this.different++;
      known.set(outcome, (known.get(outcome) ?? 0) + times);
      this.outcomes.set(site, known);
    }
  }
}
