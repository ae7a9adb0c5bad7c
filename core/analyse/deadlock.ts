/**
 * Deadlock: goroutines that wait for each other in a cycle, or the test's own goroutine blocked for ever. The cycle is
 * searched with what is known first (held locks, channels used before) and only then with guesses.
 */
import type { Finding, FindingSite } from '../../protocol/finding';
import { ABSENT, eventAt } from '../trace/trace';
import {
  type Analysis,
  channelMadeSite,
  eventSite,
  findingOf,
  identityOf,
  type Subject,
  startedSite,
  testGoroutine,
} from './analysis';
import { components, cycleThrough, reachable } from './cycles';
import { capital, explain, nameSome, wordingOf } from './explain';
import { certainty, stuckWaits } from './stuck';
import { GROUND_RANK, type Wait, type WaitEdge } from './wait-for';
import { at, goroutineName, objectName, waitClause, waitRole } from './wording';

export const deadlock: Analysis = { name: 'deadlock', sound: true, run: deadlocks };

/** Sets of goroutines that wait for each other on good ground; none when the run's end does not say. */
export function knownCycles(subject: Subject): { cycles: number[][]; edges: WaitEdge[] } {
  const sure = certainty(subject);
  if (sure === 'none') return { cycles: [], edges: [] };
  const edges = subject.graph.edges.filter(({ ground }) => (sure === 'all' ? ground !== 'made' : ground === 'holds'));
  const stuck = new Set(stuckWaits(subject).map(({ goroutine }) => goroutine));
  return { cycles: components(edges).filter((cycle) => cycle.every((member) => stuck.has(member))), edges };
}

function deadlocks(subject: Subject): Finding[] {
  const { cycles, edges } = knownCycles(subject);
  const findings = cycles.map((members) => cycleFinding(subject, members, edges));
  const test = testGoroutine(subject.trace);
  const waiting = stuckWaits(subject).find(({ goroutine }) => goroutine === test);
  if (certainty(subject) !== 'all' || subject.end.returned || !waiting) return findings;
  const all = subject.graph.edges;
  const near = reachable(test, all);
  if (cycles.some((members) => members.some((member) => near.has(member)))) return findings;
  // A guess must at least be about the test.
  const guessed = components(all).find((members) => members.includes(test));
  findings.push(guessed ? guessedCycle(subject, test, guessed) : chainFinding(subject, waiting, all));
  return findings;
}

/** Who comes first: one that holds a lock while it waits for something else than a lock, then by position. */
function firstOf(subject: Subject, waits: readonly Wait[]): Wait | undefined {
  const rank = (wait: Wait): string => {
    const holds = subject.end.goroutines[wait.goroutine]!.held.length > 0;
    const lock = wait.operation === 'lock' || wait.operation === 'rlock';
    const [site] = eventSite(subject, wait.event, '');
    const position = site ? [site.file, String(site.line).padStart(7), String(site.column).padStart(5)].join(':') : '~';
    return `${holds && !lock ? 0 : holds ? 1 : 2}:${position}`;
  };
  return [...waits].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.goroutine - b.goroutine))[0];
}

function cycleFinding(subject: Subject, members: readonly number[], edges: readonly WaitEdge[]): Finding {
  const waits = subject.graph.waits.filter(({ goroutine }) => members.includes(goroutine));
  const start = firstOf(subject, waits)?.goroutine ?? members[0]!;
  const cycle = cycleThrough(start, members, edges);
  const ring = cycle.map(({ from }) => waits.find(({ goroutine }) => goroutine === from)!);
  return describe(subject, ring, cycle, '');
}

/** The cycle through the test, told from its member that comes first. */
function guessedCycle(subject: Subject, test: number, members: readonly number[]): Finding {
  const cycle = cycleThrough(test, members, subject.graph.edges).map(({ from }) => from);
  return cycleFinding(subject, cycle, subject.graph.edges);
}

/** No cycle: the test waits for somebody who waits for nobody. */
function chainFinding(subject: Subject, first: Wait, edges: readonly WaitEdge[]): Finding {
  const chain = [first];
  const links: WaitEdge[] = [];
  for (;;) {
    const from = chain[chain.length - 1]!.goroutine;
    const open = edges.filter((it) => it.from === from && chain.every(({ goroutine }) => goroutine !== it.to));
    const [edge] = open.sort((a, b) => GROUND_RANK[b.ground] - GROUND_RANK[a.ground]);
    const wait = edge && subject.graph.waits.find(({ goroutine }) => goroutine === edge.to);
    if (!edge || !wait) break;
    links.push(edge);
    chain.push(wait);
  }
  return describe(subject, chain, links, nobody(subject, chain[chain.length - 1]!));
}

