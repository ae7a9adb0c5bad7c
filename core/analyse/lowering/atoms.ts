/**
 * Variables that share no memory: where a struct is copied and its fields are written, each piece of it that some access
 * begins or ends at is one. Two accesses overlap iff they have a piece in common.
 */
import type { Trace, TraceEvent } from '../../trace/trace';
import { eventsOf } from '../../trace/trace';

interface Region {
  /** Where pieces begin, ascending; the last is an end. */
  bounds: number[];
  /** Numbers of the pieces, by the index of their begin; -1 until one is used. */
  pieces: number[];
}

const isAccess = ({ operation }: TraceEvent): boolean =>
  operation === 'read' || operation === 'write' || operation === 'atomic';

/** How much an atomic operation concerns is not in the trace; its first byte will do. Nor is a map's size in it. */
const bytesOf = ({ operation, argument }: TraceEvent): number => (operation === 'atomic' ? 1 : Math.max(1, argument));

export class Atoms {
  /** For each piece, a variable of the trace that it belongs to. */
  readonly objects: number[] = [];
  private readonly single = new Map<number, number[]>();
  private readonly regions = new Map<number, Region>();

  constructor(private readonly trace: Trace) {
    const bounds = new Map<number, Set<number>>();
    const { objects } = trace.header;
    for (const event of eventsOf(trace)) {
      const region = objects[event.object]?.region;
      if (region === undefined || !isAccess(event)) continue;
      const known = bounds.get(region) ?? new Set<number>();
      bounds.set(region, known);
      const [from, to] = this.range(event);
      known.add(from).add(to);
    }
    for (const [region, all] of bounds) {
      const sorted = [...all].sort((a, b) => a - b);
      this.regions.set(region, { bounds: sorted, pieces: sorted.map(() => -1) });
    }
  }

  /** The pieces that an access concerns. */
  of(event: TraceEvent): readonly number[] {
    const region = this.regions.get(this.trace.header.objects[event.object]?.region ?? -1);
    if (!region) {
      const known = this.single.get(event.object);
      if (known) return known;
      const fresh = [this.objects.push(event.object) - 1];
      this.single.set(event.object, fresh);
      return fresh;
    }
    const [from, to] = this.range(event);
    const pieces: number[] = [];
    for (let at = lowerBound(region.bounds, from); region.bounds[at]! < to; at++) {
      if (region.pieces[at]! < 0) region.pieces[at] = this.objects.push(event.object) - 1;
      pieces.push(region.pieces[at]!);
    }
    return pieces;
  }

  private range(event: TraceEvent): readonly [number, number] {
    const from = this.trace.header.objects[event.object]?.offset ?? 0;
    return [from, from + bytesOf(event)];
  }
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
