/**
 * The edges of a relation instead of its clocks: what each event learns from directly. Who asks for the past or the future
 * of a few events follows them, and needs no clock for each of a million events.
 */
import { type Execution, feed } from '../../trace/execution/execution';
import { Order } from './order';
import { optionsFor } from './races';
import type { Representation } from './representation';
import type { Rules } from './rules';

/** A node is an event, below `events`, or a join of two nodes: what many have said that one has heard. */
export interface DirectEdges {
  events: number;
  /** Event → node it learns from besides its own thread's events; NOTHING for none. */
  learned: Int32Array;
  /** Join j, node events + j, → its two nodes. */
  left: readonly number[];
  right: readonly number[];
}

export const NOTHING = -1;

/** Not for rules with `releases`, whose closure asks for clocks. Linear in the events, as are the joins. */
export function directEdges(execution: Execution, rules: Rules & { releases: false }): DirectEdges {
  const learned = new Int32Array(execution.count).fill(NOTHING);
  const left: number[] = [];
  const right: number[] = [];
  const join = (one: number, other: number): number => {
    if (one === NOTHING || one === other) return other;
    if (other === NOTHING) return one;
    left.push(one);
    return execution.count + right.push(other) - 1;
  };
  const representation: Representation<number> = {
    empty: NOTHING,
    steps: true,
    share: (known) => known,
    drop: () => undefined,
    holds: () => false,
    join,
    // What a thread has learned belongs to the event at which it says something or goes on.
    step(known, event) {
      learned[event] = known;
      return NOTHING;
    },
    learn: (known, _told, _thread, _time, event) => join(known, event),
  };
  feed(execution, new Order(rules, representation, optionsFor(execution)));
  return { events: execution.count, learned, left, right };
}