/** Who has the lock that is waited for and does not wait itself: as a rule it has ended. */
function holderThatRuns(
  { end }: Subject,
  wait: Wait,
): { goroutine: number; event: number; object: number; ended: boolean } | undefined {
  for (const { object } of wait.operation === 'lock' || wait.operation === 'rlock' ? wait.objects : []) {
    for (const [goroutine, { held, status }] of end.goroutines.entries()) {
      const lock = held.find((it) => it.object === object);
      if (lock && status !== 'blocked') return { goroutine, event: lock.event, object, ended: status !== 'runnable' };
    }
  }
  return undefined;
}

/** Where a lock was taken whose holder has ended. */
export function abandonedLockSite(subject: Subject, wait: Wait): FindingSite[] {
  const holder = holderThatRuns(subject, wait);
  if (!holder?.ended) return [];
  const name = objectName(wordingOf(subject), holder.object);
  return eventSite(subject, holder.event, `${name} was locked here and never unlocked`);
}

/** Why no goroutine ends this wait: `no live goroutine can receive from ch`. */
export function nobody(subject: Subject, wait: Wait): string {
  const wording = wordingOf(subject);
  const named = wait.objects.map(({ object }) => objectName(wording, object)).join(' or ');
  switch (wait.operation) {
    case 'send':
      return named === '' ? 'a nil channel never gets ready' : `no live goroutine receives from ${named}`;
    case 'receive':
      return named === '' ? 'a nil channel never gets ready' : `no live goroutine sends on ${named} or closes it`;
    case 'select':
      return named === '' ? 'it has no case that could get ready' : `no live goroutine makes a case on ${named} ready`;
    case 'lock':
    case 'rlock': {
      const holder = holderThatRuns(subject, wait);
      if (!holder) return `nobody unlocks ${named}`;
      const taken = `${goroutineName(wording, holder.goroutine)} locked ${named}${at(wording, holder.event)}`;
      return holder.ended ? `${taken} and ended without unlocking it` : taken;
    }
    case 'wg-wait':
      return `nobody is left to call Done on ${named}`;
    case 'cond-wait':
      return `nobody is left to signal ${named}`;
    default:
      return 'nobody is left to end this wait';
  }
}

function describe(subject: Subject, waits: readonly Wait[], edges: readonly WaitEdge[], ending: string): Finding {
  const wording = wordingOf(subject);
  const heldBy = (wait: Wait) => subject.end.goroutines[wait.goroutine]!.held;
  const self = waits.length === 1 && edges.length === 1 && edges[0]!.from === edges[0]!.to;
  const clauses = waits.map((wait) => waitClause(wording, wait, self ? [] : heldBy(wait)));
  if (self) clauses[0] += `, which it holds itself${at(wording, edges[0]!.evidence)}`;
  if (ending !== '') clauses.push(ending);

  const blocked = waits.flatMap((wait) => eventSite(subject, wait.event, waitRole(wait.operation)));
  const locks = waits.flatMap((wait) =>
    heldBy(wait).flatMap((lock): FindingSite[] =>
      eventSite(subject, lock.event, `${objectName(wording, lock.object)} was locked here and is still held`),
    ),
  );
  const started = waits.flatMap(({ goroutine }) => startedSite(subject, goroutine));
  const made = waits.flatMap((wait) => wait.objects.flatMap(({ object }) => channelMadeSite(subject, object)));

  const events = waits.flatMap((wait) => [
    subject.history.startedBy[wait.goroutine] ?? ABSENT,
    ...heldBy(wait).map(({ event }) => event),
    wait.event,
  ]);
  const used = edges.filter(({ ground, evidence }) => ground === 'used' && evidence !== ABSENT);
  const members = new Set(waits.map(({ goroutine }) => goroutine));
  const others = stuckWaits(subject).filter(
    ({ goroutine }) =>
      !members.has(goroutine) && [...reachable(goroutine, subject.graph.edges)].some((to) => members.has(to)),
  );
  const explanation = explain(subject, [
    ...events,
    ...used.map(({ evidence }) => evidence).filter((event) => eventAt(subject.trace, event).operation !== 'go'),
  ]);
  explanation.push(
    ending !== ''
      ? `${capital(ending)}, so this waits for ever.`
      : self
        ? 'A lock of sync cannot be taken twice by the same goroutine, so it waits for ever.'
        : 'Each waits for the next and the last for the first, so none of them ever goes on.',
  );
  if (others.length > 0) {
    explanation.push(
      `Stuck behind them: ${nameSome(
        subject.names,
        others.map(({ goroutine }) => goroutine),
      )}.`,
    );
  }
  return findingOf(subject, deadlock, {
    kind: 'deadlock',
    message: capital(clauses.join('; ')),
    explanation,
    sites: [...blocked, ...waits.flatMap((wait) => abandonedLockSite(subject, wait)), ...locks, ...started, ...made],
    identity: waits.flatMap((wait) => identityOf(subject, wait.event)),
  });
}
