/** All tests of a build, explored in one build or two: who has the next turn, and what all of them come to. */

import { availableParallelism } from 'node:os';
import { mergeAcrossTests } from '../../core/analyse/telling/join';
import { LEAST_SCHEDULES, LEAST_SECONDS, Spread } from '../../core/explore/spread';
import type { Finding } from '../../protocol/finding';
import { english, type Value } from '../../protocol/phrase';
import type { Build } from '../build/build';
import { fileSeenFrom, findingSeenFrom, sitesFrom } from '../run/positions';
import type { BuildSites } from '../run/schedule-sites';
import { subjectOf } from '../run/subject';
import { keepCounts } from '../store/counts';
import { removeFinding, writeFinding } from '../store/store';
import type { TestExplorationOptions } from './course';
import type { ExploreOptions } from './explore';
import type { TestExplorer } from './explore-test';
import { ExploredTest } from './explored-test';
import { countsOf } from './outcome-counts';
import { reportOf } from './report';
import { type ExploreResult, emptyResult } from './result';
import { freshSeed } from './seeds';
import { strategyOf } from './strategies';

const DEFAULT_REPLAYS = 5;

export class WholeExploration {
  private readonly begin = performance.now();
  private readonly seed: string;
  private readonly result: ExploreResult;
  private readonly tests: ExploredTest[];

  constructor(
    private readonly build: Build,
    private readonly options: ExploreOptions,
  ) {
    const { problems, seconds } = build;
    this.seed = options.seed ?? freshSeed();
    this.result = emptyResult({ problems, incomplete: problems.length > 0, build: seconds });
    if (options.shard) this.result.document.shard = options.shard;
    const { out, directory, onFinding } = options;
    const complain = (problem: Value) => this.complain(problem);
    this.tests = build.packages.flatMap((found) =>
      found.tests.map(({ name }) => new ExploredTest(found, name, { out, directory, onFinding, complain })),
    );
  }

  seconds(): number {
    return (performance.now() - this.begin) / 1000;
  }

  /** Explores every test until so many seconds have passed in all. */
  async explore(build: Build, until: number): Promise<void> {
    const { options } = this;
    const sitesOf = siteTables(build);
    const tests = this.tests.filter(({ found }) => this.packageIn(build, found.importPath));
    const packages = tests.map(({ found }) => found.importPath);
    const { perTest, spread: counts } = this.spreadOfSchedules(packages);
    const bounds = {
      all: until,
      test: options.testSeconds ?? Infinity,
      group: options.packageSeconds ?? Infinity,
    };
    const times = new Spread(packages, bounds, LEAST_SECONDS, tests.length === 1 || Number.isFinite(perTest));
    const spread = counts ?? times;
    let used = 0;
    for (;;) {
      const turn = options.signal?.aborted ? undefined : spread.next(counts ? used : this.seconds());
      const test = turn && tests[turn.test];
      if (!test || (counts && this.seconds() >= until)) break;
      const turns = () => tests.length - spread.waiting;
      const explorer =
        test.explorer ?? (await this.beginTest(build, test, { sites: sitesOf(test.found.moduleDir), turns, perTest }));
      const before = { seconds: explorer.seconds, schedules: explorer.schedules };
      const fresh = counts
        ? await explorer.explore(
            until - this.seconds(),
            Math.max(before.schedules > 0 ? 0 : 1, Math.floor(turn.amount)),
          )
        : await explorer.explore(turn.amount);
      used += explorer.schedules - before.schedules;
      const amount = counts ? explorer.schedules - before.schedules : explorer.seconds - before.seconds;
      spread.done(turn.test, amount, explorer.ended ? 'ended' : fresh ? 'new' : 'nothing');
    }
    for (const test of tests) await test.endBuild(build, sitesOf(test.found.moduleDir));
  }

  /** Bounds on schedules: of a test, and where there are others, how they are dealt out. */
  private spreadOfSchedules(packages: readonly string[]): { perTest: number; spread?: Spread } {
    const { schedules, packageSchedules, allSchedules } = this.options;
    const [test, group, all] = [schedules || Infinity, packageSchedules || Infinity, allSchedules || Infinity];
    if (group === Infinity && all === Infinity) return { perTest: test };
    const most = Math.min(all, group * new Set(packages).size);
    return {
      perTest: Math.min(test, group, all),
      spread: new Spread(packages, { all: most, test, group }, LEAST_SCHEDULES),
    };
  }

  private packageIn(build: Build, importPath: string) {
    return build.packages.find((found) => found.importPath === importPath);
  }

