/**
 * Lock dependencies: a thread takes a lock while others are held, by itself or around it. Critical sections reach over
 * threads (Sulzmann): an event is guarded by acq(x)–rel(x) of another thread when PWR puts it between the two.
 */
import { ACQUIRE, BY_TRY, READ_ACQUIRE, READ_RELEASE, RELEASE, REQUEST } from '../../trace/execution/actions';
import type { Execution } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import { handOvers } from '../relations/held-locks';
import { Order } from '../relations/order';
import { optionsFor } from '../relations/races';
import { type VectorClock, vectorClocks } from '../relations/representation';
import { PWR } from '../relations/rules';

export interface Guard {
  lock: number;
  shared: boolean;
  acquire: number;
  /** It is the thread's own: it took the lock and gives it back. */
  own: boolean;
}

export interface LockDependency {
  thread: number;
  lock: number;
  shared: boolean;
  /** The inner acquire; of one that never came, the request. */
  event: number;
  guards: readonly Guard[];
  /** Which event of its thread it is, from 1, and what came before it. */
  time: number;
  known: VectorClock;
}

/** A critical section that has begun; whoever is in it by another thread waits for its end to be sure. */
interface Open {
  guard: Guard;
  thread: number;
  time: number;
  /** Its own thread releases it. */
  kept: boolean;
  waiting: { dependency: LockDependency; guards: Guard[] }[];
}

/** In the order of their events. One pass over the execution, and for each acquire the locks that are held then. */
export function lockDependencies(execution: Execution): LockDependency[] {
  const options = optionsFor(execution);
  const { acquires, acquireOf } = options.handOvers ?? handOvers(execution);
  const order = new Order(PWR, vectorClocks, options);
  const { action, thread, target, detail, count } = execution;
  const found: { dependency: LockDependency; guards: Guard[] }[] = [];
  const open = new Set<Open>();
  const byKey = new Map<number, Open[]>();
  const requested = new Map<number, (typeof found)[number]>();
  const key = (lock: number, shared: boolean): number => 2 * lock + (shared ? 1 : 0);

  const ask = (event: number, shared: boolean): void => {
    const id = thread[event]!;
    const known = order.known[id] ?? vectorClocks.empty;
    const guards: Guard[] = [];
    const time = (order.times[id] ?? 0) + 1;
    const dependency = { thread: id, lock: target[event]!, shared, event, guards, time, known };
    const asked = { dependency, guards };
    let guarded = false;
    for (const section of open) {
      if (section.guard.lock === target[event]) continue;
      if (section.thread === id && section.kept) guards.push(section.guard);
      else if (
        section.thread === id ||
        vectorClocks.holds(known, section.thread, section.time, section.guard.acquire)
      ) {
        section.waiting.push(asked);
      } else continue;
      guarded = true;
    }
    if (!guarded) return;
    found.push(asked);
    requested.set(id, asked);
  };

  const end = (event: number, shared: boolean): void => {
    const sections = listOf(byKey, key(target[event]!, shared));
    const acquire = acquireOf.get(event);
    const id = thread[event]!;
    const at = sections.findLastIndex((it) =>
      acquire === undefined ? it.thread === id && it.kept : it.guard.acquire === acquire,
    );
    const [section] = sections.splice(Math.max(at, 0), 1);
    if (!section) return;
    open.delete(section);
    for (const { dependency, guards } of section.waiting) {
      const before = dependency.thread === id || order.known[id]![dependency.thread]! >= dependency.time;
      if (before) guards.push({ ...section.guard, own: false });
    }
  };

  for (let event = 0; event < count; event++) {
    const code = action[event]!;
    const shared = code === READ_ACQUIRE || code === READ_RELEASE;
    const takes = code === ACQUIRE || code === READ_ACQUIRE;
    if (takes) {
      // The acquire itself comes in the place of its request.
      const asked = requested.get(thread[event]!);
      if (asked && action[asked.dependency.event] === REQUEST && asked.dependency.lock === target[event])
        found.splice(found.indexOf(asked), 1);
      requested.delete(thread[event]!);
      // Who only tries never waits.
      if (detail[event] !== BY_TRY) ask(event, shared);
    } else if (code === REQUEST) ask(event, false);
    order.event(code, thread[event]!, target[event]!, detail[event]!);
    if (takes) {
      const guard = { lock: target[event]!, shared, acquire: event, own: true };
      const time = order.times[thread[event]!]!;
      const section = { guard, thread: thread[event]!, time, kept: !acquires.has(event), waiting: [] };
      open.add(section);
      listOf(byKey, key(guard.lock, shared)).push(section);
    } else if (code === RELEASE || code === READ_RELEASE) end(event, shared);
  }
  return found.map(({ dependency }) => dependency).filter(({ guards }) => guards.length > 0);
}
