/**
 * The accesses of each variable that a later one may still race with. Forgotten are those that a later one has taken
 * the place of: it comes after them, conflicts with all that they conflict with, and has no lock that they have not, so
 * whatever races with a forgotten access races with that one too. Without races one write and the reads since are
 * left, as in FastTrack (Flanagan & Freund, PLDI 2009).
 */
import { changes, isAtomic } from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import { EntryIndex } from './entry-index';

/** An earlier and a later access of one variable, by their events. */
export type OnPair = (first: number, second: number, variable: number) => void;
export interface Precedence {
  /** Does the event, the `time`-th of `by`, come before what `thread` does now? */
  isBefore(by: number, time: number, event: number, thread: number): boolean;
}

const FIELDS = 6;
const THREAD = 0;
const TIME = 1;
const EVENT = 2;
const SET = 3;
const ATOMIC = 4;
const NEXT = 5;

/** More readers of one variable get an index. */
const MOST_WALKED = 8;

export interface LockSetOrder {
  disjoint(one: number, other: number): boolean;
  within(one: number, other: number): boolean;
}

export class Accesses {
  private pool = new Int32Array(FIELDS * 256);
  private used = 0;
  private free = ABSENT;
  /** Variable → its newest kept access that changes it, and that does not. */
  private writers = new Int32Array(64).fill(ABSENT);
  private readers = new Int32Array(64).fill(ABSENT);
  /** Variable → how many readers are kept, and whether they stand in `index`. */
  private counts = new Int32Array(64);
  private indexed = new Uint8Array(64);
  /** Of variables with many readers: variable, thread, locks and kind → entry. */
  private readonly index = new EntryIndex();

  constructor(
    private readonly onPair: OnPair,
    private readonly order: Precedence,
    /** By the numbers of lock sets; where all are 0 nothing is asked. */
    private readonly sets?: LockSetOrder,
  ) {}

  take(action: number, thread: number, variable: number, event: number, time: number, set: number): void {
    if (variable >= this.writers.length) this.widen(variable);
    const atomic = isAtomic(action) ? 1 : 0;
    if (changes(action)) this.write(thread, variable, event, time, set, atomic);
    else this.read(thread, variable, event, time, set, atomic);
  }

  private read(thread: number, variable: number, event: number, time: number, set: number, atomic: number): void {
    for (let at = this.writers[variable]!; at !== ABSENT; at = this.pool[at + NEXT]!) {
      this.check(at, variable, event, thread, set, atomic);
    }
    const known = this.readerOf(thread, variable, set, atomic);
    if (known !== ABSENT) {
      this.pool[known + TIME] = time;
      this.pool[known + EVENT] = event;
      return;
    }
    const fresh = this.entry(thread, time, event, set, atomic, this.readers[variable]!);
    this.readers[variable] = fresh;
    const count = ++this.counts[variable]!;
    if (this.indexed[variable] === 1) this.enter(variable, fresh);
    else if (count > MOST_WALKED) {
      this.indexed[variable] = 1;
      for (let at = fresh; at !== ABSENT; at = this.pool[at + NEXT]!) this.enter(variable, at);
    }
  }

  /** Of reads by one thread, of one kind and with the same locks, the newest is enough. */
  private readerOf(thread: number, variable: number, set: number, atomic: number): number {
    const { pool } = this;
    const indexed = this.indexed[variable] === 1;
    for (let at = this.readers[variable]!; at !== ABSENT; at = pool[at + NEXT]!) {
      if (pool[at + THREAD] === thread && pool[at + SET] === set && pool[at + ATOMIC] === atomic) return at;
      if (indexed) return this.index.get(variable, thread, 2 * set + atomic);
    }
    return ABSENT;
  }

  private enter(variable: number, at: number): void {
    const { pool } = this;
    this.index.set(variable, pool[at + THREAD]!, 2 * pool[at + SET]! + pool[at + ATOMIC]!, at);
  }

  private leave(variable: number, at: number): void {
    const { pool } = this;
    this.index.delete(variable, pool[at + THREAD]!, 2 * pool[at + SET]! + pool[at + ATOMIC]!);
  }

  private write(thread: number, variable: number, event: number, time: number, set: number, atomic: number): void {
    this.writers[variable] = this.keptAfter(this.writers, thread, variable, event, set, atomic);
    this.readers[variable] = this.keptAfter(this.readers, thread, variable, event, set, atomic);
    if (this.indexed[variable] === 1 && this.counts[variable]! <= MOST_WALKED) {
      for (let at = this.readers[variable]!; at !== ABSENT; at = this.pool[at + NEXT]!) this.leave(variable, at);
      this.indexed[variable] = 0;
    }
    this.writers[variable] = this.entry(thread, time, event, set, atomic, this.writers[variable]!);
  }

  /** Checks all of a chain and gives it back without those that the write takes the place of. */
  private keptAfter(
    heads: Int32Array,
    thread: number,
    variable: number,
    event: number,
    set: number,
    atomic: number,
  ): number {
    let head = heads[variable]!;
    let previous = ABSENT;
    for (let at = head; at !== ABSENT; ) {
      const next = this.pool[at + NEXT]!;
      const before = this.check(at, variable, event, thread, set, atomic);
      const replaced =
        before &&
        (atomic === 0 || this.pool[at + ATOMIC] === 1) &&
        (set === 0 || this.sets!.within(set, this.pool[at + SET]!));
      if (replaced) {
        if (previous === ABSENT) head = next;
        else this.pool[previous + NEXT] = next;
        if (heads === this.readers) {
          this.counts[variable]!--;
          if (this.indexed[variable] === 1) this.leave(variable, at);
        }
        this.pool[at + NEXT] = this.free;
        this.free = at;
      } else previous = at;
      at = next;
    }
    return head;
  }

  /** True when the kept access comes before this one. Tells the pair when the two race. */
  private check(at: number, variable: number, event: number, thread: number, set: number, atomic: number): boolean {
    const { pool } = this;
    const by = pool[at + THREAD]!;
    if (by === thread || this.order.isBefore(by, pool[at + TIME]!, pool[at + EVENT]!, thread)) return true;
    if (atomic === 1 && pool[at + ATOMIC] === 1) return false;
    const other = pool[at + SET]!;
    if (set === 0 || other === 0 || this.sets!.disjoint(set, other)) this.onPair(pool[at + EVENT]!, event, variable);
    return false;
  }

  private entry(thread: number, time: number, event: number, set: number, atomic: number, next: number): number {
    let at = this.free;
    if (at !== ABSENT) this.free = this.pool[at + NEXT]!;
    else {
      at = this.used;
      this.used += FIELDS;
      if (this.used > this.pool.length) {
        const wider = new Int32Array(2 * this.pool.length);
        wider.set(this.pool);
        this.pool = wider;
      }
    }
    const { pool } = this;
    pool[at + THREAD] = thread;
    pool[at + TIME] = time;
    pool[at + EVENT] = event;
    pool[at + SET] = set;
    pool[at + ATOMIC] = atomic;
    pool[at + NEXT] = next;
    return at;
  }

  private widen(variable: number): void {
    const wider = (column: Int32Array, value: number) => {
      const all = new Int32Array(Math.max(2 * column.length, variable + 1)).fill(value);
      all.set(column);
      return all;
    };
    this.writers = wider(this.writers, ABSENT);
    this.readers = wider(this.readers, ABSENT);
    this.counts = wider(this.counts, 0);
    const indexed = new Uint8Array(this.counts.length);
    indexed.set(this.indexed);
    this.indexed = indexed;
  }
}
