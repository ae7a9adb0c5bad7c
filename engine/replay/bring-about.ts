/** Runs what was predicted: the operations of its witness in their order, then those that are to meet. */
import { type OperationOrder, ordersOf, pausingSites } from '../../core/analyse/predict/order';
import { isConfirmedBy } from '../../core/analyse/predict/witnessed-findings';
import type { Trace } from '../../core/trace/trace';
import type { Finding } from '../../protocol/finding';
import type { RunConditions } from '../../protocol/schedule';
import { type Evidence, evidenceOf } from '../run/evidence';
import { removeRun, runTarget } from '../run/run';
import type { TestSubject } from '../run/subject';

export interface BroughtAbout {
  /** The run that shows it. */
  shown?: Evidence;
  /** Runs that were tried. */
  runs: number;
  /** Some run took all the operations in their order. */
  followed: boolean;
}

/**
 * Each order once: first where runs pause anyway, then also before every access and unlock, for what depends on those.
 * `trace`: the run that the prediction is from, `conditions`: those of it.
 */
export async function bringAbout(
  subject: TestSubject,
  prediction: Finding,
  trace: Trace,
  { conditions, signal }: { conditions: RunConditions; signal?: AbortSignal },
): Promise<BroughtAbout> {
  const result: BroughtAbout = { runs: 0, followed: false };
  const known = conditions.points ?? [];
  const all = [...new Set([...known, ...pausingSites(trace)])].sort((a, b) => a - b);
  for (const points of all.length > known.length ? [known, all] : [known]) {
    for (const steps of ordersOf(trace, prediction, new Set(points))) {
      if (signal?.aborted) return result;
      result.runs++;
      const { evidence, followed } = await follow(subject, steps, { ...conditions, points: [...points] }, signal);
      result.followed ||= followed;
      if (!evidence?.findings.some((finding) => isConfirmedBy(prediction, finding))) continue;
      return { ...result, shown: evidence };
    }
  }
  return result;
}

async function follow(
  subject: TestSubject,
  steps: OperationOrder,
  conditions: RunConditions,
  signal: AbortSignal | undefined,
): Promise<{ evidence?: Evidence; followed: boolean }> {
  const run = await runTarget(
    subject,
    { ...conditions, strategy: 'follow', iterations: 1, traceEvery: 1, steps },
    { signal },
  );
  try {
    const line = run.lines[0];
    if (!line || run.end === 'cancelled') return { followed: false };
    const evidence = await evidenceOf(subject, run, line);
    return { followed: line.divergedAt === undefined, ...(evidence.ok ? { evidence: evidence.value } : {}) };
  } finally {
    removeRun(run);
  }
}
