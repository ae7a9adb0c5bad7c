/**
 * The accesses of each variable that a later one may still race with. Forgotten are those that a later one has taken
 * the place of: it comes after them, conflicts with all that they conflict with, and has no lock that they have not, so
 * whatever races with a forgotten access races with that one too. Without races one write and the reads since are
 * left, as in FastTrack (Flanagan & Freund, PLDI 2009).
 */
import { changes, isAtomic } from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import { EntryIndex } from './entry-index';
import { PlainReaders } from './plain-readers';

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

/**
 * Of a variable: its newest kept access that changes it, and that does not; how many of these, and whether in `index`; the
 * number in `plain` of those that lie there instead.
 */
const HEADS = 5;
const WRITERS = 0;
const READERS = 1;
const COUNT = 2;
const INDEXED = 3;
const PLAIN = 4;

/** More readers of one variable are not looked for one by one. */
const MOST_WALKED = 8;
/** Room for so many threads is kept for each reader without a lock, at most. */
const MOST_ROOM = 128;

export interface LockSetOrder {
  disjoint(one: number, other: number): boolean;
  within(one: number, other: number): boolean;
}

export class Accesses {
  private pool = new Int32Array(FIELDS * 256);
  private used = 0;
  private free = ABSENT;
  /** HEADS numbers for each variable, side by side: they are asked for together. */
  private heads = emptyHeads(64);
  /** Of variables with many readers: variable, thread, locks and kind → entry. */
  private readonly index = new EntryIndex();
  /** Of variables that many threads read, the reads that are not atomic and hold no lock. */
  private readonly plain: PlainReaders[] = [];
  private readonly freePlain: number[] = [];
  private threads = 0;

  constructor(
    private readonly onPair: OnPair,
    private readonly order: Precedence,
    /** By the numbers of lock sets; where all are 0 nothing is asked. */
    private readonly sets?: LockSetOrder,
  ) {}

  take(action: number, thread: number, variable: number, event: number, time: number, set: number): void {
    if (HEADS * variable >= this.heads.length) this.widen(variable);
    if (thread >= this.threads) this.threads = thread + 1;
    const atomic = isAtomic(action) ? 1 : 0;
    if (changes(action)) this.write(thread, variable, event, time, set, atomic);
    else this.read(thread, variable, event, time, set, atomic);
  }

  private read(thread: number, variable: number, event: number, time: number, set: number, atomic: number): void {
    const head = HEADS * variable;
    for (let at = this.heads[head + WRITERS]!; at !== ABSENT; at = this.pool[at + NEXT]!) {
      // Protected by the same locks: whether one comes before the other is not asked.
      if (set !== 0 && this.isKeptApart(at, set)) continue;
      this.check(at, variable, event, thread, set, atomic);
    }
    const plain = this.heads[head + PLAIN]!;
    if (plain !== ABSENT && set === 0 && atomic === 0) {
      this.plain[plain]!.read(thread, time, event);
      return;
    }
    const known = this.readerOf(thread, variable, set, atomic);
    if (known !== ABSENT) {
      this.pool[known + TIME] = time;
      this.pool[known + EVENT] = event;
      return;
    }
    const { heads } = this;
    const fresh = this.entry(thread, time, event, set, atomic, heads[head + READERS]!);
    heads[head + READERS] = fresh;
    const count = ++heads[head + COUNT]!;
    if (heads[head + INDEXED] === 1) this.enter(variable, fresh);
    else if (count > MOST_WALKED) {
      if (plain === ABSENT && count * MOST_ROOM >= this.threads) this.setPlainApart(variable);
      if (heads[head + COUNT]! > MOST_WALKED) this.enterAll(variable);
    }
  }

  private enterAll(variable: number): void {
    const head = HEADS * variable;
    this.heads[head + INDEXED] = 1;
    for (let at = this.heads[head + READERS]!; at !== ABSENT; at = this.pool[at + NEXT]!) this.enter(variable, at);
  }

