/**
 * Data races of a trace: two accesses of one variable, at least one a write, that happens-before does not order.
 * The idea of FastTrack (Flanagan & Freund, PLDI 2009), but it keeps the newest access of every (goroutine, site, kind) of
 * a variable instead of only the last write, so that all racing pairs of sites are found and not just the first:
 * if an older access of the three races, so does the newest, whose epoch is not smaller.
 */
import type { Finding } from '../../protocol/finding';
import type { Operation } from '../../protocol/trace';
import { eventAt, eventsOf, siteAt, type Trace } from '../trace/trace';
import { type Analysis, eventSite, findingOf, identityOf, type Subject, startedSite } from './analysis';
import { capital, explain, wordingOf } from './explain';
import { HappensBefore } from './happens-before';
import { type HeldLock, stateAfter } from './state';
import { at, goroutineName, heldLocks, objectName } from './wording';

export const race: Analysis = { name: 'happens-before', sound: true, run: races };

/** Event indices of two unordered conflicting accesses, in the order of the trace. */
export interface RacingPair {
  first: number;
  second: number;
}

type AccessOperation = 'read' | 'write' | 'atomic';

/**
 * Two reads do not conflict, nor do two atomics. A trace does not tell an atomic load from a store; what is used
 * atomically in one place and plainly in another is taken to be stored to.
 */
const conflict = (a: AccessOperation, b: AccessOperation): boolean =>
  a === 'write' || b === 'write' ? true : (a === 'atomic') !== (b === 'atomic');

interface Access {
  event: number;
  goroutine: number;
  site: number;
  operation: AccessOperation;
  epoch: number;
}

/**
 * One pair for each variable and each pair of (site, operation). Time: accesses × (goroutine, site) pairs of the
 * variable they touch.
 */
export function racingPairs(trace: Trace): RacingPair[] {
  const order = new HappensBefore(trace);
  const variables = new Map<number, Map<string, Access>>();
  const found = new Map<string, RacingPair>();
  for (const event of eventsOf(trace)) {
    // What an atomic operation does itself happens before what it passes on.
    const epoch = order.epoch(event.goroutine);
    order.take(event);
    const { operation } = event;
    if ((operation !== 'read' && operation !== 'write' && operation !== 'atomic') || event.object < 0) continue;
    const variable = variables.get(event.object) ?? new Map<string, Access>();
    variables.set(event.object, variable);
    const { goroutine, site, index } = event;
    const key = `${goroutine}:${site}:${operation}`;
    // Nothing has happened since the same access: what is unordered with it is known.
    const same = variable.get(key);
    for (const other of variable.values()) {
      if (other.goroutine === goroutine || !conflict(other.operation, operation)) continue;
      if (other.epoch <= order.knows(goroutine, other.goroutine)) continue;
      const a = `${other.site}:${other.operation}`;
      const b = `${site}:${operation}`;
      const pair = `${event.object}|${a < b ? `${a}|${b}` : `${b}|${a}`}`;
      if (!found.has(pair)) found.set(pair, { first: other.event, second: index });
    }
    if (same) Object.assign(same, { event: index, epoch });
    else variable.set(key, { event: index, goroutine, site, operation, epoch });
  }
  return [...found.values()];
}

/** One finding for each pair of places; a place that both reads and writes (`n++`) counts once, as a write. */
function races(subject: Subject): Finding[] {
  const { trace } = subject;
  const best = new Map<string, RacingPair>();
  const writes = ({ first, second }: RacingPair): number =>
    [first, second].filter((index) => eventAt(trace, index).operation === 'write').length;
  for (const pair of racingPairs(trace)) {
    const places = [pair.first, pair.second].map((index) => {
      const site = siteAt(trace, eventAt(trace, index).site);
      return site && !site.internal ? `${site.file}:${site.line}` : undefined;
    });
    // What standard packages do inside is theirs.
    if (places.includes(undefined)) continue;
    const key = places.sort().join('|');
    const known = best.get(key);
    if (!known || writes(known) < writes(pair)) best.set(key, pair);
  }
  return [...best.values()].map((pair) => raceFinding(subject, pair));
}

const verb = (operation: Operation): string =>
  operation === 'write' ? 'writes' : operation === 'atomic' ? 'uses it atomically' : 'reads';

function raceFinding(subject: Subject, pair: RacingPair): Finding {
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
  const held = (index: number): readonly HeldLock[] => stateAfter(trace, index).goroutines[goroutine(index)]!.held;
  const clause = (index: number): string => {
    const { operation, object } = eventAt(trace, index);
    const name = objectName(wording, object).replace(/^&/u, '');
    const what = operation === 'atomic' ? `uses ${name} atomically` : `${verb(operation)} ${name}`;
    return `${goroutineName(wording, goroutine(index))} ${what}${at(wording, index)}`;
  };
  const locks = (index: number): string =>
    `${goroutineName(wording, goroutine(index))} holds ${held(index).length === 0 ? 'no lock' : heldLocks(wording, held(index))}`;
  const role = (index: number): string =>
    `${goroutineName(wording, goroutine(index))} ${verb(eventAt(trace, index).operation)}`;
  const unlocked = held(one).length === 0 && held(two).length === 0;
  const holding = unlocked ? 'neither holds a lock' : `${locks(one)}, ${locks(two)}`;
  const started = [one, two].map((index) => history.startedBy[goroutine(index)] ?? -1);
  return findingOf(subject, race, {
    kind: 'data-race',
    message: capital(`${clause(one)} while ${clause(two)}: nothing orders the two (${holding})`),
    explanation: [
      ...explain(subject, [
        ...started,
        ...[one, two].flatMap((index) => held(index).map(({ event }) => event)),
        one,
        two,
      ]),
      'No channel operation, lock, wait group or atomic makes one of the two happen before the other, so they may come ' +
        'in either order or at once, and what is read may be neither value.',
    ],
    sites: [
      ...eventSite(subject, one, role(one)),
      ...eventSite(subject, two, role(two)),
      ...[one, two].flatMap((index) => startedSite(subject, goroutine(index))),
    ],
    // Read or write: another interleaving may show the other half of `n++`.
    identity: [...identityOf(subject, one, 'access'), ...identityOf(subject, two, 'access')],
  });
}
