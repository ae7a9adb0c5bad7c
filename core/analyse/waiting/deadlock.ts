/**
 * Deadlock: goroutines that wait for each other in a cycle, or the test's own goroutine blocked for ever. The cycle is
 * searched with what is known first (held locks, channels used before) and only then with guesses.
 */

import type { Finding } from '../../../protocol/finding';
import { capitalised, joined, type Phrase, phrase } from '../../../protocol/phrase';
import { ABSENT, eventAt } from '../../trace/trace';
import {
  type Analysis,
  channelMadeSite,
  eventSite,
  findingOf,
  identityOf,
  type Subject,
  startedSite,
  type TellingSite,
  testGoroutine,
} from '../analysis';
import { explain, nameSome, wordingOf } from '../telling/explain';
import type { IdentitySite } from '../telling/identity';
import type { Told } from '../telling/told';
import { at, goroutineName, objectName, waitClause, waitRole } from '../telling/wording';
import { components, cycleThrough, edgesFrom, reachable, reaching } from './cycles';
import { type KnownCycle, knownCycles } from './known-cycles';
import { lastHelp } from './last-help';
import { certainty, stuckWaits } from './stuck';
import { GROUND_RANK, type Wait, type WaitEdge } from './wait-for';

export const deadlock: Analysis = { name: 'deadlock', sound: true, run: deadlocks };

function deadlocks(subject: Subject): Finding[] {
  const cycles = knownCycles(subject);
  const findings = cycleFindings(subject, cycles);
  const test = testGoroutine(subject.trace);
  const waiting = stuckWaits(subject).find(({ goroutine }) => goroutine === test);
  if (certainty(subject) !== 'all' || subject.end.returned || !waiting) return findings;
  const all = subject.graph.edges;
  const near = reachable(test, all);
  if (cycles.some(({ members }) => members.some((member) => near.has(member)))) return findings;
  // A guess must at least be about the test.
  const chain = chainFrom(subject, waiting, all);
  const likely = [...all, ...likelyHelp(subject, chain)];
  const guessed = components(likely).find((members) => members.includes(test));
  findings.push(guessed ? guessedCycle(subject, test, guessed, likely) : chainFinding(subject, chain));
  return findings;
}

/** Of the last of a chain nothing is known that would help it. Who waits for its lock, or for one of the others', may. */
function likelyHelp(subject: Subject, { waits, edges }: Ring): WaitEdge[] {
  const last = waits[waits.length - 1]!;
  const members = new Set(waits.map(({ goroutine }) => goroutine));
  const behind = subject.graph.edges.find(
    ({ from, to, ground }) => ground === 'holds' && members.has(to) && !members.has(from),
  );
  if (!behind || edges.some(({ from }) => from === last.goroutine)) return [];
  const { object = ABSENT, event: evidence } = last.objects[0] ?? { event: last.event };
  return [{ from: last.goroutine, to: behind.from, ground: 'made', object, evidence }];
}

/** A thousand pairs that are stuck at the same lines are told once. */
function cycleFindings(subject: Subject, cycles: readonly KnownCycle[]): Finding[] {
  const told = new Set<string>();
  return cycles.flatMap((cycle) => {
    const ring = ringOf(subject, cycle.members, cycle.edges);
    const key = JSON.stringify(identityOfRing(subject, ring));
    if (told.has(key)) return [];
    told.add(key);
    return [describe(subject, ring, undefined, cycle.blockedFor)];
  });
}

/** Who comes first: one that holds a lock while it waits for something else than a lock, then by position. */
function firstOf(subject: Subject, waits: readonly Wait[]): Wait | undefined {
  const rank = (wait: Wait): string => {
    const holds = subject.end.goroutines[wait.goroutine]!.held.length > 0;
    const lock = wait.operation === 'lock' || wait.operation === 'rlock';
    const [site] = eventSite(subject, wait.event, phrase`waits`);
    const position = site ? [site.file, String(site.line).padStart(7), String(site.column).padStart(5)].join(':') : '~';
    return `${holds && !lock ? 0 : holds ? 1 : 2}:${position}`;
  };
  let first: { wait: Wait; rank: string } | undefined;
  for (const wait of waits) {
    const own = rank(wait);
    if (!first || own < first.rank) first = { wait, rank: own };
  }
  return first?.wait;
}

/** Goroutines in the order in which they wait for each other, and the edges between them. */
interface Ring {
  waits: Wait[];
  edges: WaitEdge[];
}

function ringOf(subject: Subject, members: readonly number[], edges: readonly WaitEdge[]): Ring {
  const waits = members.map((member) => waitsOf(subject).get(member)!);
  const start = firstOf(subject, waits)?.goroutine ?? members[0]!;
  const cycle = cycleThrough(start, members, edges);
  return { waits: cycle.map(({ from }) => waitsOf(subject).get(from)!), edges: cycle };
}

const waitsByGoroutine = new WeakMap<Subject, ReadonlyMap<number, Wait>>();
function waitsOf(subject: Subject): ReadonlyMap<number, Wait> {
  const known = waitsByGoroutine.get(subject) ?? new Map(subject.graph.waits.map((wait) => [wait.goroutine, wait]));
  waitsByGoroutine.set(subject, known);
  return known;
}

