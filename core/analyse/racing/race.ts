/** Data races of a trace, told with the locks held at each of the two accesses. */

import type { Finding, FindingKind } from '../../../protocol/finding';
import { capitalised, joined, type Phrase, phrase } from '../../../protocol/phrase';
import type { Operation } from '../../../protocol/trace';
import { eventAt, siteAt, type Trace } from '../../trace/trace';
import { type Analysis, eventSite, findingOf, identityOf, type Subject, startedSite } from '../analysis';
import { advance, type HeldLock, initialState } from '../facts/state';
import { mergeViews } from '../telling/also-seen';
import { explain, wordingOf } from '../telling/explain';
import { accessIdentity, type IdentitySite } from '../telling/identity';
import { at, goroutineName, heldLocks, objectName } from '../telling/wording';
import { type RacingPair, racesIn } from './racing-pairs';

export const race: Analysis = { name: 'happens-before', sound: true, run: races };

/** Ids of the places that race, as numbered by the build. What standard packages do inside is theirs. */
export function racingSites(trace: Trace): number[] {
  const sites = new Set<number>();
  for (const { first, second } of racesIn(trace).pairs) {
    const both = [first, second].map((index) => siteAt(trace, eventAt(trace, index).site));
    if (both.every((site) => site && !site.internal)) for (const site of both) sites.add(site!.id);
  }
  return [...sites];
}

/**
 * One finding for each variable and pair of functions, with each pair of places as a view of it; a place that both reads
 * and writes (`n++`) counts once, as a write.
 */
function races(subject: Subject): Finding[] {
  const { trace } = subject;
  const best = new Map<string, RacingPair>();
  const writes = ({ first, second }: RacingPair): number =>
    [first, second].filter((index) => eventAt(trace, index).operation === 'write').length;
  const { pairs, stoppedAt } = racesIn(trace);
  if (stoppedAt !== undefined) {
    subject.problems.push(
      `Races were searched only in the first ${stoppedAt} of ${trace.count} events: ordering so many goroutines takes too long.`,
    );
  }
  for (const pair of pairs) {
    const places = [pair.first, pair.second].map((index) => {
      const site = siteAt(trace, eventAt(trace, index).site);
      return site && !site.internal ? `${site.file}:${site.line}` : undefined;
    });
    // What standard packages do inside is theirs.
    if (places.includes(undefined)) continue;
    const key = [...places.sort(), isMap(trace, pair)].join('|');
    const known = best.get(key);
    if (!known || writes(known) < writes(pair)) best.set(key, pair);
  }
  const locks = heldBefore(
    trace,
    [...best.values()].flatMap(({ first, second }) => [first, second]),
  );
  const ordered = [...best.values()].sort((a, b) => writes(b) - writes(a));
  return mergeViews(ordered.map((pair) => raceFinding(subject, pair, locks)));
}

type Locks = ReadonlyMap<number, readonly HeldLock[]>;

/** What the goroutine of each event holds there, found in one walk. */
function heldBefore(trace: Trace, events: readonly number[]): Locks {
  const found = new Map<number, readonly HeldLock[]>();
  const state = initialState(trace);
  for (const event of [...events].sort((a, b) => a - b)) {
    while (state.position < event) advance(trace, state);
    found.set(event, [...state.goroutines[eventAt(trace, event).goroutine]!.held]);
  }
  return found;
}

const isMap = (trace: Trace, { first }: RacingPair): boolean =>
  trace.header.objects[eventAt(trace, first).object]?.kind === 'map';

/** argument of a `read` of a map that is iterated over. */
const ITERATES = 1;

/** What Go says of two accesses to a map when it notices them. */
function mapFault(trace: Trace, { first, second }: RacingPair): string {
  const reads = [first, second].map((index) => eventAt(trace, index)).filter(({ operation }) => operation === 'read');
  if (reads.length === 0) return 'concurrent map writes';
  return reads.some(({ argument }) => argument === ITERATES)
    ? 'concurrent map iteration and map write'
    : 'concurrent map read and map write';
}

/** `goroutine 1.2 reads`. */
const does = (who: Phrase, operation: Operation): Phrase =>
  operation === 'write'
    ? phrase`${who} writes`
    : operation === 'atomic'
      ? phrase`${who} uses it atomically`
      : phrase`${who} reads`;

