/**
 * How the time of an exploration, or its schedules, are spread over its tests: a short pass over all of them, then more
 * for those that still show something new. What a test does not use, because it has ended, goes to those that come after
 * it. Amounts are wall seconds or schedules.
 */

export interface Bounds {
  /** For all tests together; Infinity for no bound. */
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
/** A turn shorter than this starts a process and little more. */
export const LEAST_SECONDS = 0.2;
export const LEAST_SCHEDULES = 16;

interface Test {
  group: string;
  used: number;
  fresh: boolean;
  ended: boolean;
}

export class Spread {
  private readonly tests: Test[];
  private pass = -1;
  private queue: number[] = [];
  /** Where this pass ends, from the beginning. */
  private passEnds = 0;

  /**
   * `groups`: of each test. `least`: of a turn. `once`: something else bounds the tests, so that there is one pass, and
   * this is there only to end what would take it from all others.
   */
  constructor(
    groups: readonly string[],
    private readonly bounds: Bounds,
    private readonly least = LEAST_SECONDS,
    private readonly once = groups.length === 1,
  ) {
    this.tests = groups.map((group) => ({ group, used: 0, fresh: true, ended: false }));
  }

  /** Tests that have a turn in this pass still to come. */
  get waiting(): number {
    return this.queue.length;
  }

  /** The next turn, when so much is used in all; nothing when there is no more or every test has ended. */
  next(passed: number): { test: number; amount: number } | undefined {
    while (this.queue.length === 0) if (!this.begin(passed)) return undefined;
    const index = this.queue.shift()!;
    const weights = [index, ...this.queue].reduce((sum, at) => sum + this.weight(at), 0);
    const left = Math.max(this.least, this.passEnds - passed);
    const fair = this.weight(index) / weights;
    const share = left * (this.once ? Math.max(fair, MOST) : fair);
    return { test: index, amount: Math.min(share, this.room(index)) };
  }

  /** A turn took so much. */
  done(index: number, used: number, came: Yield): void {
    const test = this.tests[index]!;
    test.used += used;
    test.ended = came === 'ended';
    test.fresh = came === 'new';
  }

  /** The next pass, if there is one. The first is over all tests, whatever there is. */
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

  /** What its own bounds leave a test. */
  private room(index: number): number {
    const { group, used } = this.tests[index]!;
    const ofGroup = this.tests.reduce((sum, other) => (other.group === group ? sum + other.used : sum), 0);
    return Math.min(this.bounds.test - used, this.bounds.group - ofGroup);
  }
}
