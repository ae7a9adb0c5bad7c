/** A process has died: its run once more, written as it goes, so that what it died of has a schedule. */
import { type Evidence, evidenceOf } from '../run/evidence';
import { type ProcessRun, type RunRequest, removeRun, runTarget } from '../run/run';
import type { TestSubject } from '../run/subject';

/**
 * Repeats the run that a process died in: alone at first, then with all that the process had done before it. What it
 * died of is among the findings; nothing when it does not die again.
 */
export async function relive(
  subject: TestSubject,
  run: ProcessRun,
  request: RunRequest,
  signal?: AbortSignal,
): Promise<Evidence | undefined> {
  const first = request.first ?? 0;
  const last = run.diedIn ?? first + (run.summary?.iterations ?? 0);
  const repetitions: Partial<RunRequest>[] = [{ first: last, iterations: 1 }];
  if (last > first) repetitions.push({ iterations: last - first + 1 });
  for (const repetition of repetitions) {
    if (signal?.aborted) return undefined;
    const again = await runTarget(subject, { ...request, traceEvery: 1, stream: true, ...repetition }, { signal });
    const line = again.lines.find(({ outcome }) => outcome === 'died');
    const evidence = line && (await evidenceOf(subject, again, line));
    removeRun(again);
    if (evidence?.ok && evidence.value.findings.some(({ analysis }) => analysis.name === 'process')) {
      return evidence.value;
    }
  }
  return undefined;
}