  private setPlainApart(variable: number): void {
    const { heads, pool } = this;
    const head = HEADS * variable;
    const number = this.freePlain.pop() ?? this.plain.push(new PlainReaders(this.threads)) - 1;
    const apart = this.plain[number]!;
    heads[head + PLAIN] = number;
    let kept = ABSENT;
    for (let at = heads[head + READERS]!; at !== ABSENT; ) {
      const next = pool[at + NEXT]!;
      if (pool[at + SET] === 0 && pool[at + ATOMIC] === 0) {
        apart.read(pool[at + THREAD]!, pool[at + TIME]!, pool[at + EVENT]!);
        heads[head + COUNT]!--;
        this.release(at);
      } else {
        pool[at + NEXT] = kept;
        kept = at;
      }
      at = next;
    }
    heads[head + READERS] = kept;
  }

  private release(at: number): void {
    this.pool[at + NEXT] = this.free;
    this.free = at;
  }

  /** Of reads by one thread, of one kind and with the same locks, the newest is enough. */
  private readerOf(thread: number, variable: number, set: number, atomic: number): number {
    const { pool, heads } = this;
    const indexed = heads[HEADS * variable + INDEXED] === 1;
    for (let at = heads[HEADS * variable + READERS]!; at !== ABSENT; at = pool[at + NEXT]!) {
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
    const { heads } = this;
    const head = HEADS * variable;
    heads[head + WRITERS] = this.keptAfter(WRITERS, thread, variable, event, set, atomic);
    heads[head + READERS] = this.keptAfter(READERS, thread, variable, event, set, atomic);
    if (heads[head + PLAIN] !== ABSENT) this.writeOverPlain(thread, variable, event, set, atomic);
    if (heads[head + INDEXED] === 1 && heads[head + COUNT]! <= MOST_WALKED) {
      for (let at = heads[head + READERS]!; at !== ABSENT; at = this.pool[at + NEXT]!) this.leave(variable, at);
      heads[head + INDEXED] = 0;
    }
    heads[head + WRITERS] = this.entry(thread, time, event, set, atomic, heads[head + WRITERS]!);
  }

  private writeOverPlain(thread: number, variable: number, event: number, set: number, atomic: number): void {
    const head = HEADS * variable;
    const number = this.heads[head + PLAIN]!;
    const left = this.plain[number]!.forget((by, time, first) => {
      const before = by === thread || this.order.isBefore(by, time, first, thread);
      if (!before) this.onPair(first, event, variable);
      return before && set === 0 && atomic === 0;
    });
    if (left) return;
    this.heads[head + PLAIN] = ABSENT;
    this.freePlain.push(number);
  }

  /** Checks all of a chain and gives it back without those that the write takes the place of. */
  private keptAfter(
    chain: typeof WRITERS | typeof READERS,
    thread: number,
    variable: number,
    event: number,
    set: number,
    atomic: number,
  ): number {
    const { heads } = this;
    let head = heads[HEADS * variable + chain]!;
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
        if (chain === READERS) {
          heads[HEADS * variable + COUNT]!--;
          if (heads[HEADS * variable + INDEXED] === 1) this.leave(variable, at);
        }
        this.release(at);
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

  private isKeptApart(at: number, set: number): boolean {
    const other = this.pool[at + SET]!;
    return other !== 0 && !this.sets!.disjoint(set, other);
  }

  private widen(variable: number): void {
    const wider = emptyHeads(Math.max((2 * this.heads.length) / HEADS, variable + 1));
    wider.set(this.heads);
    this.heads = wider;
  }
}

function emptyHeads(variables: number): Int32Array {
  const heads = new Int32Array(HEADS * variables);
  for (let at = 0; at < heads.length; at += HEADS) {
    heads[at + WRITERS] = ABSENT;
    heads[at + READERS] = ABSENT;
    heads[at + PLAIN] = ABSENT;
  }
  return heads;
}
