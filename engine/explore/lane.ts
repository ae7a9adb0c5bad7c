/** The runs that one worker makes with one strategy: which comes next, and what the strategy has learned until then. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE_FILE, type StrategyName, type SystematicProgress } from '../../protocol/run';
import type { ProcessRun } from '../run/run';
import type { LaneProgress } from '../store/progress';
import { errorCode } from '../system/attempt';

export class Lane {
  /** Number of the next schedule. */
  next = 0;
  /** Schedules run, and wall seconds of their processes and of judging them. */
  runs = 0;
  seconds = 0;
  /** It has no schedule left that it would try. */
  exhausted = false;
  /** It is of no more use. */
  over = false;
  systematic: SystematicProgress | undefined;
  /** File with what the strategy has learned, and those that judging may need still. */
  state: string | undefined;
  private readonly stale: string[] = [];
  /** Scheduling points that its state holds for. */
  private points = 0;

  /** `work`: where its files are. */
  constructor(
    readonly strategy: StrategyName,
    private readonly work: string,
  ) {}

  /** Explores all there is: what it says holds for the scheduling points that were there from the beginning. */
  get isSystematic(): boolean {
    return this.strategy === 'dpor';
  }

  /** It takes notice of targets. */
  get isSteered(): boolean {
    return this.strategy === 'auto' || this.strategy === 'steer';
  }

  /** Goes on where one of an earlier exploration ended. Throws system errors. */
  async restore({ next, state, points }: LaneProgress): Promise<void> {
    this.next = next;
    this.points = points;
    if (state === undefined) return;
    this.state = this.nameOfState();
    await writeFile(this.state, state);
  }

  async progress(): Promise<LaneProgress> {
    const { strategy, next, state, points } = this;
    return { strategy, next, points, ...(state === undefined ? {} : { state: await readFile(state, 'utf8') }) };
  }

  /** The next process has so many scheduling points: one that is systematic begins anew where these are others. */
  begin(points: number): void {
    if (this.isStale(points)) {
      this.exhausted = false;
      if (this.state !== undefined) this.stale.push(this.state);
      this.state = undefined;
    }
    this.points = points;
  }

  /** What it has learned holds for other scheduling points, so that it is about to begin anew. */
  isStale(points: number): boolean {
    return this.isSystematic && this.points !== points;
  }

  /** All that there is has been explored, with these scheduling points. */
  hasAll(points: number): boolean {
    return this.exhausted && this.points === points && this.systematic !== undefined && !this.systematic.incomplete;
  }

  /** A process has ended after so many schedules. Throws system errors. */
  async end(run: ProcessRun, done: number): Promise<void> {
    this.runs += done;
    this.exhausted = run.summary?.exhausted === true && run.summary.final;
    this.systematic = run.summary?.systematic ?? this.systematic;
    const learned = await this.learn(run);
    // A process that dies takes what it has learned with it, and the next one would do the same again.
    if (this.isSystematic && !learned) this.over = true;
  }

  /** What was needed for judging is needed no more. */
  async tidy(): Promise<void> {
    for (const file of this.stale.splice(0)) await rm(file, { force: true });
  }

  private async learn(run: ProcessRun): Promise<boolean> {
    const kept = this.nameOfState();
    try {
      await rename(join(run.out, STATE_FILE), kept);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
    if (this.state !== undefined) this.stale.push(this.state);
    this.state = kept;
    return true;
  }

  private nameOfState(): string {
    return join(this.work, `learned-${randomBytes(6).toString('hex')}.json`);
  }
}
