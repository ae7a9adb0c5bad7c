/** What was to be expected of the operations of a run. */
import type { OutcomeCount } from '../../protocol/finding';
import type { Site } from '../../protocol/trace';
import { type Distribution, distribution } from '../model/counts';
import { siteIndexOf, type Trace } from '../trace/trace';

/**
 * What is expected of the operation that an event begins, by whatever is known of it; undefined for nothing. Counts of
 * runs are one such source, a model is another.
 */
export type Expectation = (event: number) => Distribution | undefined;

const keyOf = ({
  file,
  line,
  column,
  operation,
}: Pick<OutcomeCount, 'file' | 'line' | 'column' | 'operation'>): string => `${operation} ${line} ${column} ${file}`;

/** By what all runs have shown at the same place. Linear in the sites, once; then at once for an event. */
export function byCounts(trace: Trace, counts: readonly OutcomeCount[]): Expectation {
  const known = new Map(counts.map((count) => [keyOf(count), count]));
  const countOf = (site: Site) => (site.internal ? undefined : known.get(keyOf(site)));
  const bySite = trace.header.sites.map((site) => {
    const count = countOf(site);
    return count ? distribution(count) : undefined;
  });
  return (event) => bySite[siteIndexOf(trace, event)];
}
