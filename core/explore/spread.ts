/**
 * How the time of an exploration is spread over its tests: a short pass over all of them, then more for those that
 * still show something new. What a test does not use, because it has ended, goes to those that come after it.
 */

export interface TimeBounds {
  /** Wall seconds for all tests together; Infinity for no bound. */
  all: number;
  /** For each test at most; Infinity for no bound. */
  test: number;
  /** For the tests of one group, such as a package, at most; Infinity for no bound. */
  group: number;
}

/** What came of a turn: the test has ended, or it showed something new, or nothing. */
export type Yield = 'ended' | 'new' | 'nothing';

/** Share of what is left for each pass over more than one test. */
const PASSES = [0.3, 0.5, 1];
/** In one pass only: share of what is left that a test may take, where its part would be less. */
const MOST = 1 / 2;
/** What a test gets that showed nothing new, of what others get. */
const STALE = 1 / 4;
/** A turn shorter than this, in seconds, starts a process and little more. */
const LEAST = 0.2;

interface Test {
  group: string;
  seconds: number;
  fresh: boolean;
  ended: boolean;
}

export class Spread {
  private readonly tests: Test[];
  private pass = -1;
  private queue: number[] = [];
  /** Where this pass ends, in seconds from the beginning. */
  private passEnds = 0;

  /**
   * `groups`: of each test. `once`: something else than time bounds the tests, so that there is one pass, and time is
   * there only to end what would take it from all others.
   */
  constructor(
    groups: readonly string[],
    private readonly bounds: TimeBounds,
    private readonly once = groups.length === 1,
  ) {
    this.tests = groups.map((group) => ({ group, seconds: 0, fresh: true, ended: false }));
  }

  /** Tests that have a turn in this pass still to come. */
  get waiting(): number {
    return this.queue.length;
  }

  /** The next turn, when so many seconds have passed in all; nothing when time is over or every test has ended. */
  next(passed: number): { test: number; seconds: number } | undefined {
    while (this.queue.length === 0) if (!this.begin(passed)) return undefined;
    const index = this.queue.shift()!;
    const weights = [index, ...this.queue].reduce((sum, at) => sum + this.weight(at), 0);
    const left = Math.max(LEAST, this.passEnds - passed);
    const fair = this.weight(index) / weights;
    const share = left * (this.once ? Math.max(fair, MOST) : fair);
    return { test: index, seconds: Math.min(share, this.room(index)) };
  }

  /** A turn took so long. */
  done(index: number, seconds: number, came: Yield): void {
    const test = this.tests[index]!;
    test.seconds += seconds;
    test.ended = came === 'ended';
    test.fresh = came === 'new';
  }

  /** The next pass, if there is one. The first is over all tests, whatever the time. */
  private begin(passed: number): boolean {
    this.pass = this.pass < 0 && this.once ? PASSES.length - 1 : this.pass + 1;
    const share = PASSES[this.pass];
    if (share === undefined || (!this.once && this.pass > 0 && passed >= this.bounds.all)) return false;
    this.passEnds = passed + (this.bounds.all - passed) * share;
    const live = this.tests.map((_, at) => at).filter((at) => !this.tests[at]!.ended && this.room(at) > 0);
    this.queue = live.sort((a, b) => this.weight(b) - this.weight(a) || a - b);
    return true;
  }

  private weight(index: number): number {
    return this.tests[index]!.fresh ? 1 : STALE;
  }

  /** Seconds that its own bounds leave a test. */
  private room(index: number): number {
    const { group, seconds } = this.tests[index]!;
    const ofGroup = this.tests.reduce((sum, other) => (other.group === group ? sum + other.seconds : sum), 0);
    return Math.min(this.bounds.test - seconds, this.bounds.group - ofGroup);
  }
}