/** The cycle through the test, told from its member that comes first. */
function guessedCycle(subject: Subject, test: number, members: readonly number[], edges: readonly WaitEdge[]): Finding {
  const cycle = cycleThrough(test, members, edges).map(({ from }) => from);
  return describe(subject, ringOf(subject, cycle, edges));
}

/** No cycle: the test waits for somebody who waits for nobody. */
const chainFinding = (subject: Subject, chain: Ring): Finding =>
  describe(subject, chain, nobody(subject, chain.waits[chain.waits.length - 1]!));

/** Who waits for whom, from the first to somebody of whom nothing more is known; not closed to a ring. */
function chainFrom(subject: Subject, first: Wait, edges: readonly WaitEdge[]): Ring {
  const chain = [first];
  const links: WaitEdge[] = [];
  const seen = new Set([first.goroutine]);
  for (;;) {
    const open = edgesFrom(edges, chain[chain.length - 1]!.goroutine).filter(({ to }) => !seen.has(to));
    const [edge] = open.sort((a, b) => GROUND_RANK[b.ground] - GROUND_RANK[a.ground]);
    const wait = edge && waitsOf(subject).get(edge.to);
    if (!edge || !wait) break;
    links.push(edge);
    chain.push(wait);
    seen.add(wait.goroutine);
  }
  return { waits: chain, edges: links };
}

/** Who has the lock that is waited for and does not wait itself: as a rule it has ended. */
function holderThatRuns(
  { end }: Subject,
  wait: Wait,
): { goroutine: number; event: number; object: number; ended: boolean } | undefined {
  for (const { object } of wait.operation === 'lock' || wait.operation === 'rlock' ? wait.objects : []) {
    for (const goroutine of [...(end.holders.get(object) ?? [])].sort((a, b) => a - b)) {
      const { held, status } = end.goroutines[goroutine]!;
      const lock = held.find((it) => it.object === object);
      if (lock && status !== 'blocked') return { goroutine, event: lock.event, object, ended: status !== 'runnable' };
    }
  }
  return undefined;
}

/** The event that took a lock whose holder has ended. */
export function abandonedLock(subject: Subject, wait: Wait): number[] {
  const holder = holderThatRuns(subject, wait);
  return holder?.ended ? [holder.event] : [];
}

/** Where a lock was taken whose holder has ended. */
export function abandonedLockSite(subject: Subject, wait: Wait): TellingSite[] {
  const holder = holderThatRuns(subject, wait);
  if (!holder?.ended) return [];
  const name = objectName(wordingOf(subject), holder.object);
  return eventSite(subject, holder.event, phrase`${name} was locked here and never unlocked`);
}

/** `a or b`. */
export const eitherOf = (names: readonly string[]): Phrase =>
  names.slice(1).reduce((said: Phrase, name) => phrase`${said} or ${name}`, phrase`${names[0] ?? ''}`);

/** Why no goroutine ends this wait: `no live goroutine can receive from ch`. */
export function nobody(subject: Subject, wait: Wait): Phrase {
  const wording = wordingOf(subject);
  const named = eitherOf(wait.objects.map(({ object }) => objectName(wording, object)));
  const isNamed = wait.objects.length > 0;
  switch (wait.operation) {
    case 'send':
      return isNamed ? phrase`no live goroutine receives from ${named}` : phrase`a nil channel never gets ready`;
    case 'receive':
      return isNamed
        ? phrase`no live goroutine sends on ${named} or closes it`
        : phrase`a nil channel never gets ready`;
    case 'select':
      return isNamed
        ? phrase`no live goroutine makes a case on ${named} ready`
        : phrase`it has no case that could get ready`;
    case 'lock':
    case 'rlock': {
      const holder = holderThatRuns(subject, wait);
      if (!holder) return phrase`nobody unlocks ${named}`;
      const taken = phrase`${goroutineName(wording, holder.goroutine)} locked ${named}${at(wording, holder.event)}`;
      return holder.ended ? phrase`${taken} and ended without unlocking it` : taken;
    }
    case 'wg-wait':
      return phrase`nobody is left to call Done on ${named}`;
    case 'cond-wait':
      return phrase`nobody is left to signal ${named}`;
    default:
      return phrase`nobody is left to end this wait`;
  }
}

/**
 * Where its members wait. Functions of sync.Once that call each other lock up one goroutine as well as two, so when one
 * waits for itself those that it began on the way stand for the members that two would have had.
 */
function identityOfRing(subject: Subject, { waits, edges }: Ring): IdentitySite[] {
  const own = waits.flatMap((wait) => identityOf(subject, wait.event));
  const [wait] = waits;
  if (waits.length !== 1 || wait?.operation !== 'once' || edges[0]?.to !== wait.goroutine) return own;
  const begun = begunOnces(subject, wait.goroutine);
  const first = begun.findIndex((event) => eventAt(subject.trace, event).object === edges[0]?.object);
  return [...own, ...begun.slice(first + 1).flatMap((event) => identityOf(subject, event, 'once'))];
}

