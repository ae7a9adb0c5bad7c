/** Where threads of an execution may have to wait, what they hold then, and who could end it. */
import {
  ACQUIRE,
  ADD,
  BY_TRY,
  givesLock,
  HEAR,
  JOIN,
  READ_ACQUIRE,
  READ_RELEASE,
  RECEIVE,
  SEND,
  TELL,
  takesLock,
  WAIT,
} from '../../trace/execution/actions';
import { ABSENT, type Execution } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import { type Held, HeldLocks, handOvers } from '../relations/held-locks';

/** One time that a thread comes to a place where it may have to wait. */
export interface Visit {
  event: number;
  /** The event of its thread before; ABSENT when there is none. */
  before: number;
  /** For waits that are not for locks: thread → before which event it must be stuck so that the wait does not end. */
  partners: ReadonlyMap<number, number>;
}

/** A thread that waits for the same with the same locks held, as often as it does. */
export interface WaitingPlace {
  thread: number;
  action: number;
  /** The lock, or whatever it is that the action concerns. */
  target: number;
  held: readonly Pick<Held, 'lock' | 'shared'>[];
  visits: Visit[];
}

/** Later visits of one place hardly show anything else. */
const MOST_VISITS = 16;
const NOBODY: ReadonlyMap<number, number> = new Map();

/** One pass. */
export function waitingPlaces(execution: Execution): WaitingPlace[] {
  const { action, thread, target, detail, place, source, capacities, choices, count } = execution;
  const held = new HeldLocks(handOvers(execution));
  const places = new Map<string, WaitingPlace>();
  /** What ends waits: what it ends → thread → its newest such event. */
  const ends = new Map<string, Map<number, number>>();
  const last: number[] = [];

  const ending = (key: string, event: number): void => {
    const by = ends.get(key) ?? new Map<number, number>();
    ends.set(key, by.set(thread[event]!, event));
  };

  /** Undefined for an action that never waits, or had something else to do. */
  const partnersOf = (event: number): ReadonlyMap<number, number> | undefined => {
    if (choices.has(source[event]!)) return undefined;
    const of = target[event]!;
    switch (action[event]) {
      case JOIN:
        // The thread ends behind its last event.
        return last[of] === undefined ? undefined : new Map([[of, last[of] + 1]]);
      case RECEIVE:
        return ends.get(`send ${of} ${detail[event]}`);
      case SEND:
        return ends.get(`receive ${of} ${detail[event]! - capacities[of]!}`);
      case HEAR:
        return ends.get(`message ${of}`);
      case WAIT:
        return new Map(ends.get(`group ${of}`));
      case ACQUIRE:
      case READ_ACQUIRE:
        return detail[event] === BY_TRY ? undefined : NOBODY;
      default:
        return undefined;
    }
  };

  const visit = (event: number): void => {
    const partners = partnersOf(event);
    if (!partners) return;
    const id = thread[event]!;
    const code = action[event]!;
    const own = held.of(id);
    // A message is told once: what is the same is the place.
    const concerned = code === HEAR ? `at ${place[event]} from ${[...partners.keys()].join()}` : target[event]!;
    const key = `${id} ${code} ${concerned} ${held.setOf(id)} ${[...partners.keys()].join()}`;
    const known = places.get(key);
    const seen = { event, before: last[id] ?? ABSENT, partners };
    if (known) {
      if (known.visits.length < MOST_VISITS) known.visits.push(seen);
    } else {
      const locks = own.map(({ lock, shared }) => ({ lock, shared }));
      places.set(key, { thread: id, action: code, target: target[event]!, held: locks, visits: [seen] });
    }
  };

  for (let event = 0; event < count; event++) {
    const code = action[event]!;
    const of = target[event]!;
    const id = thread[event]!;
    visit(event);
    if (takesLock(code)) held.acquire(id, of, code !== ACQUIRE, event, 0);
    else if (givesLock(code)) held.release(id, of, code === READ_RELEASE, event);
    else if (code === TELL) ending(`message ${of}`, event);
    else if (code === SEND) ending(`send ${of} ${detail[event]}`, event);
    else if (code === RECEIVE) ending(`receive ${of} ${detail[event]}`, event);
    else if (code === ADD && detail[event]! < 0) ending(`group ${of}`, event);
    last[id] = event;
  }
  return [...places.values()];
}

/** By what they hold, and by thread. */
export function holdersOf(places: readonly WaitingPlace[]): Map<number, WaitingPlace[]> {
  const holders = new Map<number, WaitingPlace[]>();
  for (const place of places)
    for (const lock of new Set(place.held.map((it) => it.lock))) listOf(holders, lock).push(place);
  return holders;
}
