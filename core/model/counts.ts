/** What happened next at a site, over many runs: counts, and the distribution they speak for. */

import type { OutcomeCount } from '../../protocol/finding';
import { english, type Phrase, phrase } from '../../protocol/phrase';
import { interval, posterior, weightOf } from './evidence';
import { priorOf } from './operations/prior';
import { siteCandidates } from './operations/site';
import { TRUST } from './operations/trust';

const siteKey = ({ file, line, column, operation }: OutcomeCount): string =>
  JSON.stringify([file, line, column, operation]);

/** Adds counts of the same site and operation together. The newest expression and labels win. Order of first sight. */
export function mergeCounts(...lists: readonly (readonly OutcomeCount[])[]): OutcomeCount[] {
  const merged = new Map<string, OutcomeCount>();
  for (const count of lists.flat()) {
    const known = merged.get(siteKey(count));
    if (!known) {
      merged.set(siteKey(count), { ...count, outcomes: { ...count.outcomes } });
      continue;
    }
    for (const [outcome, times] of Object.entries(count.outcomes)) {
      known.outcomes[outcome] = (known.outcomes[outcome] ?? 0) + times;
    }
    known.runs += count.runs;
    known.expression = count.expression;
    if (count.cases) known.cases = count.cases;
  }
  return [...merged.values()];
}

export interface OutcomeShare {
  /** As in OutcomeCount.outcomes. */
  outcome: string;
  /** `case v := <-ch`, `blocked for ever`. */
  label: string;
  said: Phrase;
  times: number;
  /** Posterior mean of a Dirichlet prior, that of the code; all shares add up to 1. */
  probability: number;
  /** Where the share in the long run lies with 95 % certainty. */
  low: number;
  high: number;
}

export interface Distribution {
  /** Most likely first. */
  shares: OutcomeShare[];
  /** Times the operation was seen; less or more than the runs, since it may stand in a loop. */
  times: number;
  runs: number;
}

const labels: Readonly<Record<string, Phrase>> = {
  default: phrase`default`,
  'at-once': phrase`goes on at once`,
  waited: phrase`waits, then goes on`,
  closed: phrase`finds the channel closed`,
  'blocked-for-ever': phrase`blocked for ever`,
  panic: phrase`panics`,
  refused: phrase`does not get the lock`,
};

/** What an outcome is called; an unknown one keeps its own word with spaces. */
export const outcomeLabel = (outcome: string, cases?: readonly string[]): string =>
  english(outcomePhrase(outcome, cases));

export function outcomePhrase(outcome: string, cases?: readonly string[]): Phrase {
  const match = /^case:(\d+)$/u.exec(outcome);
  if (!match) return labels[outcome] ?? phrase`${outcome.replaceAll('-', ' ')}`;
  const label = cases?.[Number(match[1])];
  if (label === undefined) return phrase`case ${Number(match[1]) + 1}`;
  return label === 'default' ? phrase`default` : phrase`case ${label}`;
}

/**
 * What the code says alone, when there are no counts; after many runs what these say. Negative and non-finite times count
 * as 0. Gives no shares where nothing is open.
 */
export function distribution(count: OutcomeCount): Distribution {
  const timesOf = (outcome: string): number => {
    const times = count.outcomes[outcome] ?? 0;
    return Number.isFinite(times) && times > 0 ? times : 0;
  };
  const seen = Object.keys(count.outcomes).filter((outcome) => timesOf(outcome) > 0);
  const candidates = siteCandidates(count, seen);
  const names = candidates.map(({ name }) => name);
  const counts = new Map(names.map((name) => [name, timesOf(name)]));
  const times = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const chances = posterior(priorOf(candidates), names, counts, TRUST.site.strengths[0]!);
  // What an operation does several times in one run hangs together.
  const rests = { level: times > 0 ? 0 : -1, times: Math.min(times, Math.max(count.runs, 1)) };
  const weight = weightOf(rests, TRUST.site);
  const shares = names.map((outcome, index) => ({
    outcome,
    label: outcomeLabel(outcome, count.cases),
    said: outcomePhrase(outcome, count.cases),
    times: timesOf(outcome),
    probability: chances[index]!,
    ...interval(chances[index]!, weight),
  }));
  shares.sort((a, b) => b.probability - a.probability || (a.outcome < b.outcome ? -1 : 1));
  return { shares, times, runs: count.runs };
}

/** `37 of 200 runs`, `the code alone`: what a distribution rests on. */
export function restsOn({ times, runs }: Pick<Distribution, 'times' | 'runs'>): Phrase {
  if (times === 0) return phrase`the code alone, no runs yet`;
  const number = (value: number) => value.toLocaleString('en');
  const often = times === 1 ? phrase`1 time` : phrase`${number(times)} times`;
  return runs === 1
    ? phrase`${often} in 1 run of this program`
    : phrase`${often} in ${number(runs)} runs of this program`;
}
