/**
 * What a program's own runs say of what comes next: counts of what followed in like situations, from the vague to the
 * exact. Each level starts from what the level before it believes, as if it had seen that as often as its strength says
 * (a hierarchical Dirichlet model: MacKay & Peto, Natural Language Engineering 1995), and the first from a model's
 * distribution. So the first runs change little, many runs decide.
 */

/** What was seen of the most exact likeness that was seen at all. */
export interface Seen {
  /** Among the likenesses; -1: none was seen. */
  level: number;
  times: number;
  counts: ReadonlyMap<string, number>;
}

const NOTHING: Seen = { level: -1, times: 0, counts: new Map() };

export class Evidence {
  private readonly counts = new Map<string, Map<string, number>>();

  /** `happened` is the name of a candidate. Likenesses go from the vague to the exact. */
  add(likenesses: readonly string[], happened: string, times = 1): void {
    for (const [level, key] of likenesses.entries()) {
      const name = `${level} ${key}`;
      let counts = this.counts.get(name);
      if (!counts) {
        counts = new Map();
        this.counts.set(name, counts);
      }
      counts.set(happened, (counts.get(happened) ?? 0) + times);
    }
  }

  seen(likenesses: readonly string[]): Seen {
    for (let level = likenesses.length - 1; level >= 0; level--) {
      const counts = this.counts.get(`${level} ${likenesses[level]}`);
      if (counts) return { level, times: sum(counts.values()), counts };
    }
    return NOTHING;
  }

  /** What was seen at each level. */
  levels(likenesses: readonly string[]): Level[] {
    return likenesses.map((key, level) => this.counts.get(`${level} ${key}`));
  }
}

export type Level = ReadonlyMap<string, number> | undefined;

/** Probabilities of the candidates, from those of a model. What has probability 0 there keeps it: it cannot happen. */
export function update(
  prior: readonly number[],
  candidates: readonly string[],
  levels: readonly Level[],
  strengths: readonly number[],
): number[] {
  let chances = [...prior];
  for (const [level, counts] of levels.entries()) {
    if (counts) chances = posterior(chances, candidates, counts, strengths[level] ?? 1);
  }
  return chances;
}

/** The mean of a Dirichlet distribution that knew `prior` as if seen `strength` times, after these counts. */
export function posterior(
  prior: readonly number[],
  candidates: readonly string[],
  counts: ReadonlyMap<string, number>,
  strength: number,
): number[] {
  const times = candidates.map((name, index) => (prior[index] === 0 ? 0 : (counts.get(name) ?? 0)));
  const total = sum(times) + strength;
  return prior.map((chance, index) => (times[index]! + strength * chance) / total);
}

const sum = (numbers: Iterable<number>): number => {
  let all = 0;
  for (const number of numbers) all += number;
  return all;
};

/** z for 95 %. */
const Z = 1.96;

/**
 * Where a share lies with 95 % certainty that was `share` of `total`, which need not be whole (Wilson, JASA 1927). Of a
 * posterior mean and what it rests on it is near the credible interval of its beta distribution of the highest density,
 * which reaches 0 where less than one was expected, and 1 where less than one was not.
 */
export function interval(share: number, total: number): { low: number; high: number } {
  if (total <= 0) return { low: 0, high: 1 };
  const middle = share + (Z * Z) / (2 * total);
  const spread = Z * Math.sqrt((share * (1 - share)) / total + (Z * Z) / (4 * total * total));
  const scale = 1 + (Z * Z) / total;
  return {
    low: share * total <= 1 ? 0 : Math.max(0, (middle - spread) / scale),
    high: (1 - share) * total <= 1 ? 1 : Math.min(1, (middle + spread) / scale),
  };
}

/** How much evidence counts. */
export interface Trust {
  /** Times that a level of likeness counts what the level before it believes; the first what the model says. */
  strengths: readonly number[];
  /**
   * Observations of this very situation that a prediction is worth at most: without evidence, then by the most exact
   * likeness that was seen, since situations that are alike differ still.
   */
  worth: readonly number[];
}

/** What a prediction rests on, as a number of observations of this very situation. */
export function weightOf({ level, times }: Pick<Seen, 'level' | 'times'>, { strengths, worth }: Trust): number {
  const most = worth[level + 1] ?? 1;
  return level < 0 ? most : 1 / (1 / (times + (strengths[level] ?? 1)) + 1 / most);
}
