/** What earlier explorations have found of a test is looked at first: whether it still shows. */
import { testFunctionOf } from '../../core/analyse/telling/subtests';
import type { Finding } from '../../protocol/finding';
import { replaySteps } from '../replay/replays';
import { needsRaceBuild } from '../run/race-findings';
import { anchorSteps, conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';
import { sourcesHash } from '../store/hashes';
import { readFindings, readSchedule, type Store } from '../store/store';

export interface RecallOptions {
  /** Replays of each finding. */
  replays: number;
  workers: number;
  signal?: AbortSignal;
}

export interface Recall {
  /** What every replay shows again. */
  shown: Finding[];
  /** The test has shown a finding that a replay does not show now: its schedule is of another test, or does not suffice. */
  isPartial: boolean;
}

/** Looks at the stored findings that were confirmed and that the test has shown, it first or another. */
export async function recall(subject: TestSubject, store: Store, options: RecallOptions): Promise<Recall> {
  const { findings } = await readFindings(store);
  const recalled: Recall = { shown: [], isPartial: false };
  for (const finding of findings) {
    const { package: path, verdict, test, alsoSeen = [] } = finding;
    const isOf = (name: string | undefined) => testFunctionOf(name ?? '') === subject.test;
    if (path !== subject.package.importPath || !(isOf(test) || alsoSeen.some((view) => isOf(view.test)))) continue;
    if (verdict !== 'confirmed' || needsRaceBuild(finding) !== (subject.race ?? false)) continue;
    if (await showsAgain(subject, store, finding, options)) recalled.shown.push(finding);
    else recalled.isPartial = true;
  }
  return recalled;
}

async function showsAgain(
  subject: TestSubject,
  store: Store,
  finding: Finding,
  { replays, workers, signal }: RecallOptions,
): Promise<boolean> {
  const schedule = await readSchedule(store, finding);
  if (!schedule.ok || signal?.aborted) return false;
  if (schedule.value.sourceHash !== (await sourcesHash(store, finding, schedule.value))) return false;
  const { steps, points } = anchorSteps(schedule.value, subject.sites);
  const conditions = { ...conditionsOf(schedule.value), points };
  const tally = await replaySteps(subject, finding, {
    ...{ steps, conditions, times: replays, workers, signal },
    ...{ wholly: true, stopAtMiss: true },
  });
  return tally.times === replays && tally.reproduced === replays;
}
