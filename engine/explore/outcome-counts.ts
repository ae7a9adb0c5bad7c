/** What followed what at each place, from the numbers of test processes. */
import type { OutcomeCount } from '../../protocol/finding';
import type { BuildSites } from '../run/schedule-sites';
import type { OutcomeTally } from './outcome-tally';

/** One entry for each place of the user's code that was reached, ordered by position. */
export function countsOf(tally: OutcomeTally, sites: BuildSites): OutcomeCount[] {
  const counts: OutcomeCount[] = [];
  for (const [id, outcomes] of tally.outcomes) {
    const site = sites.get(id);
    if (!site || site.internal) continue;
    const { file, line, column, operation, expression, cases } = site;
    const count = { file, line, column, operation, expression, outcomes: Object.fromEntries(outcomes) };
    counts.push({ ...count, ...(cases ? { cases } : {}), runs: tally.schedules });
  }
  return counts.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
}
