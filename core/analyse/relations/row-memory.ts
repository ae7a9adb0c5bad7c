/**
 * Memory of rows of numbers, and the greater of two rows, entry by entry: what a join of vector clocks is. With many
 * threads the joins are most of the work, and WebAssembly does four or eight entries at once, which JavaScript cannot. Where
 * there is none (a page that forbids it, an old processor) the same is done one by one.
 */

/** Entries that one round takes at most; lengths of long rows are multiples of it. */
export const LANE = 32;
/** Narrow entries have 16 bits, from 0 on: half the memory to go through. */
export const MOST_NARROW = 0xffff;
/** Shorter rows are merged before WebAssembly would have been called. */
const SHORT = 24;
const PAGE_BYTES = 65_536;

/** Offsets in bytes: where to put it, the two rows, and where the first ends. */
type Merge = (into: number, one: number, other: number, end: number) => void;

interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the global that is used: core knows neither node nor the DOM. */
interface WebAssemblyLike {
  Memory: new (descriptor: { initial: number }) => LinearMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { merge: Merge } };
}

const available = (globalThis as { WebAssembly?: WebAssemblyLike }).WebAssembly;

export class RowMemory {
  /** Another view after each `grow`. */
  entries: Int32Array | Uint16Array;
  private readonly entryBytes: number;
  private readonly memory: LinearMemory | undefined;
  private readonly mergeLanes: Merge | undefined;

  constructor(
    size: number,
    private readonly narrow = false,
    compiled: object | undefined = compiledFor(narrow),
  ) {
    this.entryBytes = narrow ? 2 : 4;
    const memory = compiled && available ? new available.Memory({ initial: this.pagesFor(size) }) : undefined;
    this.memory = memory;
    this.entries = this.viewOf(memory ? memory.buffer : new ArrayBuffer(size * this.entryBytes));
    this.mergeLanes =
      memory && available ? new available.Instance(compiled!, { rows: { memory } }).exports.merge : undefined;
  }

  private viewOf(buffer: ArrayBuffer): Int32Array | Uint16Array {
    return this.narrow ? new Uint16Array(buffer) : new Int32Array(buffer);
  }

  private pagesFor(entries: number): number {
    return Math.max(1, Math.ceil((entries * this.entryBytes) / PAGE_BYTES));
  }

  /** Room for so many entries at least; what was there stays. Throws a RangeError where the machine has not so much. */
  grow(size: number): void {
    if (size <= this.entries.length) return;
    if (this.memory) {
      this.memory.grow(this.pagesFor(size) - this.pagesFor(this.entries.length));
      this.entries = this.viewOf(this.memory.buffer);
    } else {
      const wider = this.viewOf(new ArrayBuffer(size * this.entryBytes));
      wider.set(this.entries);
      this.entries = wider;
    }
  }

  /** Row `into` becomes the greater of two, by offsets; it may be one of them. Long rows: `length` is rounded up to LANE. */
  merge(into: number, one: number, other: number, length: number): void {
    if (this.mergeLanes && length > SHORT) {
      const rounded = Math.ceil(length / LANE) * LANE;
      const { entryBytes } = this;
      this.mergeLanes(into * entryBytes, one * entryBytes, other * entryBytes, (into + rounded) * entryBytes);
      return;
    }
    const { entries } = this;
    // Without a branch: which one is greater cannot be foreseen.
    for (let at = 0; at < length; at++) {
      const mine = entries[one + at]!;
      const more = entries[other + at]! - mine;
      entries[into + at] = mine + (more & ~(more >> 31));
    }
  }
}

const modules = new Map<boolean, object | undefined>();

/** Undefined where it cannot be compiled. */
function compiledFor(narrow: boolean): object | undefined {
  if (!modules.has(narrow)) {
    try {
      modules.set(narrow, available && new available.Module(bytesOfModule(narrow)));
    } catch {
      // Forbidden by the page, or without vectors: the plain loop does it.
      modules.set(narrow, undefined);
    }
  }
  return modules.get(narrow);
}

const [GET, SET, TEE, CONST, ADD] = [0x20, 0x21, 0x22, 0x41, 0x6a];
const [LOAD, STORE, GREATER, GREATER_NARROW] = [
  [0xfd, 0x00, 0x04],
  [0xfd, 0x0b, 0x04],
  [0xfd, 0xb8, 0x01],
  [0xfd, 0x99, 0x01],
];
const [INTO, ONE, OTHER, END] = [0, 1, 2, 3];
const VECTOR_BYTES = 16;
const LANE_BYTES = 4 * VECTOR_BYTES;

/**
 * (module (import "rows" "memory" (memory 1))
 *   (func (export "merge") (param $into i32) (param $one i32) (param $other i32) (param $end i32)
 *     (loop
 *       (v128.store offset=… (local.get $into)
 *         (i32x4.max_s or i16x8.max_u (v128.load offset=… (local.get $one)) (v128.load offset=… (local.get $other))))  ;; four times
 *       (local.set $one (i32.add (local.get $one) (i32.const 64)))
 *       (local.set $other (i32.add (local.get $other) (i32.const 64)))
 *       (br_if 0 (i32.lt_u (local.tee $into (i32.add (local.get $into) (i32.const 64))) (local.get $end))))))
 */
function bytesOfModule(narrow: boolean): Uint8Array {
  const vectors = [0, 1, 2, 3].flatMap((vector) => {
    const offset = vector * VECTOR_BYTES;
    return [
      ...[GET!, INTO!, GET!, ONE!, ...LOAD!, offset, GET!, OTHER!, ...LOAD!, offset],
      ...[...(narrow ? GREATER_NARROW! : GREATER!), ...STORE!, offset],
    ];
  });
  // A signed LEB128 of 64 needs a second byte.
  const step = (local: number, write: number): number[] => [
    ...[GET!, local, CONST!, LANE_BYTES | 0x80, 0x00, ADD!, write, local],
  ];
  const loop = [
    ...[0x03, 0x40, ...vectors, ...step(ONE!, SET!), ...step(OTHER!, SET!), ...step(INTO!, TEE!)],
    ...[GET!, END!, 0x49, 0x0d, 0x00, 0x0b],
  ];
  const body = [0x00, ...loop, 0x0b];
  const text = (word: string): number[] => [word.length, ...[...word].map((letter) => letter.charCodeAt(0))];
  const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
    ...section(2, [1, ...text('rows'), ...text('memory'), 0x02, 0x00, 0x01]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('merge'), 0x00, 0x00]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** LEB128 of a number below 16,384. */
const unsigned = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7]);
