/** What every use of a stored finding begins with: its test, built again, and its schedule in the sites of that build. */

import type { Finding } from '../../protocol/finding';
import { type Phrase, phrase } from '../../protocol/phrase';
import type { Schedule } from '../../protocol/schedule';
import { buildTests, disposeBuild } from '../build/build';
import type { Toolchain } from '../build/toolchain';
import { sitesFrom } from '../run/positions';
import { needsRaceBuild } from '../run/race-findings';
import { type AnchoredSteps, anchorSteps } from '../run/schedule-sites';
import { subjectOf, type TestSubject } from '../run/subject';
import { findStored, readSchedule, type Store, storeOf } from '../store/store';
import { type Attempt, failed, succeeded } from '../system/attempt';
import type { Installation } from '../system/installation';

export interface StoredTestOptions {
  installation: Installation;
  /** Root of the module that has the store. Absolute. */
  moduleDirectory: string;
  /** Where the store is instead of in `.lockstep` there. Absolute. */
  out?: string;
  /** Id of a stored finding, or the path of a finding's file. */
  finding: string;
  tags?: string;
  /** For a debugger. */
  debuggable?: boolean;
  signal?: AbortSignal;
  /** As of a build. */
  onStep?: (step: Phrase) => void;
}

export interface StoredTest {
  store: Store;
  finding: Finding;
  schedule: Schedule;
  subject: TestSubject;
  /** That it was built with. */
  toolchain: Toolchain;
  anchored: AnchoredSteps;
}

type ScheduleOf = (store: Store, finding: Finding) => Promise<Attempt<Schedule>>;

/** As openStoredTest, for the time of `use`. */
export async function withStoredTest<T>(
  options: StoredTestOptions,
  use: (test: StoredTest) => Promise<Attempt<T>>,
  scheduleOf: ScheduleOf = readSchedule,
): Promise<Attempt<T>> {
  const opened = await openStoredTest(options, scheduleOf);
  if (!opened.ok) return opened;
  try {
    return await use(opened.value);
  } finally {
    await opened.value.close();
  }
}

/**
 * Fails when there is no such finding, it has no schedule, or its test cannot be built. `scheduleOf` gives another
 * schedule of the same test than the finding's own. The caller closes it when nothing of it runs any more.
 */
export async function openStoredTest(
  options: StoredTestOptions,
  scheduleOf: ScheduleOf = readSchedule,
): Promise<Attempt<StoredTest & { close: () => Promise<void> }>> {
  const store = storeOf(options.moduleDirectory, options.out);
  const found = await findStored(store, options.finding);
  if (!found.ok) return found;
  const finding = found.value;
  const read = await scheduleOf(store, finding);
  if (!read.ok) return read;
  const schedule = read.value;
  const { package: packagePath, test, dependencies } = schedule;
  const built = await buildTests({
    ...options,
    directory: options.moduleDirectory,
    patterns: [packagePath],
    dependencies,
    race: needsRaceBuild(finding),
    wants: (path, name) => path === packagePath && name === test,
  });
  if (!built.ok) return built;
  const build = built.value;
  const close = () => disposeBuild(build);
  const target = build.packages.find((it) => it.importPath === packagePath);
  if (!target) {
    await close();
    return failed(build.problems[0] ?? phrase`${packagePath} has no ${test} any more, so it cannot be replayed.`);
  }
  const sites = sitesFrom(build.document, target.moduleDir, build.toolchain.goroot);
  const subject = subjectOf(build, target, test, sites);
  const { toolchain } = build;
  return succeeded({ store, finding, schedule, subject, toolchain, anchored: anchorSteps(schedule, sites), close });
}
