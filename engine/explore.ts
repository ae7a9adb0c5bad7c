/** Explores the tests of packages and stores what it finds in the `.lockstep/` of each module. */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { Finding, OutcomeCount, TestDocument, TestReport } from '../protocol/finding';
import type { StrategyName } from '../protocol/settings';
import { type Attempt, failed, succeeded } from './attempt';
import { type Build, type BuiltPackage, buildTests, disposeBuild } from './build';
import { exploreTest, type TestExploration } from './explore-test';
import type { Installation } from './installation';
import { countsOf } from './outcome-counts';
import { fileSeenFrom, findingSeenFrom, sitesFrom, uncontrolledSeenFrom } from './positions';
import type { BuildSites } from './schedule-sites';
import { freshSeed } from './seeds';
import { endExploration, keepCounts, storeOf, writeFinding } from './store';
import type { TestSubject } from './subject';
import { testFilter } from './tests-to-run';

export interface ExploreOptions {
  installation: Installation;
  /** Patterns are resolved, and files in findings are, relative to this. Absolute. */
  directory: string;
  /** As `go test` takes them. */
  patterns: string[];
  /** Only these tests of the packages: a regular expression, as in `go test -run`. */
  run?: string;
  tags?: string;
  /** Patterns of packages of other modules to control too, comma-separated. */
  dependencies?: string;
  /** Where to store instead of in `.lockstep` at the module's root. Absolute. */
  out?: string;
  /** Wall seconds for all tests together, not counting the build. */
  budgetSeconds: number;
  /** Schedules for each test at most; 0 or left out: no bound. */
  schedules?: number;
  strategy?: StrategyName;
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

/** Strategies that this version has. */
const STRATEGIES: readonly StrategyName[] = ['auto', 'random'];
const DEFAULT_REPLAYS = 5;

/** Fails only when nothing could be done at all: no Go, no module, a cache that cannot be written. */
export async function explore(options: ExploreOptions): Promise<Attempt<ExploreResult>> {
  const strategy = options.strategy ?? 'auto';
  if (!STRATEGIES.includes(strategy)) {
    return failed(`The strategy ${strategy} is not available in this version; there are ${STRATEGIES.join(' and ')}.`);
  }
  const filter = testFilter(options.run);
  if (!filter.ok) return filter;
  const built = await buildTests({
    ...options,
    wants: (_, test) => filter.value(test),
    onStep: (step) => options.onProgress?.({ stage: 'build', step }),
  });
  if (!built.ok) {
    return built.cancelled ? succeeded(emptyResult({ cancelled: true })) : built;
  }
  try {
    return succeeded(await exploreBuild(built.value, options));
  } finally {
    await disposeBuild(built.value);
  }
}

async function exploreBuild(build: Build, options: ExploreOptions): Promise<ExploreResult> {
  const { directory, signal } = options;
  const begin = performance.now();
  const result = emptyResult({ problems: build.problems, incomplete: build.problems.length > 0, build: build.seconds });
  const seed = options.seed ?? freshSeed();
  const workers = options.workers || Math.max(1, availableParallelism() - 1);
  const tests = build.packages.flatMap((found) => found.tests.map((test) => ({ found, test: test.name })));
  const sitesOf = siteTables(build);
  const findings = new Map<string, Finding>();
  let schedules = 0;

  for (const [done, { found, test }] of tests.entries()) {
    if (signal?.aborted) break;
    const store = storeOf(found.moduleDir, options.out);
    const sites = sitesOf(found.moduleDir);
    const subject: TestSubject = {
      package: found,
      test,
      work: build.work,
      environment: build.toolchain.environment,
      sites,
      sourceHash: build.document.sourceHash,
      dependencies: options.dependencies,
    };
    const complain = (problem: string) => {
      if (!result.document.problems.includes(problem)) result.document.problems.push(problem);
    };
    const left = options.budgetSeconds - (performance.now() - begin) / 1000;
    const exploration = await exploreTest(subject, {
      budget: { seconds: Math.max(left, 0.2) / (tests.length - done), schedules: options.schedules || Infinity },
      seed,
      workers,
      replays: options.replays ?? DEFAULT_REPLAYS,
      signal,
      onProgress: (now, foundNow) =>
        options.onProgress?.({
          stage: 'explore',
          package: found.importPath,
          test,
          done,
          tests: tests.length,
          schedules: now,
          schedulesPerSecond: (schedules + now) / Math.max(0.001, (performance.now() - begin) / 1000),
          findings: findings.size + foundNow,
        }),
      onFinding: async (finding, evidence) => {
        const stored = await writeFinding(store, finding, {
          schedule: evidence?.schedule,
          trace: evidence?.bytes,
        });
        if (!stored.ok) complain(stored.problem);
        options.onFinding?.(findingSeenFrom(stored.ok ? stored.value : finding, found.moduleDir, directory));
      },
    });
    schedules += exploration.tally.schedules;
    const stored = await endExploration(store, found.importPath, test, exploration.findings, signal?.aborted !== true);
    if (!stored.ok) complain(stored.problem);
    for (const finding of stored.ok ? stored.value : exploration.findings) {
      // Two tests can show the same bug; the first that did names it.
      if (!findings.has(finding.id)) findings.set(finding.id, findingSeenFrom(finding, found.moduleDir, directory));
    }
    const counts = countsOf(exploration.tally, sites);
    const kept = await keepCounts(store, counts);
    if (!kept.ok) complain(kept.problem);
    result.counts.push(
      ...counts.map((count) => ({ ...count, file: fileSeenFrom(count.file, found.moduleDir, directory) })),
    );
    result.document.tests.push(reportOf(build, found, test, exploration, sites, directory));
    if (exploration.problem !== undefined) result.incomplete = true;
  }
  result.document.findings = [...findings.values()];
  result.cancelled = signal?.aborted ?? false;
  result.seconds.explore = (performance.now() - begin) / 1000;
  return result;
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
function reportOf(
  build: Build,
  found: BuiltPackage,
  test: string,
  exploration: TestExploration,
  sites: BuildSites,
  directory: string,
): TestReport {
  const own = [...sites.values()].filter((site) => !site.internal);
  const reached = own.filter((site) => exploration.reached.has(site.id));
  const files = new Set(reached.map((site) => site.file));
  const packageDirectory = fileSeenFrom(found.dir, found.moduleDir, found.moduleDir) || '.';
  const near = own.filter((site) => files.has(site.file) || dirname(site.file) === packageDirectory);
  const report: TestReport = {
    package: found.importPath,
    test,
    schedules: exploration.tally.schedules,
    seconds: exploration.seconds,
    coverage: { sitesReached: reached.length, sites: near.length },
    findings: exploration.findings.map(({ id }) => id),
    uncontrolled: build.document.uncontrolled
      .filter((place) => {
        const file = fileSeenFrom(place.file, found.moduleDir, found.moduleDir);
        return files.has(file) || dirname(file) === packageDirectory;
      })
      .map((place) => uncontrolledSeenFrom(place, directory)),
  };
  if (exploration.problem !== undefined) report.problem = exploration.problem;
  return report;
}
