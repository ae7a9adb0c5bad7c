/**
 * The wait-for graph at the end of a trace (Holt, "Some Deadlock Properties of Computer Systems", Computing Surveys
 * 1972): an edge from a blocked goroutine to each live one that could let it go on. Who holds a lock is known. Who
 * would have used a channel, a wait group or a condition is not in a trace, so an edge says on what it rests.
 */
import type { Operation } from '../../protocol/trace';
import { ABSENT, channelDirection, eventAt, objectOf, type Trace } from '../trace/trace';
import { type History, type Use, usersOf } from './history';
import type { TraceState } from './state';

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
}

/** How good a ground is: larger is better. */
export const GROUND_RANK: Readonly<Record<Ground, number>> = { holds: 2, used: 1, made: 0 };

const isLive = (state: TraceState, goroutine: number): boolean => {
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

/** Waits and edges at `state`. Time: events + edges; edges at most blocked goroutines × goroutines. */
export function waitForGraph(trace: Trace, state: TraceState, history: History): WaitForGraph {
  const waits: Wait[] = [];
  for (let goroutine = 0; goroutine < state.goroutines.length; goroutine++) {
    const wait = waitOf(trace, state, goroutine);
    if (wait) waits.push(wait);
  }
  return { waits, edges: waits.flatMap((wait) => edgesOf(trace, state, history, waits, wait)) };
}

function edgesOf(trace: Trace, state: TraceState, history: History, waits: readonly Wait[], wait: Wait): WaitEdge[] {
  const best = new Map<number, WaitEdge>();
  const add = (to: number, ground: Ground, object: number, evidence: number): void => {
    if (!isLive(state, to) || (to === wait.goroutine && ground !== 'holds')) return;
    const known = best.get(to);
    if (known && GROUND_RANK[known.ground] >= GROUND_RANK[ground]) return;
    best.set(to, { from: wait.goroutine, to, ground, object, evidence });
  };
  const addUsers = (object: number, use: Use, ground: Ground): void => {
    for (const [goroutine, event] of usersOf(history, object, use)) add(goroutine, ground, object, event);
  };
  switch (wait.operation) {
    case 'lock':
    case 'rlock':
      for (const { object } of wait.objects) {
        for (const [goroutine, { held }] of state.goroutines.entries()) {
          for (const lock of held) {
            // A reader waits for readers only through the writer that is queued before it.
            const matters = lock.object === object && (wait.operation === 'lock' || !lock.shared);
            if (matters) add(goroutine, 'holds', object, lock.event);
          }
        }
        if (wait.operation === 'rlock') {
          for (const other of waits) {
            const queued = other.operation === 'lock' && other.event < wait.event;
            if (queued && other.objects.some((it) => it.object === object))
              add(other.goroutine, 'holds', object, other.event);
          }
        }
      }
      break;
    case 'send':
    case 'receive':
    case 'select':
      for (const { object, direction } of wait.objects) {
        addUsers(object, direction === 'send' ? 'receive' : 'send', 'used');
        if (direction === 'receive') addUsers(object, 'close', 'used');
        addUsers(object, 'make', 'made');
        // Whoever was started by the maker, after the making, may have been given the other end.
        for (const [maker, made] of usersOf(history, object, 'make')) {
          for (const [goroutine, started] of history.startedBy.entries()) {
            if (started > made && eventAt(trace, started).goroutine === maker) add(goroutine, 'made', object, started);
          }
        }
      }
      if (wait.objects.length > 0) addStarter(trace, history, wait, add);
      break;
    case 'wg-wait':
      for (const { object } of wait.objects) {
        addUsers(object, 'done', 'used');
        for (const goroutine of startedForGroup(trace, history, object)) {
          add(goroutine, 'used', object, history.startedBy[goroutine]!);
        }
        for (const adder of usersOf(history, object, 'add').keys()) {
          for (const [goroutine, started] of history.startedBy.entries()) {
            if (started !== ABSENT && eventAt(trace, started).goroutine === adder)
              add(goroutine, 'made', object, started);
          }
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
    case 'child-wait': {
      // The subtest is the goroutine that this one started last.
      const started = history.startedBy.findLastIndex(
        (event) => event !== ABSENT && event < wait.event && eventAt(trace, event).goroutine === wait.goroutine,
      );
      if (started >= 0) add(started, 'used', ABSENT, history.startedBy[started]!);
      break;
    }
    default:
    // A sleep ends by itself; nothing else blocks.
  }
  return [...best.values()];
}

type Add = (to: number, ground: Ground, object: number, evidence: number) => void;

/** Whoever started the goroutine has, as a rule, the other end of its channels. */
function addStarter(trace: Trace, history: History, wait: Wait, add: Add): void {
  const started = history.startedBy[wait.goroutine] ?? ABSENT;
  if (started !== ABSENT) add(eventAt(trace, started).goroutine, 'made', wait.objects[0]!.object, started);
}

/** Goroutines started right after `wg.Add`, or by `wg.Go`: it is their Done that the wait is for. */
function startedForGroup(trace: Trace, history: History, group: number): number[] {
  return [...history.startedBy.entries()].flatMap(([goroutine, started]) => {
    if (started === ABSENT) return [];
    const own = history.events[eventAt(trace, started).goroutine]!;
    for (let at = own.lastIndexOf(started) - 1; at >= 0; at--) {
      const before = eventAt(trace, own[at]!);
      if (before.operation === 'wg-add') return before.object === group && before.argument > 0 ? [goroutine] : [];
      // `wg.Add(3)` before a loop that starts three, and reads of variables between Add and go, change nothing.
      if (!['go', 'read', 'write', 'atomic', 'make'].includes(before.operation)) return [];
    }
    return [];
  });
}