/** Events by which a goroutine began functions of sync.Once that have not ended, in order. */
const begunOnces = ({ trace, history, end }: Subject, goroutine: number): number[] =>
  (history.events[goroutine] ?? []).filter((event) => {
    const { operation, object } = eventAt(trace, event);
    return operation === 'once-begin' && end.onces.get(object) === goroutine;
  });

/** More goroutines than this are counted instead of told. */
const MAX_TOLD = 8;

function describe(subject: Subject, ring: Ring, ending?: Phrase, blockedFor?: number): Finding {
  const wording = wordingOf(subject);
  const { edges } = ring;
  const waits = ring.waits.slice(0, MAX_TOLD);
  const heldBy = (wait: Wait) => subject.end.goroutines[wait.goroutine]!.held;
  const self = ring.waits.length === 1 && edges.length === 1 && edges[0]!.from === edges[0]!.to;
  const clauses = waits.map((wait) => {
    const clause = waitClause(wording, wait, self ? [] : heldBy(wait));
    return self ? phrase`${clause}, which it holds itself${at(wording, edges[0]!.evidence)}` : clause;
  });
  if (waits.length < ring.waits.length) clauses.push(phrase`and so on, ${ring.waits.length} goroutines in all`);
  if (ending) clauses.push(ending);

  // At the end of a chain is the one that nobody helps; in a cycle nobody is nearer to the mistake than the others.
  const shown = ending ? [...waits].reverse() : waits;
  const blocked = shown.flatMap((wait) => eventSite(subject, wait.event, waitRole(wait.operation)));
  const locks = waits.flatMap((wait) =>
    heldBy(wait).flatMap((lock) =>
      eventSite(subject, lock.event, phrase`${objectName(wording, lock.object)} was locked here and is still held`),
    ),
  );
  const started = waits.flatMap(({ goroutine }) => startedSite(subject, goroutine));
  const made = waits.flatMap((wait) => wait.objects.flatMap(({ object }) => channelMadeSite(subject, object)));
  return findingOf(
    subject,
    // Who would have come to help is a guess where it did nothing yet that shows it.
    { ...deadlock, sound: blockedFor === undefined && edges.every(({ ground }) => ground !== 'made') },
    {
      kind: 'deadlock',
      message: capitalised(joined(clauses, '; ')),
      explanation: stepsOf(subject, ring, ending, blockedFor),
      sites: [...blocked, ...waits.flatMap((wait) => abandonedLockSite(subject, wait)), ...locks, ...started, ...made],
      identity: identityOfRing(subject, ring),
    },
  );
}

const selfBlocked = ({ operation }: Wait): Phrase =>
  operation === 'once'
    ? phrase`Do returns when the function has ended, and this is called by the function itself, so it waits for ever.`
    : phrase`A lock of sync cannot be taken twice by the same goroutine, so it waits for ever.`;

function stepsOf(subject: Subject, ring: Ring, ending: Phrase | undefined, blockedFor: number | undefined): Told[] {
  const events = ring.waits
    .slice(0, MAX_TOLD)
    .flatMap((wait) => [
      subject.history.startedBy[wait.goroutine] ?? ABSENT,
      ...subject.end.goroutines[wait.goroutine]!.held.map(({ event }) => event),
      ...(wait.operation === 'once' ? begunOnces(subject, wait.goroutine) : []),
      wait.event,
    ]);
  const last = ring.waits[ring.waits.length - 1];
  if (ending && last) events.push(...lastHelp(subject, last), ...abandonedLock(subject, last));
  const used = ring.edges
    .slice(0, MAX_TOLD)
    .filter(({ ground, evidence }) => ground === 'used' && evidence !== ABSENT)
    .map(({ evidence }) => evidence)
    .filter((event) => eventAt(subject.trace, event).operation !== 'go');
  const self = ring.waits.length === 1 && ring.edges.length === 1;
  const steps = explain(subject, [...events, ...used]);
  if (ending) steps.push(phrase`${capitalised(ending)}, so this waits for ever.`);
  else if (self) steps.push(selfBlocked(ring.waits[0]!));
  else if (ring.waits.length === 2) steps.push(phrase`Each waits for the other, so neither ever goes on.`);
  else steps.push(phrase`Each waits for the next and the last for the first, so none of them ever goes on.`);
  if (blockedFor !== undefined) {
    steps.push(
      phrase`Others went on until the run was stopped at its bound on steps: for its last ${blockedFor} events none of these moved.`,
    );
  }
  const members = ring.waits.map(({ goroutine }) => goroutine);
  const behind = reaching(members, subject.graph.edges);
  for (const member of members) behind.delete(member);
  const others = stuckWaits(subject)
    .map(({ goroutine }) => goroutine)
    .filter((goroutine) => behind.has(goroutine));
  if (others.length > 0) steps.push(phrase`Stuck behind them: ${nameSome(subject, others)}.`);
  return steps;
}
