/**
 * Whether a run that went round in circles until its bound on steps is a livelock: when the test can end, and does so
 * in a small part of these steps. A test that is long in every interleaving is just long.
 */
import { livelock } from '../../core/analyse/waiting/livelock';
import type { Finding } from '../../protocol/finding';
import type { RunLine } from '../../protocol/run';
import { type Evidence, evidenceOf } from '../run/evidence';
import { removeRun, runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';

/** The bound is so many times as long as a run that ended. */
const FAR = 10;
/** Steps in which circles show, for a schedule that people can look through. */
const ENOUGH_STEPS = 5_000;

export interface Suspect {
  finding: Finding;
  evidence: Evidence;
  firstAt: number;
  steps: number;
}

export class Livelocks {
  private readonly suspects = new Map<string, Suspect>();
  /** Steps of the longest run that ended by itself; those of others are not known one by one. */
  private ended: number | undefined;

  /** Takes note of how a run ended. */
  note({ outcome, steps, early }: RunLine): void {
    if (outcome === 'limit' || outcome === 'hang' || outcome === 'died' || outcome === 'diverged' || early) return;
    this.ended = Math.max(this.ended ?? 0, steps);
  }

  /** Keeps back what is not certain yet. */
  take(suspect: Suspect): void {
    if (!this.suspects.has(suspect.finding.id)) this.suspects.set(suspect.finding.id, suspect);
  }

  /** Those that are livelocks as far as is known now; they are given once. */
  certain(): Suspect[] {
    const { ended } = this;
    if (ended === undefined) return [];
    const certain = [...this.suspects.values()].filter(({ steps }) => ended * FAR <= steps);
    for (const { finding } of certain) this.suspects.delete(finding.id);
    return certain;
  }
}

/**
 * The same run with as small a bound as shows that it goes round in circles; the one given when a smaller one does not.
 */
export async function cutShort(
  subject: TestSubject,
  { finding, evidence, steps }: Suspect,
  signal?: AbortSignal,
): Promise<Evidence> {
  const { raw } = evidence;
  for (let bound = ENOUGH_STEPS; bound < steps && !signal?.aborted; bound *= 4) {
    const run = await runTarget(
      subject,
      {
        ...conditionsOf(raw),
        strategy: 'replay',
        steps: raw.steps.slice(0, bound),
        maxSteps: bound,
        iterations: 1,
        traceEvery: 1,
      },
      { signal },
    );
    const line = run.lines[0];
    const shown = line && run.end !== 'cancelled' ? await evidenceOf(subject, run, line) : undefined;
    removeRun(run);
    if (shown?.ok && shown.value.findings.some(({ id }) => id === finding.id)) return shown.value;
  }
  return evidence;
}

export const isLivelock = ({ analysis }: Finding): boolean => analysis.name === livelock.name;
