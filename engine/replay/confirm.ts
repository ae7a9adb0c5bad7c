/**
 * Makes the most of a finding: the same again from a fresh process, then the shortest schedule that still shows
 * it, then strict replays of that one. Only what every replay shows is confirmed.
 */

import { withSentences } from '../../core/analyse/telling/phrases';
import type { Finding } from '../../protocol/finding';
import { type Phrase, phrase } from '../../protocol/phrase';
import { type Evidence, withStacks } from '../run/evidence';
import { conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';
import { LEAK_PROFILE, secondWitness } from './leak-profile';
import { type ReplayTally, replaySteps } from './replays';
import { inFreshProcess, shortest } from './shorten';

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
  /** Called after each process of the shortening with the number of candidates it has tried. */
  onTried?: (candidates: number) => void;
}

/** Whether a sentence of an explanation is of the replays and not of the run. */
export const isOfReplays = (sentence: string): boolean =>
  ['A replay showed something else', 'Replaying it showed it', LEAK_PROFILE].some((beginning) =>
    sentence.startsWith(beginning),
  );

/** Never fails: what cannot be confirmed comes back as it was, with the count of replays that showed it. */
export async function confirm(
  subject: TestSubject,
  found: Finding,
  evidence: Evidence,
  options: ConfirmOptions,
): Promise<Confirmation> {
  let best = await shortAndStrict(subject, found, evidence, options);
  if (!isSteady(best) && !options.signal?.aborted) {
    // It was met in a process that had run the test before; what such runs leave behind may have been part of it.
    const cold = await inFreshProcess(subject, found, evidence, options);
    const again = cold && (await shortAndStrict(subject, found, cold, options));
    if (again && again.tally.reproduced > best.tally.reproduced) best = again;
  }
  const { tried, tally } = best;
  const shown = tried.findings.find((one) => one.id === found.id) ?? found;
  const finding: Finding = {
    ...shown,
    // Where code that is not instrumented took part, it may have ordered what looks unordered.
    verdict: isSteady(best) && !(shown.kind === 'data-race' && shown.foreign) ? 'confirmed' : found.verdict,
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
  const sentences: Phrase[] = [];
  if (!isSteady(best) && tally.instead !== undefined)
    sentences.push(phrase`A replay showed something else: ${tally.instead}.`);
  if (!isSteady(best) && tally.divergence) {
    const { reproduced, times, divergence } = tally;
    sentences.push(phrase`Replaying it showed it ${reproduced} of ${times} times: ${divergence.why}.`);
  }
  const witness = options.signal?.aborted ? undefined : await secondWitness(subject, finding, tried, options.signal);
  if (witness !== undefined) sentences.push(witness);
  return { finding: withSentences(finding, ...sentences), evidence: withStacks(tried, tally.evidence) };
}

interface Attempted {
  tried: Evidence;
  tally: ReplayTally;
}

function isSteady({ tally }: Attempted): boolean {
  return tally.times > 0 && tally.reproduced === tally.times;
}

/** Shortens and replays; the schedule given is replayed itself where the short one does not hold. */
async function shortAndStrict(
  subject: TestSubject,
  found: Finding,
  evidence: Evidence,
  options: ConfirmOptions,
): Promise<Attempted> {
  for (const alone of [false, true]) {
    const shorter = await shortest(subject, found, evidence, { ...options, alone });
    if (!shorter) break;
    const short = { tried: shorter.evidence, tally: await strictly(subject, found, shorter.evidence, options) };
    if (isSteady(short)) return short;
    // What candidates before it had left behind may have been part of it.
    if (!shorter.warm || options.signal?.aborted) break;
  }
  return { tried: evidence, tally: await strictly(subject, found, evidence, options) };
}

function strictly(
  subject: TestSubject,
  finding: Finding,
  evidence: Evidence,
  { replays, workers, signal }: ConfirmOptions,
): Promise<ReplayTally> {
  return replaySteps(subject, finding, {
    steps: evidence.raw.steps,
    conditions: conditionsOf(evidence.raw),
    times: replays,
    workers,
    stopAtMiss: true,
    signal,
  });
}
