/**
 * Vector clocks (Mattern, "Virtual Time and Global States of Distributed Systems", 1989) as rows of one array: for each
 * thread, how many of its events are known. A row is a number; rows that several places refer to are copied when they
 * are written, others are written in place and used again, so that nothing is allocated for an event.
 */
import type { Representation } from './representation';
import { LANE, MOST_NARROW, RowMemory } from './row-memory';

const EMPTY = 0;

export class ClockRows implements Representation<number> {
  readonly empty = EMPTY;
  readonly steps = false;
  /** Room for so many threads in a row. */
  private width: number;
  /** No thread above has ever been learned of. */
  private used = 0;
  private memory: RowMemory;
  /** The entries of `memory`. */
  private data: Int32Array | Uint16Array;
  /** Times fit into half the memory until one does not. */
  private narrow: boolean;
  private references: Int32Array;
  /** Of each row a number for what it has in it, and that of what was joined into it last: again that says nothing new. */
  private content = new Int32Array(FEW * CONTENTS);
  private contents = 0;
  private readonly free: number[] = [];
  /** Row 0 is the empty clock. */
  private rows = 1;

  constructor(threads: number) {
    this.width = widthFor(threads);
    this.narrow = threads >= MANY;
    this.memory = new RowMemory(this.width * FEW, this.narrow);
    this.data = this.memory.entries;
    this.references = new Int32Array(FEW);
  }

  /** How many events of the thread are known. */
  time(known: number, thread: number): number {
    return thread < this.used ? this.data[known * this.width + thread]! : 0;
  }

  holds(known: number, thread: number, time: number): boolean {
    return thread < this.used && this.data[known * this.width + thread]! >= time;
  }

  share(known: number): number {
    if (known !== EMPTY) this.references[known]!++;
    return known;
  }

  step(known: number): number {
    return this.share(known);
  }

  drop(known: number): void {
    if (known !== EMPTY && --this.references[known]! === 0) this.free.push(known);
  }

  join(known: number, other: number): number {
    if (known === other || other === EMPTY) return known;
    if (known === EMPTY) return this.share(other);
    return this.merged(known, other);
  }

  learn(known: number, told: number, thread: number, time: number): number {
    if (thread >= this.used) this.admit(thread);
    if (time > MOST_NARROW && this.narrow) this.widen();
    const row = this.merged(known, told);
    const at = row * this.width + thread;
    if (this.data[at]! < time) this.data[at] = time;
    return row;
  }

  private merged(known: number, other: number): number {
    const row = known !== EMPTY && this.references[known] === 1 ? known : this.fresh();
    const { width, content } = this;
    const joined = content[other * CONTENTS + OWN]!;
    if (row !== known || content[row * CONTENTS + JOINED] !== joined) {
      this.memory.merge(row * width, known * width, other * width, this.used);
      content[row * CONTENTS + JOINED] = joined;
    }
    content[row * CONTENTS + OWN] = ++this.contents;
    if (row !== known) this.drop(known);
    return row;
  }

  /** A row whose content is to be written up to `used`. */
  private fresh(): number {
    const again = this.free.pop();
    if (again !== undefined) {
      this.references[again] = 1;
      return again;
    }
    if (this.rows === this.references.length) {
      const wider = new Int32Array(2 * this.rows);
      wider.set(this.references);
      this.references = wider;
      const content = new Int32Array(wider.length * CONTENTS);
      content.set(this.content);
      this.content = content;
      this.memory.grow(wider.length * this.width);
      this.data = this.memory.entries;
    }
    this.references[this.rows] = 1;
    return this.rows++;
  }

  private admit(thread: number): void {
    if (thread >= this.width) this.move(widthFor(Math.max(2 * this.width, thread + 1)));
    // Behind `used` nothing was ever written.
    this.used = thread + 1;
  }

  private widen(): void {
    this.narrow = false;
    this.move(this.width);
  }

  private move(wider: number): void {
    const { width, data } = this;
    this.width = wider;
    this.memory = new RowMemory(this.references.length * wider, this.narrow);
    this.data = this.memory.entries;
    for (let row = 0; row < this.rows; row++) {
      this.data.set(data.subarray(row * width, row * width + this.used), row * wider);
    }
  }
}

/** So many threads have so few events each, as a rule, that narrow entries do. */
const MANY = 64;
/** Rows at first. */
const FEW = 64;
/** Numbers in `content` for each row. */
const CONTENTS = 2;
const OWN = 0;
const JOINED = 1;

const widthFor = (threads: number): number =>
  threads <= LANE / 2 ? Math.max(threads, 4) : Math.ceil(threads / LANE) * LANE;
