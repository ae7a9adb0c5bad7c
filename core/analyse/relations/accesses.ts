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
import {
  COUNT,
  PLAIN,
  READER,
  READER_EVENT,
  READER_KEY,
  READER_TIME,
  READERS,
  ROW,
  VariableRows,
  WRITER,
  WRITER_EVENT,
  WRITER_KEY,
  WRITER_TIME,
  WRITERS,
} from './variable-rows';

/** An earlier and a later access of one variable, by their events. */
export type OnPair = (first: number, second: number, variable: number) => void;
export interface Precedence {
  /** Does the event, the `time`-th of `by`, come before what `thread` does now? */
  isBefore(by: number, time: number, event: number, thread: number): boolean;
}

/** Of an access that is kept and not in the row of its variable. */
const FIELDS = 5;
const THREAD = 0;
const TIME = 1;
const EVENT = 2;
const KEY = 3;
const NEXT = 4;

/** More readers of one variable are not looked for one by one. */
const MOST_WALKED = 8;
/** In COUNT: the readers of the variable are in `index`, and none lies in its row. */
const INDEXED = 1 << 30;
/** Room for so many threads is kept for each reader without a lock, at most. */
const MOST_ROOM = 128;

export interface LockSetOrder {
  disjoint(one: number, other: number): boolean;
  within(one: number, other: number): boolean;
}

/** A key is twice the number of the set of locks, and one more for an atomic access. */
const ATOMIC = 1;
const PLAIN_KEY = 0;