/**
 * Read or write: another interleaving may show the other half of `n++`. Of a struct that is copied and one of its fields
 * the struct is the variable.
 */
function identityIn(subject: Subject, index: number, other: number): IdentitySite[] {
  const { trace } = subject;
  const wider = bytesOf(trace, other) > bytesOf(trace, index) ? other : index;
  const variable = (siteAt(trace, eventAt(trace, wider).site)?.expression ?? '').replace(/^&/u, '');
  return identityOf(subject, index).map((place) => accessIdentity(place, variable));
}

/** 0 where that is not known; of a map and of atomic operations the argument says something else. */
function bytesOf(trace: Trace, index: number): number {
  const { operation, object, argument } = eventAt(trace, index);
  return operation !== 'atomic' && trace.header.objects[object]?.kind === 'variable' ? argument : 0;
}

function raceFinding(subject: Subject, pair: RacingPair, locksOf: Locks): Finding {
  const { trace, history } = subject;
  const wording = wordingOf(subject);
  const position = (index: number): string => {
    const site = siteAt(trace, eventAt(trace, index).site)!;
    const { operation } = eventAt(trace, index);
    // Of an atomic and a plain access the plain one is to be mended.
    const kind = operation === 'write' ? 0 : operation === 'read' ? 1 : 2;
    return `${kind}:${site.file}:${String(site.line).padStart(7)}:${String(site.column).padStart(5)}`;
  };
  const [one, two] = [pair.first, pair.second].sort((a, b) =>
    position(a) < position(b) ? -1 : position(a) > position(b) ? 1 : a - b,
  ) as [number, number];
  const goroutine = (index: number): number => eventAt(trace, index).goroutine;
  const held = (index: number): readonly HeldLock[] => locksOf.get(index) ?? [];
  const clause = (index: number): Phrase => {
    const { operation, object, site } = eventAt(trace, index);
    // Each in its own words: `*p` is copied while `p.next` is written.
    const name = (siteAt(trace, site)?.expression || objectName(wording, object)).replace(/^&/u, '');
    const [who, where] = [goroutineName(wording, goroutine(index)), at(wording, index)];
    if (operation === 'atomic') return phrase`${who} uses ${name} atomically${where}`;
    return operation === 'write' ? phrase`${who} writes ${name}${where}` : phrase`${who} reads ${name}${where}`;
  };
  const locks = (index: number): Phrase => {
    const who = goroutineName(wording, goroutine(index));
    return held(index).length === 0
      ? phrase`${who} holds no lock`
      : phrase`${who} holds ${heldLocks(wording, held(index))}`;
  };
  const role = (index: number): Phrase =>
    does(goroutineName(wording, goroutine(index)), eventAt(trace, index).operation);
  const unlocked = held(one).length === 0 && held(two).length === 0;
  const holding = unlocked ? phrase`neither holds a lock` : joined([locks(one), locks(two)]);
  const started = [one, two].map((index) => history.startedBy[goroutine(index)] ?? -1);
  const fault = isMap(trace, pair) ? mapFault(trace, pair) : undefined;
  const kind: FindingKind = fault ? 'concurrent-map-access' : 'data-race';
  return findingOf(subject, race, {
    kind,
    message: capitalised(
      fault
        ? phrase`${clause(one)} while ${clause(two)}: ${fault}, nothing orders the two (${holding})`
        : phrase`${clause(one)} while ${clause(two)}: nothing orders the two (${holding})`,
    ),
    explanation: [
      ...explain(subject, [
        ...started,
        ...[one, two].flatMap((index) => held(index).map(({ event }) => event)),
        one,
        two,
      ]),
      fault
        ? phrase`No channel operation, lock, wait group or atomic makes one of the two happen before the other, so they may come in either order or at once. Go ends the process when it notices: "fatal error: ${fault}".`
        : phrase`No channel operation, lock, wait group or atomic makes one of the two happen before the other, so they may come in either order or at once, and what is read may be neither value.`,
    ],
    sites: [
      ...eventSite(subject, one, role(one)),
      ...eventSite(subject, two, role(two)),
      ...[one, two].flatMap((index) => startedSite(subject, goroutine(index))),
    ],
    identity: [...identityIn(subject, one, two), ...identityIn(subject, two, one)],
  });
}
