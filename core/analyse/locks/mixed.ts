/**
 * Cycles of a lock and of something else that is waited for: a thread waits, with a lock held, for a message, a join or a
 * WaitGroup, and whoever is to end the wait takes that lock before. In the execution it did so in time; in a reordering
 * it comes too late.
 */
import {
  ACQUIRE,
  ADD,
  givesLock,
  HEAR,
  JOIN,
  READ_RELEASE,
  RECEIVE,
  SEND,
  TELL,
  takesLock,
  WAIT,
} from '../../trace/execution/actions';
import { ABSENT, type Execution } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import { allClocks } from '../relations/all-clocks';
import { HeldLocks, handOvers } from '../relations/held-locks';
import { PWR } from '../relations/rules';

export interface MixedCycle {
  /** The acquire that comes too late, and the wait for what comes behind it. */
  acquire: number;
  wait: number;
  lock: number;
  /** Nobody else could end the wait. */
  certain: boolean;
}

/** One for each waiting thread, lock and other thread. */
export function mixedCycles(execution: Execution): MixedCycle[] {
  const { action, thread, target, detail, count } = execution;
  const order = allClocks(execution, PWR);
  const held = new HeldLocks(handOvers(execution));
  const acquires = new Map<string, number[]>();
  /** What ends waits, by what it ends. */
  const ends = new Map<string, number[]>();
  const last: number[] = [];
  const told = new Set<string>();
  const found: MixedCycle[] = [];
  const isBefore = (first: number, second: number): boolean => second !== ABSENT && order.isBefore(first, second);

  const partners = (event: number): readonly number[] => {
    const of = target[event]!;
    if (action[event] === JOIN) return last[of] === undefined ? [] : [last[of]];
    if (action[event] === RECEIVE) return ends.get(`c${of} ${detail[event]}`) ?? [];
    return ends.get(action[event] === WAIT ? `g${of}` : `m${of}`) ?? [];
  };

  const look = (event: number): void => {
    const waiting = thread[event]!;
    const before = last[waiting] ?? ABSENT;
    for (const own of held.of(waiting)) {
      for (const partner of partners(event)) {
        const other = thread[partner]!;
        const key = `${waiting} ${own.lock} ${other}`;
        if (other === waiting || told.has(key)) continue;
        const late = (acquires.get(`${other} ${own.lock}`) ?? []).find(
          (acquire) => acquire < partner && !isBefore(acquire, before) && !isBefore(own.acquire, acquire),
        );
        if (late === undefined) continue;
        told.add(key);
        const certain = action[event] === JOIN || action[event] === WAIT;
        found.push({ acquire: late, wait: event, lock: own.lock, certain });
      }
    }
  };

  for (let event = 0; event < count; event++) {
    const code = action[event]!;
    const of = target[event]!;
    const id = thread[event]!;
    const waits = code === JOIN || code === WAIT || code === HEAR || code === RECEIVE;
    if (waits && held.of(id).length > 0) look(event);
    if (takesLock(code)) {
      held.acquire(id, of, code !== ACQUIRE, event, order.time[event]!);
      listOf(acquires, `${id} ${of}`).push(event);
    } else if (givesLock(code)) held.release(id, of, code === READ_RELEASE, event);
    else if (code === TELL) listOf(ends, `m${of}`).push(event);
    else if (code === SEND) listOf(ends, `c${of} ${detail[event]}`).push(event);
    else if (code === ADD && detail[event]! < 0) listOf(ends, `g${of}`).push(event);
    last[id] = event;
  }
  return found;
}