export class Accesses {
  private pool = new Int32Array(FIELDS * 256);
  private used = 0;
  private free = ABSENT;
  /** Of variables with many readers: variable, thread and key → entry. */
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
    private readonly rows = new VariableRows(),
    /** Whoever reads learns of the write: once it has done so, that comes before whatever it does. */
    private readonly readsFrom = false,
  ) {}

  /** True when the thread has read what was written last, and so has nothing to learn from it. */
  take(action: number, thread: number, variable: number, event: number, time: number, set: number): boolean {
    this.rows.reach(variable);
    if (thread >= this.threads) this.threads = thread + 1;
    const key = 2 * set + (isAtomic(action) ? ATOMIC : 0);
    if (!changes(action)) return this.read(thread, variable, event, time, key);
    this.write(thread, variable, event, time, key);
    return false;
  }

  private read(thread: number, variable: number, event: number, time: number, key: number): boolean {
    const { data } = this.rows;
    const row = ROW * variable;
    if (this.readsFrom && data[row + WRITERS] === ABSENT && this.readAgain(row, thread, event, time, key)) return true;
    const writer = data[row + WRITER]!;
    // Where the same locks protect both, whether one comes before the other is not asked.
    if (writer !== ABSENT && writer !== thread && this.meets(data[row + WRITER_KEY]!, key)) {
      this.tell(writer, data[row + WRITER_TIME]!, data[row + WRITER_EVENT]!, thread, event, variable);
    }
    for (let at = data[row + WRITERS]!; at !== ABSENT; at = this.pool[at + NEXT]!) {
      const { pool } = this;
      const by = pool[at + THREAD]!;
      if (by === thread || !this.meets(pool[at + KEY]!, key)) continue;
      this.tell(by, pool[at + TIME]!, pool[at + EVENT]!, thread, event, variable);
    }
    const plain = data[row + PLAIN]!;
    if (plain !== ABSENT && key === PLAIN_KEY) this.plain[plain]!.read(thread, time, event);
    else this.keepRead(row, thread, variable, event, time, key);
    return false;
  }

  /** Where the thread has done the same since the newest write, the only one that is kept. */
  private readAgain(row: number, thread: number, event: number, time: number, key: number): boolean {
    const { data } = this.rows;
    const written = data[row + WRITER_EVENT]!;
    if (data[row + READER] === thread && data[row + READER_KEY] === key) {
      if (data[row + READER_EVENT]! < written) return false;
      data[row + READER_TIME] = time;
      data[row + READER_EVENT] = event;
      return true;
    }
    const plain = data[row + PLAIN]!;
    if (plain === ABSENT || key !== PLAIN_KEY || !this.plain[plain]!.hasReadSince(thread, written)) return false;
    this.plain[plain]!.read(thread, time, event);
    return true;
  }

  /** Of reads by one thread, of one kind and with the same locks, the newest is enough. */
  private keepRead(row: number, thread: number, variable: number, event: number, time: number, key: number): void {
    const { data } = this.rows;
    if (data[row + READER] !== thread || data[row + READER_KEY] !== key) {
      const known = this.readerOf(row, thread, variable, key);
      if (known !== ABSENT) {
        this.pool[known + TIME] = time;
        this.pool[known + EVENT] = event;
        return;
      }
      const count = ++data[row + COUNT]!;
      if (count > INDEXED) {
        const fresh = this.entry(thread, time, event, key, data[row + READERS]!);
        data[row + READERS] = fresh;
        this.index.set(variable, thread, key, fresh);
        return;
      }
      this.makeRoom(row);
    }
    data[row + READER] = thread;
    data[row + READER_KEY] = key;
    data[row + READER_TIME] = time;
    data[row + READER_EVENT] = event;
    if (data[row + COUNT]! > MOST_WALKED) this.becomeCrowded(row, variable);
  }

  /** Of the readers that are not in the row. */
  private readerOf(row: number, thread: number, variable: number, key: number): number {
    const { pool } = this;
    const { data } = this.rows;
    const indexed = data[row + COUNT]! >= INDEXED;
    for (let at = data[row + READERS]!; at !== ABSENT; at = pool[at + NEXT]!) {
      if (pool[at + THREAD] === thread && pool[at + KEY] === key) return at;
      if (indexed) return this.index.get(variable, thread, key);
    }
    return ABSENT;
  }

  /** The reader in the row goes to the others. */
  private makeRoom(row: number): void {
    const { data } = this.rows;
    const reader = data[row + READER]!;
    if (reader === ABSENT) return;
    data[row + READERS] = this.entry(
      reader,
      data[row + READER_TIME]!,
      data[row + READER_EVENT]!,
      data[row + READER_KEY]!,
      data[row + READERS]!,
    );
    data[row + READER] = ABSENT;
  }

  private becomeCrowded(row: number, variable: number): void {
    const { data } = this.rows;
    this.makeRoom(row);
    if (data[row + PLAIN] === ABSENT && data[row + COUNT]! * MOST_ROOM >= this.threads) this.setPlainApart(row);
    if (data[row + COUNT]! <= MOST_WALKED) return;
    data[row + COUNT]! += INDEXED;
    const { pool } = this;
    for (let at = data[row + READERS]!; at !== ABSENT; at = pool[at + NEXT]!) {
      this.index.set(variable, pool[at + THREAD]!, pool[at + KEY]!, at);
    }
  }

  private setPlainApart(row: number): void {
    const { pool } = this;
    const { data } = this.rows;
    const number = this.freePlain.pop() ?? this.plain.push(new PlainReaders(this.threads)) - 1;
    const apart = this.plain[number]!;
    data[row + PLAIN] = number;
    let kept = ABSENT;
    for (let at = data[row + READERS]!; at !== ABSENT; ) {
      const next = pool[at + NEXT]!;
      if (pool[at + KEY] === PLAIN_KEY) {
        apart.read(pool[at + THREAD]!, pool[at + TIME]!, pool[at + EVENT]!);
        data[row + COUNT]!--;
        this.release(at);
      } else {
        pool[at + NEXT] = kept;
        kept = at;
      }
      at = next;
    }
    data[row + READERS] = kept;
  }

  private write(thread: number, variable: number, event: number, time: number, key: number): void {
    const { data } = this.rows;
    const row = ROW * variable;
    const writer = data[row + WRITER]!;
    if (writer !== ABSENT) {
      const [itsTime, itsEvent, itsKey] = [
        data[row + WRITER_TIME]!,
        data[row + WRITER_EVENT]!,
        data[row + WRITER_KEY]!,
      ];
      const stays = !this.replaces(writer, itsTime, itsEvent, itsKey, thread, event, variable, key);
      if (data[row + WRITERS] !== ABSENT) this.replaceKept(row, WRITERS, thread, variable, event, key);
      if (stays) data[row + WRITERS] = this.entry(writer, itsTime, itsEvent, itsKey, data[row + WRITERS]!);
    }
    if (data[row + COUNT] !== 0) this.writeOverReads(row, thread, variable, event, key);
    if (data[row + PLAIN] !== ABSENT) this.writeOverPlain(row, thread, variable, event, key);
    data[row + WRITER] = thread;
    data[row + WRITER_KEY] = key;
    data[row + WRITER_TIME] = time;
    data[row + WRITER_EVENT] = event;
  }

  private writeOverReads(row: number, thread: number, variable: number, event: number, key: number): void {
    const { pool } = this;
    const { data } = this.rows;
    const reader = data[row + READER]!;
    if (reader !== ABSENT) {
      const [time, read, itsKey] = [data[row + READER_TIME]!, data[row + READER_EVENT]!, data[row + READER_KEY]!];
      if (this.replaces(reader, time, read, itsKey, thread, event, variable, key)) {
        data[row + READER] = ABSENT;
        data[row + COUNT]!--;
      }
    }
    if (data[row + READERS] !== ABSENT) this.replaceKept(row, READERS, thread, variable, event, key);
    if (data[row + COUNT]! < INDEXED || data[row + COUNT]! > INDEXED + MOST_WALKED) return;
    for (let at = data[row + READERS]!; at !== ABSENT; at = pool[at + NEXT]!) this.leave(variable, at);
    data[row + COUNT]! -= INDEXED;
  }

  private leave(variable: number, at: number): void {
    this.index.delete(variable, this.pool[at + THREAD]!, this.pool[at + KEY]!);
  }

  private writeOverPlain(row: number, thread: number, variable: number, event: number, key: number): void {
    const { data } = this.rows;
    const number = data[row + PLAIN]!;
    const left = this.plain[number]!.forget((by, time, first) =>
      this.replaces(by, time, first, PLAIN_KEY, thread, event, variable, key),
    );
    if (left) return;
    data[row + PLAIN] = ABSENT;
    this.freePlain.push(number);
  }

  /** Checks all of a list and leaves those that the write does not take the place of. */
  private replaceKept(
    row: number,
    list: typeof WRITERS | typeof READERS,
    thread: number,
    variable: number,
    event: number,
    key: number,
  ): void {
    const { pool } = this;
    const { data } = this.rows;
    let previous = ABSENT;
    for (let at = data[row + list]!; at !== ABSENT; ) {
      const next = pool[at + NEXT]!;
      const [by, time, first, itsKey] = [pool[at + THREAD]!, pool[at + TIME]!, pool[at + EVENT]!, pool[at + KEY]!];
      if (this.replaces(by, time, first, itsKey, thread, event, variable, key)) {
        if (previous === ABSENT) data[row + list] = next;
        else pool[previous + NEXT] = next;
        if (list === READERS && data[row + COUNT]!-- > INDEXED) this.leave(variable, at);
        this.release(at);
      } else previous = at;
      at = next;
    }
  }

  /**
   * Does a write take the place of an earlier access? It comes behind it and is protected no better. Tells the pair when
   * the two race.
   */
  private replaces(
    by: number,
    time: number,
    first: number,
    itsKey: number,
    thread: number,
    event: number,
    variable: number,
    key: number,
  ): boolean {
    if (by !== thread && !this.order.isBefore(by, time, first, thread)) {
      if (this.meets(itsKey, key)) this.onPair(first, event, variable);
      return false;
    }
    if (key === PLAIN_KEY) return true;
    return (key & ~itsKey & ATOMIC) === 0 && (key <= ATOMIC || this.sets!.within(key >> 1, itsKey >> 1));
  }

  /** Tells the pair when an earlier access does not come before. */
  private tell(by: number, time: number, first: number, thread: number, event: number, variable: number): void {
    if (!this.order.isBefore(by, time, first, thread)) this.onPair(first, event, variable);
  }

  /** Not both are atomic, and no lock keeps them apart. */
  private meets(one: number, other: number): boolean {
    if ((one & other & ATOMIC) !== 0) return false;
    return one <= ATOMIC || other <= ATOMIC || this.sets!.disjoint(one >> 1, other >> 1);
  }

  private entry(thread: number, time: number, event: number, key: number, next: number): number {
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
    pool[at + KEY] = key;
    pool[at + NEXT] = next;
    return at;
  }

  private release(at: number): void {
    this.pool[at + NEXT] = this.free;
    this.free = at;
  }
}
