/** What earlier explorations have found of a test is looked at first: whether it still shows. */
import { testFunctionOf } from '../../core/analyse/telling/subtests';
import type { Finding } from '../../protocol/finding';
import { replaySteps } from '../replay/replays';
import { needsRaceBuild } from '../run/race-findings';
import { anchorSteps, conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';
import { readFindings, readSchedule, type Store, sourcesHash } from '../store/store';

export interface RecallOptions {
  /** Replays of each finding. */
  replays: number;
  workers: number;
  signal?: AbortSignal;
}

/** The stored findings of the test that were confirmed and that every replay shows again. */
export async function recalled(subject: TestSubject, store: Store, options: RecallOptions): Promise<Finding[]> {
  const { findings } = await readFindings(store);
  const shown: Finding[] = [];
  for (const finding of findings) {
    const ofTest =
      finding.package === subject.package.importPath && testFunctionOf(finding.test ?? '') === subject.test;
    if (!ofTest || finding.verdict !== 'confirmed' || needsRaceBuild(finding) !== (subject.race ?? false)) continue;
    if (await showsAgain(subject, store, finding, options)) shown.push(finding);
  }
  return shown;
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
