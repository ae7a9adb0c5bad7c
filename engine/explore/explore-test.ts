/**
 * Explores one test: workers run process after process, each a batch of schedules, and every run that failed or whose
 * trace was sampled is judged. It ends with its time or schedules, or early when more would tell nothing new.
 */

import { mergeByCause } from '../../core/analyse/telling/also-seen';
import type { Exhausted, Finding } from '../../protocol/finding';
import type { Value } from '../../protocol/phrase';
import type { CoverageCounts } from '../../protocol/run';
import type { TestSubject } from '../run/subject';
import type { Progress } from '../store/progress';
import { Course, type TestExplorationOptions } from './course';
import { Judge } from './judge';
import type { OutcomeTally } from './outcome-tally';
import { Rounds } from './rounds';

export interface TestExploration {
  findings: Finding[];
  tally: OutcomeTally;
  /** Ids of the sites that were seen in a trace or a count. */
  reached: ReadonlySet<number>;
  coverage: CoverageCounts | undefined;
  /** Wall seconds. */
  seconds: number;
  problem?: Value;
  /** Why it ended before its budget was used. */
  early?: string;
  exhausted?: Exhausted;
}

export class TestExplorer {
  private readonly course: Course;
  private readonly judge: Judge;
  private readonly rounds: Rounds;

  constructor(subject: TestSubject, options: TestExplorationOptions) {
    this.course = new Course(subject, options);
    this.judge = new Judge(this.course);
    this.rounds = new Rounds(this.course, this.judge);
  }

  /** Explores for so many wall seconds or schedules, going on where it was. True when that has shown something new. */
  async explore(seconds: number, schedules = Infinity): Promise<boolean> {
    const { course } = this;
    const before = this.behaviours;
    course.begin(seconds, schedules);
    await this.rounds.run();
    course.pause();
    return this.behaviours > before;
  }

  /** Goes on where an earlier exploration of the same build ended. Before the first turn; throws system errors. */
  async restore({ points, targets, workers }: Pick<Progress, 'points' | 'targets' | 'workers'>): Promise<void> {
    this.judge.points.add(points);
    this.judge.predicted.restore(targets);
    await this.rounds.restore(workers);
  }

  /** Where it has come to. */
  async progress(): Promise<Pick<Progress, 'strategy' | 'seed' | 'schedules' | 'points' | 'targets' | 'workers'>> {
    const { strategy, seed } = this.course.options;
    const workers = await this.rounds.progress();
    const { points, predicted } = this.judge;
    return { strategy, seed, schedules: this.schedules, points: points.all, targets: predicted.targets, workers };
  }

  /** More time would not be used. */
  get ended(): boolean {
    return this.course.ended;
  }

  /** Findings until now. */
  get found(): number {
    return this.course.found;
  }

  get seconds(): number {
    return this.course.seconds;
  }

  get schedules(): number {
    return this.course.tally.schedules;
  }

  /** What it came to. */
  async end(): Promise<TestExploration> {
    const { course, judge } = this;
    course.problem ??= judge.bound.problemOf(course.subject.test);
    await judge.met.tellAlways();
    await judge.met.tellPredicted(judge.predicted.unconfirmed(judge.met.all));
    const { tally, seen, seconds, problem, early, coverage, exhausted } = course;
    return {
      findings: mergeByCause(judge.met.all),
      tally,
      reached: new Set([...seen, ...tally.outcomes.keys()]),
      coverage: coverage.counts,
      seconds,
      problem,
      early,
      exhausted,
    };
  }

  get coverage(): CoverageCounts | undefined {
    return this.course.coverage.counts;
  }

  /** Orderings are not among them: most tests show new ones for ever. */
  private get behaviours(): number {
    const { pairs = 0, states = 0 } = this.coverage ?? {};
    return pairs + states + this.course.tally.different + this.course.found;
  }
}
