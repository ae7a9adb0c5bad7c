/**
 * Goroutines that go round and round after the test has returned. Nothing says that one of them would not end one day,
 * but the run was stopped because the steps since then reached their bound.
 */

import type { Finding } from '../../../protocol/finding';
import { capitalised, phrase } from '../../../protocol/phrase';
import { place } from '../../trace/names';
import { operationOf } from '../../trace/trace';
import {
  type Analysis,
  findingOf,
  isWhole,
  pathOf,
  type Subject,
  siteFrom,
  startedSite,
  testGoroutine,
} from '../analysis';
import { startedInternally, startSite } from '../facts/history';
import { explain, wordingOf } from '../telling/explain';
import { goroutineName } from '../telling/wording';
import { type Round, roundOf } from './rounds';

export const stillRunning: Analysis = { name: 'still-running', sound: false, run: runaways };

/** Events after the test's end from which on a goroutine is no longer just about to end. */
const MANY = 500;

function runaways(subject: Subject): Finding[] {
  const { trace, history, end } = subject;
  if (trace.header.outcome !== 'limit' || !trace.header.returned || !isWhole(trace)) return [];
  const own = history.events[testGoroutine(trace)] ?? [];
  const returned = own.findLast((event) => operationOf(trace, event) === 'test-end');
  if (returned === undefined) return [];
  const told = new Set<string>();
  return history.events.flatMap((events, goroutine) => {
    const { status } = end.goroutines[goroutine]!;
    if (status === 'ended' || status === 'panicked' || startedInternally(trace, history, goroutine)) return [];
    if (events.length < MANY || events[events.length - MANY]! < returned) return [];
    const round = roundOf(trace, events, returned);
    if (!round) return [];
    // What it does most often differs by a step from run to run; where it was started does not.
    const { file, line, function: name } = startSite(trace, history, goroutine) ?? round.site;
    const key = `${file}:${line}`;
    if (told.has(key)) return [];
    told.add(key);
    const identity = [{ file, line, function: name, operation: 'still-running' }];
    return [runawayFinding(subject, { goroutine, returned, ...round, identity })];
  });
}

function runawayFinding(
  subject: Subject,
  of: Round & { goroutine: number; returned: number; identity: Parameters<typeof findingOf>[2]['identity'] },
): Finding {
  const { site, times, goroutine } = of;
  const name = capitalised(goroutineName(wordingOf(subject), goroutine));
  const where = `${place(site)} (${site.operation})`;
  return findingOf(subject, stillRunning, {
    kind: 'goroutine-leak',
    message: phrase`${name} still runs long after the test has returned: it goes round at ${where}`,
    explanation: [
      ...explain(subject, [subject.history.startedBy[goroutine] ?? -1, of.returned]),
      phrase`After that it came by ${where} ${times} times and had not ended when the run was stopped.`,
    ],
    sites: [
      siteFrom(
        site,
        phrase`goes round here after the test has returned`,
        site.operation,
        pathOf(subject.trace, goroutine),
      ),
      ...startedSite(subject, goroutine),
    ],
    identity: of.identity,
  });
}
