/** One test of an exploration: what it is explored with, in each build, and what is stored of it. */

import { isSmaller } from '../../core/explore/shorten';
import type { Finding } from '../../protocol/finding';
import type { Value } from '../../protocol/phrase';
import type { Schedule } from '../../protocol/schedule';
import type { Build, BuiltPackage } from '../build/build';
import type { Evidence } from '../run/evidence';
import { findingSeenFrom } from '../run/positions';
import { needsRaceBuild } from '../run/race-findings';
import type { BuildSites } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';
import { readProgress, writeProgress } from '../store/progress';
import { endExploration, readSchedule, type Store, storeOf, writeFinding } from '../store/store';
import type { TestExplorationOptions } from './course';
import { type TestExploration, TestExplorer } from './explore-test';
import { recall } from './recall';

export interface ExploredTestOptions {
  /** Where to store instead of in `.lockstep` at the module's root. Absolute. */
  out: string | undefined;
  /** Files in findings are told relative to this. Absolute. */
  directory: string;
  onFinding: ((finding: Finding) => void) | undefined;
  complain: (problem: Value) => void;
}

export class ExploredTest {
  readonly store: Store;
  /** In each build that it was explored with, the plain one first. */
  readonly explorations: { exploration: TestExploration; sites: BuildSites }[] = [];
  /** In the present build. */
  explorer: TestExplorer | undefined;
  /** Schedules that earlier explorations of the same build have run. */
  earlier = 0;
  /** As stored, by id. */
  private readonly stored = new Map<string, Finding>();
  /** What a fresh exploration found stored, and what still shows: it may have the smaller schedule. By id. */
  private readonly before = new Map<string, Finding>();

  constructor(
    readonly found: BuiltPackage,
    readonly test: string,
    private readonly options: ExploredTestOptions,
  ) {
    this.store = storeOf(found.moduleDir, options.out);
  }

  /** What it was found to have, in the builds before the present one. */
  get known(): readonly Finding[] {
    return this.explorations.at(-1)?.exploration.findings ?? [];
  }

  /** Findings until now. */
  get count(): number {
    return this.explorer?.found ?? this.known.length;
  }

  /** Explores it in this build, going on where an earlier exploration ended unless it is to be `fresh`. */
  async explore(
    build: Build,
    subject: TestSubject,
    options: TestExplorationOptions,
    fresh: boolean,
  ): Promise<TestExplorer> {
    const { content, race } = build;
    const { strategy } = options;
    const { shown, isPartial } =
      this.known.length > 0 ? { shown: [], isPartial: false } : await recall(subject, this.store, options);
    // Where it would go on it has been at what is not known of it now: that is to be found again.
    const begins = fresh || isPartial;
    const earlier = begins ? undefined : await readProgress(this.store, this.key(race), { content, strategy });
    if (fresh) for (const finding of shown) this.before.set(finding.id, finding);
    const known = fresh || this.known.length > 0 ? this.known : shown;
    const seed = earlier?.seed ?? options.seed;
    const explorer = new TestExplorer(subject, { ...options, seed, known });
    if (earlier) await explorer.restore(earlier);
    this.earlier += earlier?.schedules ?? 0;
    this.explorer = explorer;
    return explorer;
  }

  private async keepProgress({ content, race }: Build, explorer: TestExplorer): Promise<void> {
    const progress = await explorer.progress();
    const schedules = progress.schedules + this.earlier;
    const kept = await writeProgress(this.store, this.key(race), { ...progress, content, schedules });
    if (!kept.ok) this.options.complain(kept.said);
  }

  private key(race: boolean): string {
    return `${this.found.importPath} ${this.test}${race ? ' with -race' : ''}`;
  }

  async keep(finding: Finding, evidence: Evidence | undefined): Promise<void> {
    const { store, found, stored, options } = this;
    const smaller = evidence && (await this.smallerThan(finding, evidence.schedule));
    if (smaller) {
      stored.set(finding.id, smaller);
      options.onFinding?.(findingSeenFrom(smaller, found.moduleDir, options.directory));
      return;
    }
    const { schedule, trace } = stored.get(finding.id) ?? {};
    const kept = await writeFinding(
      store,
      { ...(schedule ? { schedule } : {}), ...(trace ? { trace } : {}), ...finding },
      { schedule: evidence?.schedule, trace: evidence?.bytes },
    );
    if (!kept.ok) options.complain(kept.said);
    const told = kept.ok ? kept.value : finding;
    stored.set(finding.id, told);
    options.onFinding?.(findingSeenFrom(told, found.moduleDir, options.directory));
  }

  /** The finding as an earlier exploration stored it, if that has the smaller schedule. */
  private async smallerThan({ id, verdict }: Finding, schedule: Schedule | undefined): Promise<Finding | undefined> {
    const old = this.before.get(id);
    if (!old || !schedule || verdict !== 'confirmed') return undefined;
    const kept = await readSchedule(this.store, old);
    return kept.ok && isSmaller(kept.value, schedule) ? old : undefined;
  }

  /** The present build is done with. */
  async endBuild(build: Build, sites: BuildSites): Promise<void> {
    if (!this.explorer) return;
    await this.keepProgress(build, this.explorer);
    this.explorations.push({ exploration: await this.explorer.end(), sites });
    this.explorer = undefined;
  }

  /** Its findings as stored, when it was explored to its end or not. `race`: in a race build. */
  async end(whole: boolean, race: boolean): Promise<Finding[]> {
    const { found, test, store, known, options } = this;
    const judged = race || this.explorations.length > 1;
    const mayRemove = (old: Finding) => judged || !needsRaceBuild(old);
    const stored = await endExploration(store, found.importPath, test, [...known], whole, mayRemove);
    if (!stored.ok) options.complain(stored.said);
    return stored.ok ? stored.value : [...known];
  }
}
