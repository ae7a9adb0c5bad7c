/** Where a goroutine goes round: the place that it comes by again and again. */
import type { Site } from '../../../protocol/trace';
import { eventAt, siteAt, siteIndexOf, type Trace } from '../../trace/trace';

export interface Round {
  site: Site;
  /** The last event there. */
  event: number;
  /** How often the goroutine came by. */
  times: number;
}

/**
 * The place that the goroutine of `events` came by most often after event `since`; of those as good as equal a select,
 * then the first in the file. Nothing when it came by none of the user's.
 */
export function roundOf(trace: Trace, events: readonly number[], since: number): Round | undefined {
  const rounds = new Map<number, Round>();
  for (let at = events.length - 1; at >= 0 && events[at]! > since; at--) {
    const index = siteIndexOf(trace, events[at]!);
    // The cases stand behind a select that blocks, and what wakes it is the same round.
    const { operation, phase } = eventAt(trace, events[at]!);
    const site = siteAt(trace, index);
    if (!site || site.internal || operation === 'select-case' || phase === 'wake') continue;
    const known = rounds.get(index);
    if (known) known.times++;
    else rounds.set(index, { site, event: events[at]!, times: 1 });
  }
  const most = [...rounds.values()].reduce((a, { times }) => Math.max(a, times), 0);
  const rank = ({ site }: Round): number => (site.operation === 'select' ? 0 : 1) * 1e7 + site.line;
  return [...rounds.values()].filter(({ times }) => times >= 0.9 * most).sort((a, b) => rank(a) - rank(b))[0];
}
