/**
 * How it is kept what comes before an event. The relations are computed by the same steps whatever the representation
 * is (Hofert, "Static Race Detection and the PWR Algorithm", 2022, section 3.2.2). Values never change, so that an event
 * is given what its thread knows without a copy.
 */
export interface Representation<C> {
  empty: C;
  /** Does it hold the event: the `time`-th of its thread, the `event`-th of all? */
  holds(known: C, thread: number, time: number, event: number): boolean;
  /** With all of the other. `known` itself where that adds nothing. */
  join(known: C, other: C): C;
  /** What the thread itself goes on with after its event; clocks count that elsewhere. */
  step(known: C, event: number): C;
  /** With the event and all that came before it. */
  learn(known: C, told: C, thread: number, time: number, event: number): C;
}

/** For each thread, how many of its events are held; missing ones are 0. */
export type VectorClock = readonly number[];

function joined(known: VectorClock, other: VectorClock, fresh: number[] | undefined): number[] | undefined {
  let copy = fresh;
  for (let thread = 0; thread < other.length; thread++) {
    const time = other[thread]!;
    if (copy === undefined) {
      if (thread < known.length && known[thread]! >= time) continue;
      if (thread >= known.length && time === 0) continue;
      copy = known.slice();
    }
    while (copy.length <= thread) copy.push(0);
    if (copy[thread]! < time) copy[thread] = time;
  }
  return copy;
}

function raised(known: VectorClock, thread: number, time: number): number[] {
  const copy = known.slice();
  while (copy.length <= thread) copy.push(0);
  if (copy[thread]! < time) copy[thread] = time;
  return copy;
}

/** Mattern, "Virtual Time and Global States of Distributed Systems", 1989. */
export const vectorClocks: Representation<VectorClock> = {
  empty: [],
  holds: (known, thread, time) => thread < known.length && known[thread]! >= time,
  join: (known, other) => (known === other ? known : (joined(known, other, undefined) ?? known)),
  step: (known) => known,
  learn: (known, told, thread, time) => joined(known, told, raised(known, thread, time))!,
};

/** All events that come before, one bit each. For small executions: quadratic in the number of events. */
export type EventSet = Uint32Array;

const union = (a: EventSet, b: EventSet): EventSet => {
  const [wide, narrow] = a.length >= b.length ? [a, b] : [b, a];
  const both = wide.slice();
  for (let at = 0; at < narrow.length; at++) both[at]! |= narrow[at]!;
  return both;
};
const has = (set: EventSet, event: number): boolean => ((set[event >>> 5] ?? 0) & (1 << (event & 31))) !== 0;

function withEvent(set: EventSet, event: number): EventSet {
  const grown = new Uint32Array(Math.max(set.length, (event >>> 5) + 1));
  grown.set(set);
  grown[event >>> 5]! |= 1 << (event & 31);
  return grown;
}

export const eventSets: Representation<EventSet> = {
  empty: new Uint32Array(0),
  holds: (known, _thread, _time, event) => has(known, event),
  join: union,
  step: withEvent,
  learn: (known, told, _thread, _time, event) => withEvent(union(known, told), event),
};

/** The events of a set, lowest first. */
export function eventsIn(set: EventSet): number[] {
  const events: number[] = [];
  for (let event = 0; event < set.length * 32; event++) if (has(set, event)) events.push(event);
  return events;
}
