/** Goroutines that wait for each other on good ground: each holds what the next waits for, or was its partner before. */
import type { Subject } from '../analysis';
import { usersOf } from '../facts/history';
import { components, edgesFrom, reaching } from './cycles';
import { certainty, stuckWaits } from './stuck';
import { isLive, type Wait, type WaitEdge } from './wait-for';

export interface KnownCycle {
  members: number[];
  /** Edges to search the cycle in. */
  edges: readonly WaitEdge[];
  /** Undefined when the cycle is certain: nothing could move any more, or it is of held locks only. */
  blockedFor?: number;
}

const known = new WeakMap<Subject, KnownCycle[]>();

/** None when the run's end does not say. */
export function knownCycles(subject: Subject): KnownCycle[] {
  const cycles = known.get(subject) ?? findCycles(subject);
  known.set(subject, cycles);
  return cycles;
}

/** The edges that do not rest on a guess. */
export const knownEdges = (subject: Subject): readonly WaitEdge[] => {
  const edges = edgesKnown.get(subject) ?? subject.graph.edges.filter(({ ground }) => ground !== 'made');
  edgesKnown.set(subject, edges);
  return edges;
};
const edgesKnown = new WeakMap<Subject, readonly WaitEdge[]>();

function findCycles(subject: Subject): KnownCycle[] {
  const sure = certainty(subject);
  if (sure === 'none') return [];
  const edges = sure === 'all' ? knownEdges(subject) : subject.graph.edges.filter(({ ground }) => ground === 'holds');
  const stuck = new Set(stuckWaits(subject).map(({ goroutine }) => goroutine));
  const certain = components(edges)
    .filter((members) => members.every((member) => stuck.has(member)))
    .map((members): KnownCycle => ({ members, edges }));
  if (subject.trace.header.outcome !== 'limit') return certain;
  const told = new Set(certain.flatMap(({ members }) => members));
  return [...certain, ...lastingCycles(subject).filter(({ members }) => !members.some((it) => told.has(it)))];
}

/** For how many events, and for which part of the run, a wait must have lasted. */
const LONG = 2_000;
const LONG_PART = 0.5;

/**
 * Cycles in a run that was stopped while others went on, such as one that spins. Who else could help is never known
 * for certain there. So every member must have waited long, and everybody of whom it is known that he could help one
 * of them must be as stuck, so that neither a goroutine that runs nor a timer still to come ends the wait.
 */
function lastingCycles(subject: Subject): KnownCycle[] {
  const { trace, graph } = subject;
  const edges = knownEdges(subject);
  const isLong = ({ event, operation }: Wait): boolean =>
    operation !== 'sleep' && event <= trace.count * LONG_PART && trace.count - event >= LONG;
  const since = new Map<number, number>();
  for (const wait of graph.waits) {
    if (isLong(wait) && isClosed(subject, wait, edges)) since.set(wait.goroutine, wait.event);
  }
  const others = new Set<number>();
  for (const { from, to } of edges) for (const it of [from, to]) if (!since.has(it)) others.add(it);
  const mayMove = reaching(others, edges);
  return components(edges)
    .filter((members) => members.every((member) => !mayMove.has(member)))
    .map((members) => ({
      members,
      edges,
      blockedFor: trace.count - 1 - members.map((member) => since.get(member)!).reduce((a, b) => Math.max(a, b)),
    }));
}

/** All that could end the wait is among the edges: each case of a select has somebody, and none was left out. */
function isClosed({ end, history, graph }: Subject, wait: Wait, edges: readonly WaitEdge[]): boolean {
  const own = edgesFrom(edges, wait.goroutine).length;
  const channel = wait.operation === 'send' || wait.operation === 'receive' || wait.operation === 'select';
  // A nil channel never gets ready.
  if (channel && wait.objects.length === 0) return true;
  if (own === 0 || own >= graph.room) return false;
  return (
    wait.operation !== 'select' ||
    wait.objects.every(({ object, direction }) =>
      (direction === 'send' ? (['receive'] as const) : (['send', 'close'] as const)).some((use) =>
        [...usersOf(history, object, use).keys()].some((user) => user !== wait.goroutine && isLive(end, user)),
      ),
    )
  );
}
