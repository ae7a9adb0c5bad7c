/** Explores the tests of packages and stores what it finds in the `.lockstep/` of each module. */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { Shard } from '../../core/explore/shard';
import type { Finding, OutcomeCount, TestDocument, TestReport } from '../../protocol/finding';
import type { RaceMode, StrategyChoice } from '../../protocol/settings';
import { type Build, type BuildRequest, type BuiltPackage, buildTests, disposeBuild } from '../build/build';
import type { Evidence } from '../run/evidence';
import { fileSeenFrom, findingSeenFrom, sitesFrom, uncontrolledSeenFrom } from '../run/positions';
import { needsRaceBuild } from '../run/race-findings';
import type { BuildSites } from '../run/schedule-sites';
import { subjectOf, type TestSubject } from '../run/subject';
import { endExploration, keepCounts, type Store, storeOf, writeFinding } from '../store/store';
import { type Attempt, succeeded } from '../system/attempt';
import type { Installation } from '../system/installation';
import { exploreTest, type TestExploration } from './explore-test';
import { countsOf } from './outcome-counts';
import { LEAST_BUDGET, prepareRaceBuild, RACE_SHARE, secondsForRaces } from './race-judge';
import { freshSeed } from './seeds';
import { strategyOf } from './strategies';
import { testFilter } from './tests-to-run';

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
  /** Schedules for each test at most; 0 or left out: no bound. */
  schedules?: number;
  /** `auto` when left out. */
  strategy?: StrategyChoice;
  /**
   * Whether Go's race detector judges the runs: all of them, none, or a share where that costs little (`auto`, the
   * default).
   */
  race?: RaceMode;
  /** Decimal u64. With the same seed, workers and number of schedules the same schedules run. */
  seed?: string;
  /** Processes at once; 0 or left out: one fewer than there are cores. */
  workers?: number;
  /** Times a finding is replayed before it is confirmed. */
  replays?: number;
  /** Ends the exploration early; what was found until then is in the result. */
  signal?: AbortSignal;
  onProgress?: (progress: ExploreProgress) => void;
  /** Called with each finding as soon as it is known, and again when it has been replayed. */
  onFinding?: (finding: Finding) => void;
}

export type ExploreProgress =
  | { stage: 'build'; step: string }
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
    };

export interface ExploreResult {
  /** Files relative to options.directory. */
  document: TestDocument;
  /** What followed what, in the sites of the tests explored. Files relative to options.directory. */
  counts: OutcomeCount[];
  cancelled: boolean;
  /** Some package or test could not be explored: document.problems says why. */
  incomplete: boolean;
  seconds: Build['seconds'] & { explore: number };
}

const DEFAULT_REPLAYS = 5;

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

/** One test, and what its explorations gave until now. */
interface Explored {
  found: BuiltPackage;
  test: string;
  store: Store;
  /** In each build that it was explored with, the plain one first. */
  explorations: { exploration: TestExploration; sites: BuildSites }[];
  /** Nobody ended it before its time. */
  whole: boolean;
  /** As stored, by id. */
  stored: Map<string, Finding>;
}

