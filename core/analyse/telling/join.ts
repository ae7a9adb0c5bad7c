/**
 * One bug that was found twice is one finding, whoever meets the two: an exploration of several tests, the store, a merge
 * of shards. What stays is the better of them, and it names the tests that have shown the other.
 */

import type { Finding, OtherView } from '../../../protocol/finding';
import type { ScheduleSize } from '../../../protocol/messages';
import { isSamePlace, MANY_SIDED, MAX_VIEWS, placesOf } from './also-seen';
import { withPhrasesOf } from './phrases';
import { testFunctionOf } from './subtests';

/** A finding, with the size of its schedule where that is known: what is told of it has no steps. */
export interface Sighting {
  finding: Finding;
  size?: ScheduleSize;
}

/** Two of one id as one. In whichever order several are joined, the same stays, and names the same tests. */
export function joined(a: Sighting, b: Sighting): Sighting {
  const [better, worse] = isBetter(b, a) ? [b, a] : [a, b];
  return { ...better, finding: withSightings(better.finding, [worse.finding]) };
}

/** What a test says anew of its own finding; that other tests have shown it too is not for it to take back. */
export function updated(known: Finding, finding: Finding): Finding {
  const ofOthers = (known.alsoSeen ?? []).filter(({ test }) => test !== undefined);
  return ofOthers.length === 0
    ? finding
    : withSightings({ ...finding, alsoSeen: [...(finding.alsoSeen ?? []), ...ofOthers] }, []);
}

/** A total order: what was confirmed, can be replayed and always shows; the smaller schedule; what was found earlier. */
export function isBetter(a: Sighting, b: Sighting): boolean {
  const [ofA, ofB] = [worthOf(a), worthOf(b)];
  const at = ofA.findIndex((value, index) => value !== ofB[index]);
  return at < 0 ? textOf(a.finding) < textOf(b.finding) : ofA[at]! < ofB[at]!;
}

const RANK = { confirmed: 0, predicted: 1, suspected: 2 } as const;

/** Less is better. */
function worthOf({ finding: { verdict, schedule, stats }, size }: Sighting): number[] {
  const { preemptions = 0, firstAt = 0, replays = 0, replayed = 0 } = stats ?? {};
  const isSteady = replays > 0 && replayed === replays;
  return [
    RANK[verdict],
    ...[schedule === undefined ? 1 : 0, isSteady ? 0 : 1],
    ...[size?.preemptions ?? preemptions, size?.steps ?? Infinity, firstAt],
  ];
}

/** Tells apart what is equally good. */
const textOf = ({ alsoSeen, phrases, ...finding }: Finding): string => JSON.stringify([finding.test ?? '', finding]);

/**
 * The finding, and how others have seen the same: each other test once, whichever of its subtests it was, then other
 * places, and what was a finding of its own. The finding itself where that is nothing new.
 */
export function withSightings(finding: Finding, others: readonly Finding[]): Finding {
  const own = finding.alsoSeen ?? [];
  const views = new Map([...own, ...others.flatMap((other) => sightingsOf(other, finding.id))].map(keyed));
  const sorted = [...views].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view);
  const seen: OtherView[] = [];
  const rest: OtherView[] = [];
  const tests = new Set(finding.test === undefined ? [] : [testFunctionOf(finding.test)]);
  for (const view of sorted) {
    const { test, ...elsewhere } = view;
    if (test === undefined) rest.push(view);
    else if (!tests.has(testFunctionOf(test))) {
      tests.add(testFunctionOf(test));
      seen.push(view);
    } else if (view.id !== undefined || MANY_SIDED.includes(view.kind)) rest.push(elsewhere);
  }
  for (const view of rest) {
    const isPlaceKnown = [finding, ...seen].some((known) => placesOf(known) === placesOf(view));
    const isIdKnown = view.id === undefined || seen.some(({ id }) => id === view.id);
    if (!isPlaceKnown || !isIdKnown) seen.push(view);
  }
  const alsoSeen = seen.slice(0, MAX_VIEWS);
  const before = new Set(own.map((view) => keyed(view)[0]));
  const isNew = alsoSeen.length !== own.length || alsoSeen.some((view) => !before.has(keyed(view)[0]));
  return isNew ? withPhrasesOf({ ...finding, alsoSeen }, others) : finding;
}

/** All that a finding has to say to another, or to what has its id. */
function sightingsOf({ kind, message, sites, id, test, alsoSeen = [] }: Finding, of: string): OtherView[] {
  const views: OtherView[] = [{ kind, message, sites, ...(test === undefined ? {} : { test }) }, ...alsoSeen];
  return id === of ? views : views.map((view) => ({ id, ...view }));
}

const keyed = (view: OtherView): [string, OtherView] => {
  const { test = '', id = '', kind, message, sites } = view;
  return [JSON.stringify([test, id, kind, message, sites]), view];
};

/**
 * Findings of several tests, several times where several tests have shown them, as one for each bug. `stored` says which
 * of those with one id stays. `instead` tells what a finding that is gone has become a view of.
 */
export function mergeAcrossTests(
  findings: readonly Finding[],
  stored: (id: string) => Finding | undefined,
): { findings: Finding[]; instead: ReadonlyMap<string, string> } {
  const byId = new Map<string, Finding[]>();
  for (const finding of findings) byId.set(finding.id, [...(byId.get(finding.id) ?? []), finding]);
  const whole = [...byId].map(([id, same]) => withSightings(stored(id) ?? same[0]!, same));
  const instead = new Map<string, string>();
  for (const finding of whole) {
    const cause = whole.find((other) => isStuckIn(finding, other));
    if (cause) instead.set(finding.id, cause.id);
  }
  const merged = whole
    .filter(({ id }) => !instead.has(id))
    .map((finding) =>
      withSightings(
        finding,
        whole.filter(({ id }) => instead.get(id) === finding.id),
      ),
    );
  return { findings: merged, instead };
}

/** The leak is a deadlock of another test whose goroutines all stand, and were all started, where its one does. */
function isStuckIn(leak: Finding, deadlock: Finding): boolean {
  if (leak.kind !== 'goroutine-leak' || deadlock.kind !== 'deadlock' || leak.package !== deadlock.package) return false;
  if (leak.analysis.name !== 'leak' || leak.sites.length < 2) return false;
  return leak.sites.every((site) =>
    deadlock.sites.some((other) => isSamePlace(site, other) && site.role === other.role),
  );
}
