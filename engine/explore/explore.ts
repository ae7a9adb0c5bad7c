/** Explores the tests of packages and stores what it finds in the `.lockstep/` of each module. */

import type { Shard } from '../../core/explore/shard';
import type { Finding } from '../../protocol/finding';
import type { Phrase } from '../../protocol/phrase';
import type { CoverageCounts } from '../../protocol/run';
import type { RaceMode, StrategyChoice } from '../../protocol/settings';
import { type Build, type BuildRequest, buildTests, disposeBuild } from '../build/build';
import { type Attempt, succeeded } from '../system/attempt';
import type { Installation } from '../system/installation';
import { LEAST_BUDGET, prepareRaceBuild, RACE_SHARE, secondsForRaces } from './race-judge';
import { type ExploreResult, emptyResult } from './result';
import { testFilter } from './tests-to-run';
import { WholeExploration } from './whole';

export interface ExploreOptions {
  installation: Installation;
  /** Patterns are resolved, and files in findings are, relative to this. Absolute. */
  directory: string;
  /** As `go test` takes them. */
  patterns: string[];
  /** Only these tests of the packages: a regular expression, as in `go test -run`. */
  run?: string;
  /** Of those tests only the ones of this shard. */
  shard?: Shard;
  tags?: string;
  /** Patterns of packages of other modules to control too, comma-separated. */
  dependencies?: string;
  /** Where to store instead of in `.lockstep` at the module's root. Absolute. */
  out?: string;
  /** Wall seconds for all tests together, not counting the build. */
  budgetSeconds: number;
  /** Wall seconds for each test at most; left out: no bound of its own. */
  testSeconds?: number;
  /** Wall seconds for the tests of each package at most; left out: no bound of their own. */
  packageSeconds?: number;
  /** Schedules for each test at most; 0 or left out: no bound. */
  schedules?: number;
  /** The same for the tests of each package, and for all tests together. */
  packageSchedules?: number;
  allSchedules?: number;
  /** `auto` when left out. */
  strategy?: StrategyChoice;
  /** A test ends when its runs show hardly anything new. */
  untilDry?: boolean;
  /**
   * Whether Go's race detector judges the runs: all of them, none, or a share where that costs little (`auto`, the
   * default).
   */
  race?: RaceMode;
  /** Decimal u64. With the same seed, workers and number of schedules the same schedules run. */
  seed?: string;
  /** Start over, whatever earlier explorations of the same build have tried; when left out: if there is a seed. */
  fresh?: boolean;
  /** Processes at once; 0 or left out: one fewer than there are cores. */
  workers?: number;
  /** Times a finding is replayed before it is confirmed. */
  replays?: number;
  /** Ends the exploration early; what was found until then is in the result. */
  signal?: AbortSignal;
  onProgress?: (progress: ExploreProgress) => void;
  /** What is done otherwise than the user's settings ask for. */
  onNotice?: (sentence: string) => void;
  /** Called with each finding as soon as it is known, and again when it has been replayed. */
  onFinding?: (finding: Finding) => void;
}

export type ExploreProgress =
  | { stage: 'build'; step: Phrase }
  | {
      stage: 'explore';
      package: string;
      test: string;
      /** Tests done, of all. */
      done: number;
      tests: number;
      /** Schedules run in this test until now. */
      schedules: number;
      /** Over the whole exploration until now. */
      schedulesPerSecond: number;
      findings: number;
      /** What the schedules of this test have shown. */
      coverage: CoverageCounts | undefined;
    };

/** Fails only when nothing could be done at all: no Go, no module, a cache that cannot be written. */
export async function explore(options: ExploreOptions): Promise<Attempt<ExploreResult>> {
  const filter = testFilter(options.run);
  if (!filter.ok) return filter;
  const request: BuildRequest = {
    ...options,
    race: options.race === 'on',
    wants: (_, test) => filter.value(test),
    onStep: (step) => options.onProgress?.({ stage: 'build', step }),
  };
  const built = await buildTests(request);
  if (!built.ok) {
    return built.cancelled ? succeeded(emptyResult({ cancelled: true })) : built;
  }
  try {
    return succeeded(await exploreBuild(built.value, options, request));
  } finally {
    await disposeBuild(built.value);
  }
}

/** Schedules bound it. */
const isCounted = ({ schedules, packageSchedules, allSchedules }: ExploreOptions): boolean =>
  (schedules || packageSchedules || allSchedules || 0) > 0;

async function exploreBuild(build: Build, options: ExploreOptions, request: BuildRequest): Promise<ExploreResult> {
  const { signal } = options;
  const race = (options.race ?? 'auto') === 'auto' && options.budgetSeconds >= LEAST_BUDGET && !isCounted(options);
  const judge = race && build.packages.length > 0 ? prepareRaceBuild(request) : undefined;
  try {
    const whole = new WholeExploration(build, options);
    await whole.explore(build, judge ? options.budgetSeconds * (1 - RACE_SHARE) : options.budgetSeconds);
    const seconds = secondsForRaces(whole.seconds(), options.budgetSeconds);
    const judged = signal?.aborted ? undefined : await judge?.ready(seconds);
    if (judged) await whole.explore(judged, Math.min(options.budgetSeconds, whole.seconds() + seconds));
    return await whole.end();
  } finally {
    await judge?.dispose();
  }
}
