/**
 * Livelock: the run reached its bound on steps although nobody waited for anything that could still come, and for half
 * of it everybody who ran went round in circles. That is no proof, because a loop may count. So the engine reports it
 * only when other interleavings of the test end after a small part of these steps (engine/explore/livelocks.ts).
 */

import type { Finding } from '../../../protocol/finding';
import { capitalised, joined, phrase } from '../../../protocol/phrase';
import { eventAt, type Trace, timeOf } from '../../trace/trace';
import {
  type Analysis,
  findingOf,
  identityOf,
  isWhole,
  pathOf,
  type Subject,
  siteFrom,
  startedSite,
  type TellingSite,
} from '../analysis';
import { startedInternally } from '../facts/history';
import { explain, wordingOf } from '../telling/explain';
import { at, goroutineName, waitClause, waitRole } from '../telling/wording';
import { knownCycles } from './known-cycles';
import { type Round, roundOf } from './rounds';

export const livelock: Analysis = { name: 'livelock', sound: false, run: livelocks };

/** Events of the second half at least, and of each goroutine that runs in it: fewer may be slow, not circular. */
const MANY = 2_000;
const SHARE = 200;
/** Virtual time after which `go test` itself gives a test up, in nanoseconds. */
const TEST_TIMEOUT = 600e9;

function livelocks(subject: Subject): Finding[] {
  const { trace } = subject;
  const { header, count } = trace;
  if (header.outcome !== 'limit' || header.returned || header.early || header.foreign || !isWhole(trace)) return [];
  const half = count >> 1;
  if (count - half < MANY || !circular(trace, half) || !timeless(subject, half)) return [];
  if (knownCycles(subject).length > 0) return [];
  const running = shares(subject, half);
  return running === undefined || running.length === 0 ? [] : [livelockFinding(subject, half, running)];
}

/** Since `half` no goroutine began or ended, and none came to a place where it had not been before. */
function circular(trace: Trace, half: number): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < trace.count; index++) {
    const { operation, goroutine, site } = eventAt(trace, index);
    if (operation === 'fire' || operation === 'clock') continue;
    const life = operation === 'go' || operation === 'start' || operation === 'end';
    const key = `${goroutine} ${site} ${operation}`;
    if (index >= half && (life || !seen.has(key))) return false;
    seen.add(key);
  }
  return true;
}

/** No timer could end it: none is set that has not fired, or so much time has passed that the test would be given up. */
function timeless({ trace, graph }: Subject, half: number): boolean {
  if (trace.count > 0 && timeOf(trace, trace.count - 1) - timeOf(trace, half) > TEST_TIMEOUT) return true;
  if (graph.waits.some(({ operation }) => operation === 'sleep')) return false;
  const pending = new Set<number>();
  for (let index = 0; index < trace.count; index++) {
    const { operation, object, argument } = eventAt(trace, index);
    if (operation === 'fire') {
      if (index >= half) return false;
      pending.delete(object);
    } else if (operation === 'timer') {
      if (argument === TIMER_STOPPED) pending.delete(object);
      else pending.add(object);
    }
  }
  return pending.size === 0;
}

const TIMER_STOPPED = 3;

/**
 * The goroutines that ran since `half`, when each had its share; undefined when one had little or none of it although
 * it could have run: then it was the scheduler that held it up.
 */
function shares({ trace, history, end }: Subject, half: number): number[] | undefined {
  const running: number[] = [];
  for (const [goroutine, { status }] of end.goroutines.entries()) {
    if (status === 'unborn' || status === 'ended' || status === 'panicked') continue;
    if (startedInternally(trace, history, goroutine)) continue;
    const events = history.events[goroutine] ?? [];
    // Pre-sorted: the number from the first that is not before `half`.
    let low = 0;
    for (let high = events.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (events[middle]! < half) low = middle + 1;
      else high = middle;
    }
    const since = events.length - low;
    if (since === 0 && status === 'blocked') continue;
    if (since < SHARE) return undefined;
    running.push(goroutine);
  }
  return running;
}

function livelockFinding(subject: Subject, half: number, running: readonly number[]): Finding {
  const wording = wordingOf(subject);
  const rounds = running.flatMap((goroutine): (Round & { goroutine: number })[] => {
    const round = roundOf(subject.trace, subject.history.events[goroutine] ?? [], half);
    return round ? [{ ...round, goroutine }] : [];
  });
  const waits = subject.graph.waits.filter(({ goroutine }) => !running.includes(goroutine));
  const told = rounds
    .slice(0, 3)
    .map(({ goroutine, event }) => phrase`${goroutineName(wording, goroutine)}${at(wording, event)}`);
  const all = capitalised(joined(told));
  const who = rounds.length > told.length ? phrase`${all} and ${rounds.length - told.length} more` : all;
  const blocked = waits.map((wait) => {
    const { held } = subject.end.goroutines[wait.goroutine]!;
    return phrase`${capitalised(waitClause(wording, wait, held))} all the while.`;
  });
  return findingOf(subject, livelock, {
    kind: 'livelock',
    message:
      rounds.length === 1
        ? phrase`${who} goes round and round without getting anywhere`
        : phrase`${who} go round and round without getting anywhere`,
    explanation: [
      ...explain(
        subject,
        rounds.slice(0, 3).flatMap(({ goroutine }) => subject.history.startedBy[goroutine] ?? -1),
      ),
      phrase`For its last ${(subject.trace.count - half).toLocaleString('en')} events nobody came to a place where it had not been before, and no goroutine began or ended; each that could run did.`,
      ...rounds
        .slice(0, 3)
        .map(
          ({ goroutine, site, times, event }) =>
            phrase`${capitalised(goroutineName(wording, goroutine))} came by ${times} times${at(wording, event)}: ${site.operation}.`,
        ),
      ...blocked.slice(0, 3),
    ],
    sites: [
      ...rounds.map(({ site, goroutine }) =>
        siteFrom(site, phrase`goes round here`, site.operation, pathOf(subject.trace, goroutine)),
      ),
      ...waits.flatMap((wait): TellingSite[] => {
        const event = eventAt(subject.trace, wait.event);
        const site = subject.trace.header.sites[event.site];
        return site && !site.internal
          ? [siteFrom(site, waitRole(wait.operation), wait.operation, pathOf(subject.trace, wait.goroutine))]
          : [];
      }),
      ...rounds.flatMap(({ goroutine }) => startedSite(subject, goroutine)),
    ],
    identity: rounds.flatMap(({ event }) => identityOf(subject, event, 'livelock')),
  });
}
