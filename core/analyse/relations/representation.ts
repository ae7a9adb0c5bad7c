/**
 * How it is kept what comes before an event. The relations are computed by the same steps whatever the representation
 * is (Hofert, "Static Race Detection and the PWR Algorithm", 2022, section 3.2.2).
 *
 * Values are counted references: `step`, `share` and what `join` and `learn` give back belong to the caller, who drops
 * them; `join` and `learn` take `known` over, so that whoever alone has a clock writes into it instead of copying.
 */
export interface Representation<C> {
  readonly empty: C;
  /** The thread's own events are in it, so that each event changes what the thread knows. Clocks count them elsewhere. */
  readonly steps: boolean;
  /** Does it hold the event: the `time`-th of its thread, the `event`-th of all? */
  holds(known: C, thread: number, time: number, event: number): boolean;
  /** How many events of the thread it holds, where it counts them. */
  time?(known: C, thread: number): number;
  /** With all of the other. */
  join(known: C, other: C): C;
  /** What the thread passes on with its event. */
  step(known: C, event: number): C;
  /** With the event and all that came before it. */
  learn(known: C, told: C, thread: number, time: number, event: number): C;
  share(known: C): C;
  drop(known: C): void;
}

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
  steps: true,
  holds: (known, _thread, _time, event) => has(known, event),
  join: union,
  step: withEvent,
  learn: (known, told, _thread, _time, event) => withEvent(union(known, told), event),
  share: (known) => known,
  drop: () => undefined,
};

/** The events of a set, lowest first. */
export function eventsIn(set: EventSet): number[] {
  const events: number[] = [];
  for (let event = 0; event < set.length * 32; event++) if (has(set, event)) events.push(event);
  return events;
}
