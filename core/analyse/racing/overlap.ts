/** Which variables of a trace share memory: a struct that is copied, and its field that another goroutine writes. */
import { argumentOf, objectOf, operationOf, type Trace, type TraceEvent } from '../../trace/trace';

/** Longer ranges are few: whole structs, arrays and slices. They are searched one by one. */
const LONG = 64;

interface Region {
  /** By where they begin. */
  members: number[];
  long: number[];
}

export class Overlaps {
  private readonly sizes = new Map<number, number>();
  private readonly regions = new Map<number, Region>();
  private readonly known = new Map<number, readonly number[]>();

  constructor(private readonly trace: Trace) {
    const { objects } = trace.header;
    if (objects.every(({ region }) => region === undefined)) return;
    for (let index = 0; index < trace.count; index++) {
      const object = objectOf(trace, index);
      if (objects[object]?.region !== undefined) {
        this.sizes.set(
          object,
          Math.max(this.size(object), bytesOf(operationOf(trace, index), argumentOf(trace, index))),
        );
      }
    }
    for (const [index, { region }] of objects.entries()) {
      if (region === undefined) continue;
      const known = this.regions.get(region) ?? { members: [], long: [] };
      this.regions.set(region, known);
      known.members.push(index);
      if (this.size(index) > LONG) known.long.push(index);
    }
    for (const { members } of this.regions.values()) members.sort((a, b) => this.start(a) - this.start(b));
  }

  /** The bytes that an access concerns, within the region of its variable: the first, and the one behind the last. */
  range({ object, operation, argument }: TraceEvent): readonly [number, number] {
    const from = this.start(object);
    return [from, from + bytesOf(operation, argument)];
  }

  /** The variables that share a byte with this one, itself among them. */
  near(object: number): readonly number[] {
    const region = this.trace.header.objects[object]?.region;
    const members = region === undefined ? undefined : this.regions.get(region);
    if (!members) return [object];
    const list = this.known.get(object) ?? this.search(object, members);
    this.known.set(object, list);
    return list;
  }

  private search(object: number, { members, long }: Region): number[] {
    const from = this.start(object);
    const to = from + this.size(object);
    const found = long.filter((other) => this.start(other) < to && from < this.start(other) + this.size(other));
    let low = 0;
    for (let high = members.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.start(members[middle]!) <= from - LONG) low = middle + 1;
      else high = middle;
    }
    for (; low < members.length && this.start(members[low]!) < to; low++) {
      const other = members[low]!;
      if (this.size(other) <= LONG && from < this.start(other) + this.size(other)) found.push(other);
    }
    return found;
  }

  private start(object: number): number {
    return this.trace.header.objects[object]?.offset ?? 0;
  }

  private size(object: number): number {
    return this.sizes.get(object) ?? 1;
  }
}

/** How much an atomic operation concerns is not in the trace; its first byte will do. */
const bytesOf = (operation: string, argument: number): number =>
  operation === 'read' || operation === 'write' ? Math.max(1, argument) : 1;
