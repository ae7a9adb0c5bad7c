/**
 * The wait-for graph at the end of a trace (Holt, "Some Deadlock Properties of Computer Systems", Computing Surveys
 * 1972): an edge from a blocked goroutine to each live one that could let it go on. Who holds a lock is known. Who
 * would have used a channel, a wait group or a condition is not in a trace, so an edge says on what it rests.
 */
import type { Operation } from '../../../protocol/trace';
import { ABSENT, channelDirection, eventAt, objectOf, type Trace } from '../../trace/trace';
import { type History, type Use, usersOf } from '../facts/history';
import type { TraceState } from '../facts/state';

/**
 * What an edge rests on: `holds` – it has the lock or runs the Once's function; `used` – it did the complementary
 * operation earlier, or was started to do it (`wg.Add(1); go …`); `made` – it only made the object, or started the
 * one that waits, or was started by the maker, so that it may or may not have been going to help.
 */
export type Ground = 'holds' | 'used' | 'made';

export interface WaitEdge {
  from: number;
  to: number;
  ground: Ground;
  object: number;
  /** Event that shows it: where the lock was taken, the earlier receive … */
  evidence: number;
}

export interface Wait {
  goroutine: number;
  /** The event that began to wait. */
  event: number;
  operation: Operation;
  /** What it waits on; several in a select. Empty for a nil channel, `select {}`, a sleep. */
  objects: { object: number; direction: 'send' | 'receive' | undefined; event: number }[];
}

export interface WaitForGraph {
  /** Blocked goroutines, lowest index first. */
  waits: Wait[];
  edges: WaitEdge[];
  /** So many edges leave a goroutine at most; of one with as many, some may have been left out. */
  room: number;
}

/** How good a ground is: larger is better. */
export const GROUND_RANK: Readonly<Record<Ground, number>> = { holds: 2, used: 1, made: 0 };

/** It may still do something, now or once it is let go on. */
export const isLive = (state: TraceState, goroutine: number): boolean => {
  const status = state.goroutines[goroutine]?.status;
  return status === 'blocked' || status === 'runnable';
};

/** What the goroutine waits for; undefined when it does not wait. */
export function waitOf(trace: Trace, state: TraceState, goroutine: number): Wait | undefined {
  const { status, blockedAt, cases } = state.goroutines[goroutine]!;
  if (status !== 'blocked' || blockedAt === ABSENT) return undefined;
  const event = eventAt(trace, blockedAt);
  const places = event.operation === 'select' ? cases : [blockedAt];
  const objects = places
    .map((index) => ({
      object: objectOf(trace, index),
      direction: channelDirection(eventAt(trace, index)),
      event: index,
    }))
    .filter(({ object }) => object >= 0);
  return { goroutine, event: blockedAt, operation: event.operation, objects };
}

/** argument of a `child-wait` at the end of a test function. */
export const WAITS_FOR_PARALLEL = 1;

/** Bound on edges: of thousands of helpers that are stuck alike, a few stand for all. */
const MAX_EDGES = 200_000;

/** What the edges of all waits are found with. */
interface Search {
  trace: Trace;
  state: TraceState;
  history: History;
  /** Lock → those that wait to take it exclusively, in the order they came. */
  writers: ReadonlyMap<number, readonly Wait[]>;
  /** Edges of one wait at most. */
  room: number;
  /** By object and use. */
  helpers: Map<string, readonly Helper[]>;
}

/** Who could help, and the event that shows it. */
interface Helper {
  goroutine: number;
  event: number;
}

/** Waits and edges at `state`. Time: events + edges. */
export function waitForGraph(trace: Trace, state: TraceState, history: History): WaitForGraph {
  const waits: Wait[] = [];
  const writers = new Map<number, Wait[]>();
  for (let goroutine = 0; goroutine < state.goroutines.length; goroutine++) {
    const wait = waitOf(trace, state, goroutine);
    if (!wait) continue;
    waits.push(wait);
    if (wait.operation !== 'lock') continue;
    for (const { object } of wait.objects) {
      const known = writers.get(object);
      if (known) known.push(wait);
      else writers.set(object, [wait]);
    }
  }
  const room = Math.max(16, Math.floor(MAX_EDGES / Math.max(waits.length, 1)));
  const search: Search = { trace, state, history, writers, room, helpers: new Map() };
  for (const queue of writers.values()) queue.sort((a, b) => a.event - b.event);
  return { waits, room, edges: waits.flatMap((wait) => edgesOf(search, wait)) };
}

/** The live ones of `candidates`, the blocked ones first: they are what makes a cycle. Computed once for each key. */
function helpersOf(search: Search, key: string, candidates: () => Iterable<Helper>): readonly Helper[] {
  const known = search.helpers.get(key);
  if (known) return known;
  const live = [...candidates()].filter(({ goroutine }) => isLive(search.state, goroutine));
  const isBlocked = ({ goroutine }: Helper): boolean => search.state.goroutines[goroutine]!.status === 'blocked';
  const helpers = [...live.filter(isBlocked), ...live.filter((helper) => !isBlocked(helper))];
  search.helpers.set(key, helpers);
  return helpers;
}

