/** Looks for other schedules that show a finding: with fewer switches, or from a fresh process. */
import { rm } from 'node:fs/promises';
import { directiveOf, itemsOf, shorten } from '../../core/explore/shorten';
import type { Finding } from '../../protocol/finding';
import { type Evidence, evidenceOf } from '../run/evidence';
import { runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';

/** Candidates tried at most. */
const CANDIDATES = 150;

/**
 * The shortest schedule found within `shortenSeconds` of wall time, with its run in a fresh process; nothing when
 * the finding does not show again in a directed run at all.
 */
export async function shortest(
  subject: TestSubject,
  finding: Finding,
  evidence: Evidence,
  { shortenSeconds, signal }: { shortenSeconds: number; signal?: AbortSignal },
): Promise<Evidence | undefined> {
  const deadline = performance.now() + shortenSeconds * 1000;
  let best: { size: number; evidence: Evidence } | undefined;
  await shorten(
    directiveOf(evidence.raw.steps),
    async (directive) => {
      if (signal?.aborted || performance.now() > deadline) return false;
      const run = await runTarget(
        subject,
        {
          strategy: 'directed',
          ...conditionsOf(evidence.raw),
          iterations: 1,
          traceEvery: 1,
          directive,
        },
        { signal },
      );
      const line = run.lines[0];
      const shown = line && run.end !== 'cancelled' ? await evidenceOf(subject, run, line) : undefined;
      await rm(run.out, { recursive: true, force: true });
      if (!shown?.ok || !shown.value.findings.some((found) => found.id === finding.id)) return false;
      const size = itemsOf(directive).length;
      if (!best || size <= best.size) best = { size, evidence: shown.value };
      return true;
    },
    CANDIDATES,
  );
  return best?.evidence;
}

/** Fresh processes tried at most. */
const FRESH_PROCESSES = 200;

/**
 * A run that shows the finding as the first of its process, by chance; nothing when none did within `shortenSeconds`.
 * The seeds follow from the one of the run that is known.
 */
export async function inFreshProcess(
  subject: TestSubject,
  finding: Finding,
  found: Evidence,
  { shortenSeconds, workers, signal }: { shortenSeconds: number; workers: number; signal?: AbortSignal },
): Promise<Evidence | undefined> {
  const deadline = performance.now() + shortenSeconds * 1000;
  let next = 0;
  let shown: Evidence | undefined;
  const worker = async () => {
    while (!shown && next < FRESH_PROCESSES && performance.now() < deadline && !signal?.aborted) {
      const run = await runTarget(
        subject,
        {
          ...conditionsOf(found.raw),
          strategy: 'random',
          first: next++,
          iterations: 1,
          traceEvery: 1,
        },
        { signal },
      );
      const line = run.lines[0];
      const evidence = line && run.end !== 'cancelled' ? await evidenceOf(subject, run, line) : undefined;
      await rm(run.out, { recursive: true, force: true });
      if (evidence?.ok && evidence.value.findings.some(({ id }) => id === finding.id)) shown ??= evidence.value;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return shown;
}
