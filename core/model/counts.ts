/** What happened next at a site, over many runs: counts, and the distribution they speak for. */
import type { OutcomeCount } from '../../protocol/finding';
import type { Operation } from '../../protocol/trace';

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

/**
 * Weight of each possible outcome before anything was seen: a symmetric Dirichlet prior with 1/2 (Jeffreys), so that
 * what was not seen in a few runs is not called impossible.
 */
export const PRIOR = 0.5;

export interface OutcomeShare {
  /** As in OutcomeCount.outcomes. */
  outcome: string;
  /** `case v := <-ch`, `blocked for ever`. */
  label: string;
  times: number;
  /** Posterior mean; all shares add up to 1. */
  probability: number;
  /** 95 % interval for the share in the long run (Wilson, JASA 1927), from the times alone. */
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

const labels: Readonly<Record<string, string>> = {
  default: 'default',
  'at-once': 'goes on at once',
  waited: 'waits, then goes on',
  closed: 'finds the channel closed',
  'blocked-for-ever': 'blocked for ever',
};

/** What an outcome is called; an unknown one keeps its own word with spaces. */
export function outcomeLabel(outcome: string, cases?: readonly string[]): string {
  const match = /^case:(\d+)$/u.exec(outcome);
  if (!match) return labels[outcome] ?? outcome.replaceAll('-', ' ');
  const label = cases?.[Number(match[1])];
  if (label === undefined) return `case ${Number(match[1]) + 1}`;
  return label === 'default' ? label : `case ${label}`;
}

const MAY_WAIT: ReadonlySet<string> = new Set<Operation>([
  'send',
  'receive',
  'select',
  'lock',
  'rlock',
  'wg-wait',
  'cond-wait',
]);

/** A select may take any of its cases, and what waits may wait for ever, also if no run has shown it yet. */
function possibleOutcomes({ operation, outcomes, cases }: OutcomeCount): string[] {
  const ofCases = (cases ?? []).map((label, index) => (label === 'default' ? 'default' : `case:${index}`));
  const seen = Object.keys(outcomes);
  const mayWait =
    seen.length > 0 && MAY_WAIT.has(operation) && !ofCases.includes('default') && !('default' in outcomes);
  return [...new Set([...ofCases, ...seen, ...(mayWait ? ['blocked-for-ever'] : [])])];
}

function wilson(times: number, total: number): { low: number; high: number } {
  if (total === 0) return { low: 0, high: 1 };
  const z = 1.96;
  const share = times / total;
  const middle = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  const scale = 1 + (z * z) / total;
  return { low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}

/** Negative and non-finite times count as 0. An empty count gives no shares. */
export function distribution(count: OutcomeCount): Distribution {
  const possible = possibleOutcomes(count);
  const timesOf = (outcome: string): number => {
    const times = count.outcomes[outcome] ?? 0;
    return Number.isFinite(times) && times > 0 ? times : 0;
  };
  const times = possible.reduce((sum, outcome) => sum + timesOf(outcome), 0);
  const shares = possible.map((outcome) => ({
    outcome,
    label: outcomeLabel(outcome, count.cases),
    times: timesOf(outcome),
    probability: (timesOf(outcome) + PRIOR) / (times + PRIOR * possible.length),
    ...wilson(timesOf(outcome), times),
  }));
  shares.sort((a, b) => b.probability - a.probability || (a.outcome < b.outcome ? -1 : 1));
  return { shares, times, runs: count.runs };
}
