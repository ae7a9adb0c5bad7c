/** What the parts of the exploration of one test share: its bounds, its clock, its counts, and how it stands. */

import type { Exhausted, Finding } from '../../protocol/finding';
import type { Value } from '../../protocol/phrase';
import type { StrategyName, SummaryLine } from '../../protocol/run';
import type { Evidence } from '../run/evidence';
import type { TestSubject } from '../run/subject';
import { Coverage } from './coverage';
import { OutcomeTally } from './outcome-tally';

export interface TestExplorationOptions {
  /** Schedules at most; Infinity for no bound. */
  schedules: number;
  strategy: StrategyName;
  /** Decimal u64. */
  seed: string;
  workers: number;
  replays: number;
  /** Where virtual time begins in all runs: decimal nanoseconds. Left out: at the start of their process. */
  epoch?: string;
  /** The exploration ends when its runs show hardly anything new; without, when they show nothing new at all. */
  untilDry?: boolean;
  /** What an earlier exploration of the test found. */
  known?: readonly Finding[];
  /** The exploration ends with the first finding that this accepts, once it has been replayed. */
  enough?: (finding: Finding) => boolean;
  signal?: AbortSignal;
  onProgress?: (schedules: number, findings: number) => void;
  /** A finding is new, or has been replayed. */
  onFinding?: (finding: Finding, evidence: Evidence | undefined) => Promise<void>;
}

export class Course {
  readonly tally = new OutcomeTally();
  readonly coverage = new Coverage(this);
  /** Ids of the sites that were seen in a trace. */
  readonly seen = new Set<number>();
  /** One sentence when the test could not be explored. */
  problem: Value | undefined;
  /** Why it ends before its budget is used. */
  early: string | undefined;
  /** All interleavings are explored. */
  exhausted: Exhausted | undefined;
  /** Schedules of batches that have been judged or are being judged. */
  judged = 0;
  /** Schedules that have run, run now or are about to. */
  assigned = 0;
  /** Findings until now. */
  found = 0;
  /** Wall seconds and schedules that it may take in all, as far as that is known now. */
  allotted = 0;
  allottedSchedules = 0;
  private spent = 0;
  private begun: number | undefined;

  constructor(
    readonly subject: TestSubject,
    readonly options: TestExplorationOptions,
  ) {}

  /**
   * Its schedules bound it. Then no decision looks at a clock, so that the same seed, workers and schedules give the
   * same exploration; wall time only ends what would never end.
   */
  get counted(): boolean {
    return Number.isFinite(this.options.schedules);
  }

  /** Begins a turn of so many wall seconds, and schedules at most. */
  begin(seconds: number, schedules: number): void {
    this.allotted = this.spent + seconds;
    this.allottedSchedules = Math.min(this.options.schedules, this.assigned + schedules);
    this.begun = performance.now();
  }

  /** Ends the turn. */
  pause(): void {
    this.spent = this.seconds;
    this.begun = undefined;
  }

  /** Wall seconds of all turns until now. */
  get seconds(): number {
    return this.spent + (this.begun === undefined ? 0 : (performance.now() - this.begun) / 1000);
  }

  get secondsLeft(): number {
    return this.allotted - this.seconds;
  }

  /** Of the turn. */
  get schedulesLeft(): number {
    return this.allottedSchedules - this.assigned;
  }

  /** Schedules run until now; of one that is counted, those of batches that have been judged or are being judged. */
  get schedules(): number {
    return this.counted ? this.judged : this.tally.now;
  }

  get cancelled(): boolean {
    return this.options.signal?.aborted === true;
  }

  /** A process of a worker has ended after so many schedules. */
  add(worker: number, schedules: number, summary: SummaryLine | undefined): void {
    this.tally.add(worker, schedules, summary);
    this.coverage.note(worker, summary);
  }

  report(): void {
    this.options.onProgress?.(this.tally.now, this.found);
  }

  /** More time would not be used. */
  get ended(): boolean {
    return this.early !== undefined || this.cancelled || this.assigned >= this.options.schedules;
  }

  /** The turn, or all of it. */
  get over(): boolean {
    return this.ended || this.secondsLeft <= 0 || this.schedulesLeft <= 0;
  }
}
