/**
 * Makes the most of a finding: the same again from a fresh process, then the shortest schedule that still shows
 * it, then strict replays of that one. Only what every replay shows is confirmed.
 */
import type { Finding } from '../protocol/finding';
import type { Evidence } from './evidence';
import { type ReplayTally, replaySteps } from './replays';
import { shortest } from './shorten';
import type { TestSubject } from './subject';

export interface Confirmation {
  /** With its verdict and with stats.preemptions, .replays and .replayed. */
  finding: Finding;
  evidence: Evidence;
}

export interface ConfirmOptions {
  /** Strict replays. */
  replays: number;
  workers: number;
  /** Wall seconds that shortening may take. */
  shortenSeconds: number;
  signal?: AbortSignal;
}

/** Never fails: what cannot be confirmed comes back as it was, with the count of replays that showed it. */
export async function confirm(
  subject: TestSubject,
  found: Finding,
  evidence: Evidence,
  options: ConfirmOptions,
): Promise<Confirmation> {
  const shorter = await shortest(subject, found, evidence, options);
  let tried = shorter ?? evidence;
  let tally = await strictly(subject, found, tried, options);
  if (shorter && tally.reproduced < tally.times && !tally.cancelled) {
    // The short one does not hold; the one it was found with may.
    const original = await strictly(subject, found, evidence, options);
    if (original.reproduced >= tally.reproduced) {
      tried = evidence;
      tally = original;
    }
  }
  const shown = tried.findings.find((one) => one.id === found.id) ?? found;
  const steady = tally.times > 0 && tally.reproduced === tally.times;
  const finding: Finding = {
    ...shown,
    verdict: steady ? 'confirmed' : found.verdict,
    stats: {
      schedules: 0,
      firstAt: 0,
      seconds: 0,
      ...found.stats,
      preemptions: tried.raw.preemptions,
      replays: tally.times,
      replayed: tally.reproduced,
    },
  };
  if (!steady && tally.divergence) {
    finding.explanation = [
      ...finding.explanation,
      `Replaying it showed it ${tally.reproduced} of ${tally.times} times: ${tally.divergence.why}.`,
    ];
  }
  return { finding, evidence: tried };
}

function strictly(
  subject: TestSubject,
  finding: Finding,
  { raw }: Evidence,
  { replays, workers, signal }: ConfirmOptions,
): Promise<ReplayTally> {
  return replaySteps(subject, finding, {
    steps: raw.steps,
    seed: raw.seed,
    epoch: raw.epoch,
    times: replays,
    workers,
    stopAtMiss: true,
    signal,
  });
}