  private beginTest(
    build: Build,
    test: ExploredTest,
    { sites, turns, perTest }: { sites: BuildSites; turns: () => number; perTest: number },
  ): Promise<TestExplorer> {
    const { options } = this;
    const found = this.packageIn(build, test.found.importPath) ?? test.found;
    const how: TestExplorationOptions = {
      schedules: perTest,
      strategy: strategyOf(options.strategy ?? 'auto'),
      seed: this.seed,
      untilDry: options.untilDry,
      workers: options.workers || Math.max(1, availableParallelism() - 1),
      replays: options.replays ?? DEFAULT_REPLAYS,
      signal: options.signal,
      onProgress: (schedules) =>
        options.onProgress?.({
          stage: 'explore',
          package: found.importPath,
          test: test.test,
          done: turns() - 1,
          tests: this.tests.length,
          schedules,
          schedulesPerSecond: this.schedulesWith(test, schedules) / Math.max(0.001, this.seconds()),
          findings: this.tests.reduce((sum, { count }) => sum + count, 0),
          coverage: test.explorer?.coverage,
        }),
      onFinding: (finding, evidence) => test.keep(finding, evidence),
    };
    // Who gives a seed wants what it stands for, whatever was explored before.
    const fresh = options.fresh ?? options.seed !== undefined;
    return test.explore(build, subjectOf(build, found, test.test, sites), how, fresh);
  }

  /** Schedules of all tests, of which one has run so many until now. */
  private schedulesWith(running: ExploredTest, schedules: number): number {
    return this.tests.reduce((sum, test) => {
      const before = test.explorations.reduce((all, { exploration }) => all + exploration.tally.schedules, 0);
      return sum + before + (test === running ? schedules : (test.explorer?.schedules ?? 0));
    }, 0);
  }

  private complain(problem: Value): void {
    const { document, phrases } = this.result;
    const sentence = english(problem);
    if (!document.problems.includes(sentence)) document.problems.push(sentence);
    if (typeof problem === 'object') phrases.push(problem);
  }

  /** Puts what was found into the store and the result. */
  async end(): Promise<ExploreResult> {
    const { result, options } = this;
    result.cancelled = options.signal?.aborted ?? false;
    const tests = this.tests.filter(({ explorations }) => explorations.length > 0);
    const instead = new Map<string, string>();
    for (const directory of new Set(tests.map(({ store }) => store.directory))) {
      const united = await this.unite(tests.filter(({ store }) => store.directory === directory));
      result.document.findings.push(...united.findings);
      for (const [id, cause] of united.instead) instead.set(id, cause);
    }
    for (const test of tests) await this.endOne(test, instead);
    result.seconds.explore = this.seconds();
    return result;
  }

  /** What several tests of a module have shown is one finding, also in the store. */
  private async unite(tests: readonly ExploredTest[]): Promise<ReturnType<typeof mergeAcrossTests>> {
    const { result, build } = this;
    const { store, found } = tests[0]!;
    const stored = new Map<string, Finding>();
    for (const test of tests) {
      for (const finding of await test.end(!result.cancelled, build.race)) stored.set(finding.id, finding);
    }
    const own = tests.flatMap(({ known }) => known);
    const { findings, instead } = mergeAcrossTests(own, (id) => stored.get(id));
    for (const finding of findings) {
      if (JSON.stringify(finding) === JSON.stringify(stored.get(finding.id))) continue;
      const kept = await writeFinding(store, finding, {});
      if (!kept.ok) this.complain(kept.said);
    }
    for (const id of instead.keys()) await removeFinding(store, id);
    const seen = findings.map((finding) => findingSeenFrom(finding, found.moduleDir, this.options.directory));
    return { findings: seen, instead };
  }

  private async endOne(test: ExploredTest, instead: ReadonlyMap<string, string>): Promise<void> {
    const { result, build } = this;
    const { directory } = this.options;
    const { moduleDir } = test.found;
    for (const { exploration, sites } of test.explorations) {
      const counts = countsOf(exploration.tally, sites);
      const kept = await keepCounts(test.store, counts);
      if (!kept.ok) this.complain(kept.said);
      result.counts.push(
        ...counts.map((count) => ({ ...count, file: fileSeenFrom(count.file, moduleDir, directory) })),
      );
      if (exploration.problem !== undefined) result.incomplete = true;
      if (typeof exploration.problem === 'object') result.phrases.push(exploration.problem);
    }
    const report = reportOf(build, test, directory);
    const findings = [...new Set(report.findings.map((id) => instead.get(id) ?? id))];
    result.document.tests.push({ ...report, findings });
  }
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
