/** What happens before an event and what happens after it, in the order of Lamport: its past and its future. */
import { executionOf } from '../analyse/lowering/lower';
import { type DirectEdges, directEdges, NOTHING } from '../analyse/relations/direct';
import { HB } from '../analyse/relations/rules';
import type { Execution } from '../trace/execution/execution';
import { goroutineOf, type Trace } from '../trace/trace';
import { type Groups, groupBy } from './groups';

export interface Cone {
  /** Goroutine → its newest event that happens before the chosen one; -1: none. All earlier ones do as well. */
  past: Int32Array;
  /** Goroutine → its first event that happens after it; the number of events: none. All later ones do as well. */
  future: Int32Array;
}

/** Ready for any event of a trace. Making it is linear in the trace, a cone in what is in it. */
export class Cones {
  private readonly execution: Execution;
  private readonly edges: DirectEdges;
  private readonly byThread: Groups;
  private readonly positions: Int32Array;
  private learners: Groups | undefined;

  constructor(private readonly trace: Trace) {
    this.execution = executionOf(trace);
    this.edges = directEdges(this.execution, HB);
    this.byThread = groupBy(this.execution.thread, trace.header.goroutines.length);
    this.positions = new Int32Array(this.execution.count);
    const { offsets, items } = this.byThread;
    for (let thread = 0; thread < trace.header.goroutines.length; thread++) {
      for (let at = offsets[thread]!; at < offsets[thread + 1]!; at++) this.positions[items[at]!] = at;
    }
  }

  /** `event` as in the trace, in [0, count). */
  of(event: number): Cone {
    const goroutine = goroutineOf(this.trace, event);
    const { source } = this.execution;
    const { offsets, items } = this.byThread;
    const low = this.firstAction(goroutine, event);
    let high = low;
    while (high < offsets[goroutine + 1]! && source[items[high]!] === event) high++;
    const past = this.past(goroutine, high - 1);
    const future = this.future(goroutine, low);
    past[goroutine] = event;
    future[goroutine] = event;
    return { past, future };
  }

  /** Position of the first action of the goroutine that the event has, or that comes after it. */
  private firstAction(goroutine: number, event: number): number {
    const { source } = this.execution;
    const { offsets, items } = this.byThread;
    let low = offsets[goroutine]!;
    let high = offsets[goroutine + 1]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (source[items[middle]!]! < event) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** From a position in its thread backwards; the result in events of the trace. */
  private past(goroutine: number, position: number): Int32Array {
    const { items, offsets } = this.byThread;
    const { events, learned, left, right } = this.edges;
    const done = offsets.slice(0, -1);
    const seen = new Uint8Array(left.length);
    const stack: number[] = [];
    const reach = (thread: number, upTo: number): void => {
      for (let at = upTo; at >= done[thread]!; at--) {
        if (learned[items[at]!] !== NOTHING) stack.push(learned[items[at]!]!);
      }
      if (upTo >= done[thread]!) done[thread] = upTo + 1;
    };
    reach(goroutine, position);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node < events) reach(this.execution.thread[node]!, this.positions[node]!);
      else if (seen[node - events] === 0) {
        seen[node - events] = 1;
        stack.push(left[node - events]!, right[node - events]!);
      }
    }
    return Int32Array.from(done, (at, thread) =>
      at > offsets[thread]! ? this.execution.source[items[at - 1]!]! : NOTHING,
    );
  }

  private future(goroutine: number, position: number): Int32Array {
    const { items, offsets } = this.byThread;
    const { events } = this.edges;
    this.learners ??= learnersOf(this.edges);
    const learners = this.learners;
    const done = offsets.slice(1);
    const seen = new Uint8Array(this.edges.left.length);
    const stack: number[] = [];
    const visit = (node: number): void => {
      for (let at = learners.offsets[node]!; at < learners.offsets[node + 1]!; at++) stack.push(learners.items[at]!);
    };
    const reach = (thread: number, from: number): void => {
      const end = done[thread]!;
      if (from >= end) return;
      done[thread] = from;
      for (let at = from; at < end; at++) visit(items[at]!);
    };
    reach(goroutine, position);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node < events) reach(this.execution.thread[node]!, this.positions[node]!);
      else if (seen[node - events] === 0) {
        seen[node - events] = 1;
        visit(node);
      }
    }
    return Int32Array.from(done, (at, thread) =>
      at < offsets[thread + 1]! ? this.execution.source[items[at]!]! : this.trace.count,
    );
  }
}

/** Node → the events and joins that have learned from it. */
function learnersOf({ events, learned, left, right }: DirectEdges): Groups {
  const nodes = events + left.length;
  // One edge leads to an event, two lead to a join.
  const keys = new Int32Array(events + 2 * left.length);
  keys.set(learned);
  keys.set(left, events);
  keys.set(right, events + left.length);
  const groups = groupBy(keys, nodes);
  for (const [at, edge] of groups.items.entries()) {
    if (edge >= events + left.length) groups.items[at] = edge - left.length;
  }
  return groups;
}