async function exploreBuild(build: Build, options: ExploreOptions, request: BuildRequest): Promise<ExploreResult> {
  const { signal } = options;
  const race = (options.race ?? 'auto') === 'auto' && options.budgetSeconds >= LEAST_BUDGET && !options.schedules;
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

/** All tests of a build, explored in one build or two. */
class WholeExploration {
  private readonly begin = performance.now();
  private readonly seed: string;
  private readonly result: ExploreResult;
  private readonly explored = new Map<string, Explored>();
  private schedules = 0;

  constructor(
    private readonly build: Build,
    private readonly options: ExploreOptions,
  ) {
    const { problems, seconds } = build;
    this.seed = options.seed ?? freshSeed();
    this.result = emptyResult({ problems, incomplete: problems.length > 0, build: seconds });
    if (options.shard) this.result.document.shard = options.shard;
  }

  seconds(): number {
    return (performance.now() - this.begin) / 1000;
  }

  /** Explores every test until so many seconds have passed in all. */
  async explore(build: Build, until: number): Promise<void> {
    const tests = build.packages.flatMap((found) => found.tests.map((test) => ({ found, test: test.name })));
    const sitesOf = siteTables(build);
    for (const [done, { found, test }] of tests.entries()) {
      if (this.options.signal?.aborted) break;
      const seconds = Math.max(until - this.seconds(), 0.2) / (tests.length - done);
      const sites = sitesOf(found.moduleDir);
      await this.exploreOne(subjectOf(build, found, test, sites), seconds, { done, tests: tests.length });
    }
  }

  private async exploreOne(
    subject: TestSubject,
    seconds: number,
    count: { done: number; tests: number },
  ): Promise<void> {
    const { options } = this;
    const { package: found, test, sites } = subject;
    const key = `${found.importPath} ${test}`;
    const explored = this.explored.get(key) ?? {
      found,
      test,
      store: storeOf(found.moduleDir, options.out),
      explorations: [],
      whole: true,
      stored: new Map<string, Finding>(),
    };
    this.explored.set(key, explored);
    const known = explored.explorations.at(-1)?.exploration.findings;
    const others = [...this.explored.values()].filter((other) => other !== explored);
    const before = others.reduce(
      (sum, { explorations }) => sum + (explorations.at(-1)?.exploration.findings.length ?? 0),
      0,
    );
    const exploration = await exploreTest(subject, {
      budget: { seconds, schedules: options.schedules || Infinity },
      strategy: strategyOf(options.strategy ?? 'auto'),
      seed: this.seed,
      ...(known ? { known } : {}),
      workers: options.workers || Math.max(1, availableParallelism() - 1),
      replays: options.replays ?? DEFAULT_REPLAYS,
      signal: options.signal,
      onProgress: (now, foundNow) =>
        options.onProgress?.({
          stage: 'explore',
          package: found.importPath,
          test,
          ...count,
          schedules: now,
          schedulesPerSecond: (this.schedules + now) / Math.max(0.001, this.seconds()),
          findings: before + foundNow,
        }),
      onFinding: (finding, evidence) => this.keep(explored, finding, evidence),
    });
    this.schedules += exploration.tally.schedules;
    explored.explorations.push({ exploration, sites });
    explored.whole &&= options.signal?.aborted !== true;
  }

  private async keep(explored: Explored, finding: Finding, evidence: Evidence | undefined): Promise<void> {
    const { store, found, stored } = explored;
    const { schedule, trace } = stored.get(finding.id) ?? {};
    const kept = await writeFinding(
      store,
      { ...(schedule ? { schedule } : {}), ...(trace ? { trace } : {}), ...finding },
      { schedule: evidence?.schedule, trace: evidence?.bytes },
    );
    if (!kept.ok) this.complain(kept.problem);
    const told = kept.ok ? kept.value : finding;
    stored.set(finding.id, told);
    this.options.onFinding?.(findingSeenFrom(told, found.moduleDir, this.options.directory));
  }

  private complain(problem: string): void {
    const { problems } = this.result.document;
    if (!problems.includes(problem)) problems.push(problem);
  }

  /** Puts what was found into the store and the result. */
  async end(): Promise<ExploreResult> {
    const { result, options } = this;
    const findings = new Map<string, Finding>();
    for (const explored of this.explored.values()) await this.endOne(explored, findings);
    result.document.findings = [...findings.values()];
    result.cancelled = options.signal?.aborted ?? false;
    result.seconds.explore = this.seconds();
    return result;
  }

  private async endOne(explored: Explored, findings: Map<string, Finding>): Promise<void> {
    const { result, build } = this;
    const { directory } = this.options;
    const { found, test, store, explorations, whole } = explored;
    const met = explorations.at(-1)?.exploration.findings ?? [];
    const judged = build.race || explorations.length > 1;
    const stored = await endExploration(
      store,
      found.importPath,
      test,
      met,
      whole,
      (old) => judged || !needsRaceBuild(old),
    );
    if (!stored.ok) this.complain(stored.problem);
    for (const finding of stored.ok ? stored.value : met) {
      // Two tests can show the same bug; the first that did names it.
      if (!findings.has(finding.id)) findings.set(finding.id, findingSeenFrom(finding, found.moduleDir, directory));
    }
    for (const { exploration, sites } of explorations) {
      const counts = countsOf(exploration.tally, sites);
      const kept = await keepCounts(store, counts);
      if (!kept.ok) this.complain(kept.problem);
      result.counts.push(
        ...counts.map((count) => ({ ...count, file: fileSeenFrom(count.file, found.moduleDir, directory) })),
      );
      if (exploration.problem !== undefined) result.incomplete = true;
    }
    result.document.tests.push(reportOf(build, explored, directory));
  }
}

function emptyResult(parts: {
  problems?: string[];
  incomplete?: boolean;
  cancelled?: boolean;
  build?: Build['seconds'];
}): ExploreResult {
  return {
    document: { version: 1, findings: [], tests: [], problems: [...(parts.problems ?? [])] },
    counts: [],
    cancelled: parts.cancelled ?? false,
    incomplete: parts.incomplete ?? false,
    seconds: { toolchain: 0, tracer: 0, rewrite: 0, compile: 0, ...parts.build, explore: 0 },
  };
}

/** Site tables by module root, each made once. */
function siteTables(build: Build): (module: string) => BuildSites {
  const tables = new Map<string, BuildSites>();
  return (module) => {
    const table = tables.get(module) ?? sitesFrom(build.document, module, build.toolchain.goroot);
    tables.set(module, table);
    return table;
  };
}

/** Coverage counts the places of the test's package and of every file that the test reached. */
function reportOf(build: Build, { found, test, explorations }: Explored, directory: string): TestReport {
  const [plain] = explorations;
  const sites = plain?.sites ?? new Map();
  const own = [...sites.values()].filter((site) => !site.internal);
  const reached = own.filter((site) => plain?.exploration.reached.has(site.id));
  const files = new Set(reached.map((site) => site.file));
  const packageDirectory = fileSeenFrom(found.dir, found.moduleDir, found.moduleDir) || '.';
  const near = own.filter((site) => files.has(site.file) || dirname(site.file) === packageDirectory);
  const report: TestReport = {
    package: found.importPath,
    test,
    schedules: explorations.reduce((sum, { exploration }) => sum + exploration.tally.schedules, 0),
    seconds: explorations.reduce((sum, { exploration }) => sum + exploration.seconds, 0),
    coverage: { sitesReached: reached.length, sites: near.length },
    findings: explorations.at(-1)?.exploration.findings.map(({ id }) => id) ?? [],
    uncontrolled: build.document.uncontrolled
      .filter((place) => {
        const file = fileSeenFrom(place.file, found.moduleDir, found.moduleDir);
        return files.has(file) || dirname(file) === packageDirectory;
      })
      .map((place) => uncontrolledSeenFrom(place, directory)),
  };
  const problem = explorations.find(({ exploration }) => exploration.problem !== undefined)?.exploration.problem;
  if (problem !== undefined) report.problem = problem;
  return report;
}