const startedBy = ({ trace, history }: Search, starter: number): Helper[] =>
  (history.starts[starter] ?? []).map((event) => ({ goroutine: eventAt(trace, event).argument, event }));

function edgesOf(search: Search, wait: Wait): WaitEdge[] {
  const { trace, state, history } = search;
  const best = new Map<number, WaitEdge>();
  const add = (to: number, ground: Ground, object: number, evidence: number): void => {
    if (!isLive(state, to) || (to === wait.goroutine && ground !== 'holds')) return;
    const known = best.get(to);
    if (known ? GROUND_RANK[known.ground] >= GROUND_RANK[ground] : best.size >= search.room) return;
    best.set(to, { from: wait.goroutine, to, ground, object, evidence });
  };
  const addAll = (helpers: readonly Helper[], ground: Ground, object: number, after = ABSENT): void => {
    for (const { goroutine, event } of helpers.length <= search.room ? helpers : helpers.slice(0, search.room)) {
      if (event > after) add(goroutine, ground, object, event);
    }
  };
  const addUsers = (object: number, use: Use, ground: Ground): void => {
    const users = function* (): Iterable<Helper> {
      for (const [goroutine, event] of usersOf(history, object, use)) yield { goroutine, event };
    };
    addAll(helpersOf(search, `${use} ${object}`, users), ground, object);
  };
  const addStarted = (starter: number, object: number, after?: number): void =>
    addAll(
      helpersOf(search, `started ${starter}`, () => startedBy(search, starter)),
      'made',
      object,
      after,
    );
  switch (wait.operation) {
    case 'lock':
    case 'rlock':
      for (const { object } of wait.objects) {
        const writing = wait.operation === 'rlock';
        for (const goroutine of new Set(state.holders.get(object)?.slice(0, search.room))) {
          for (const lock of state.goroutines[goroutine]!.held) {
            // A reader waits for readers only through the writer that is queued before it.
            if (lock.object === object && !(writing && lock.shared)) add(goroutine, 'holds', object, lock.event);
          }
        }
        for (const other of writing ? (search.writers.get(object) ?? []) : []) {
          if (other.event >= wait.event || best.size >= search.room) break;
          add(other.goroutine, 'holds', object, other.event);
        }
      }
      break;
    case 'send':
    case 'receive':
    case 'select':
      for (const { object, direction } of wait.objects) {
        addUsers(object, direction === 'send' ? 'receive' : 'send', 'used');
        if (direction === 'receive') addUsers(object, 'close', 'used');
      }
      for (const { object } of wait.objects) {
        addUsers(object, 'make', 'made');
        // Whoever was started by the maker, after the making, may have been given the other end.
        for (const [maker, made] of usersOf(history, object, 'make')) addStarted(maker, object, made);
      }
      if (wait.objects.length > 0) addStarter(trace, history, wait, add);
      break;
    case 'wg-wait':
      for (const { object } of wait.objects) {
        addUsers(object, 'done', 'used');
        const started = (): Helper[] =>
          (history.startedFor.get(object) ?? []).map((event) => ({ goroutine: eventAt(trace, event).argument, event }));
        addAll(helpersOf(search, `for ${object}`, started), 'used', object);
        let adders = 0;
        for (const adder of usersOf(history, object, 'add').keys()) {
          if (adders++ >= search.room) break;
          addStarted(adder, object);
        }
        addUsers(object, 'add', 'made');
      }
      break;
    case 'cond-wait':
      for (const { object } of wait.objects) {
        addUsers(object, 'signal', 'used');
        addUsers(object, 'other', 'made');
      }
      break;
    case 'once':
      for (const { object } of wait.objects) {
        const runner = state.onces.get(object);
        if (runner !== undefined) add(runner, 'holds', object, state.goroutines[runner]!.last);
      }
      break;
    case 'parallel': {
      const started = history.startedBy[wait.goroutine] ?? ABSENT;
      if (started !== ABSENT) add(eventAt(trace, started).goroutine, 'used', ABSENT, started);
      break;
    }
    case 'child-wait': {
      if (eventAt(trace, wait.event).argument === WAITS_FOR_PARALLEL) {
        for (const { goroutine, event } of startedBy(search, wait.goroutine)) {
          if (trace.header.goroutines[goroutine]?.test !== undefined) add(goroutine, 'used', ABSENT, event);
        }
        break;
      }
      // The subtest is the goroutine that this one started last.
      const started = history.starts[wait.goroutine]!.findLast((event) => event < wait.event);
      if (started !== undefined) add(eventAt(trace, started).argument, 'used', ABSENT, started);
      break;
    }
    default:
    // A sleep ends by itself; nothing else blocks.
  }
  return [...best.values()];
}

/** Whoever started the goroutine has, as a rule, the other end of its channels. */
function addStarter(
  trace: Trace,
  history: History,
  wait: Wait,
  add: (to: number, ground: Ground, object: number, evidence: number) => void,
): void {
  const started = history.startedBy[wait.goroutine] ?? ABSENT;
  if (started !== ABSENT) add(eventAt(trace, started).goroutine, 'made', wait.objects[0]!.object, started);
}
