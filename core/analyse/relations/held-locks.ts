/** Which locks each thread holds, and sets of locks as numbers. */
import { ACQUIRE, READ_ACQUIRE, READ_RELEASE, RELEASE } from '../../trace/execution/actions';
import { ABSENT, type EventSink, type Execution, feed } from '../../trace/execution/execution';
import { listAt, listOf } from '../../trace/execution/lists';

export interface Held {
  thread: number;
  lock: number;
  shared: boolean;
  /** The event that took it. */
  acquire: number;
  /** Which event of its thread that is. */
  began: number;
  /** What release-order.ts keeps of it. */
  slot: number;
  seen: number;
}

/** Sets of (lock, mode), each with a number; 0 is the empty one. Two protect each other by a lock that one has alone. */
export class LockSets {
  readonly sets: (readonly Pick<Held, 'lock' | 'shared'>[])[] = [[]];
  /** Of each set the codes of its locks, ascending. */
  private readonly codes: (readonly number[])[] = [[]];
  /** Of each set 1 when it has a lock alone, which keeps it apart from itself. */
  private readonly alone: number[] = [0];
  private readonly numbers = new Map<string, number>([['', 0]]);
  /** Set → code of one lock more → set. */
  private readonly steps: Map<number, number>[] = [];

  /** The number of a set with one lock more. */
  with(set: number, lock: number, shared: boolean): number {
    const code = 2 * lock + (shared ? 1 : 0);
    while (this.steps.length <= set) this.steps.push(new Map());
    const steps = this.steps[set]!;
    const known = steps.get(code);
    if (known !== undefined) return known;
    const number = this.numberOf([...this.codes[set]!, code].sort((a, b) => a - b));
    steps.set(code, number);
    return number;
  }

  private numberOf(sorted: readonly number[]): number {
    const key = sorted.join();
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.sets.length;
    this.numbers.set(key, number);
    this.codes.push(sorted);
    this.alone.push(sorted.some((code) => (code & 1) === 0) ? 1 : 0);
    this.sets.push(sorted.map((code) => ({ lock: code >> 1, shared: (code & 1) === 1 })));
    return number;
  }

  /** No lock of both keeps the two apart. */
  disjoint(one: number, other: number): boolean {
    if (one === other && this.alone[one] === 1) return false;
    const [mine, theirs] = [this.codes[one]!, this.codes[other]!];
    // Threads hold few locks at a time.
    for (let at = 0; at < mine.length; at++) {
      const code = mine[at]!;
      for (let by = 0; by < theirs.length; by++) {
        const their = theirs[by]!;
        if (code >> 1 === their >> 1 && (code & their & 1) === 0) return false;
      }
    }
    return true;
  }

  /** Whatever `one` keeps apart from something, `other` does too. */
  within(one: number, other: number): boolean {
    if (one === 0 || one === other) return true;
    return this.sets[one]!.every((a) => this.sets[other]!.some((b) => a.lock === b.lock && (a.shared || !b.shared)));
  }
}

/**
 * Locks that another thread releases than the one that took them: what the thread does behind the acquire is not surely
 * in the critical section.
 */
export interface HandOvers {
  acquires: ReadonlySet<number>;
  /** Such a release → its acquire. */
  acquireOf: ReadonlyMap<number, number>;
}

/** Takes the events in order; memory grows with locks and with what is handed over. */
export class HandOverSearch implements EventSink, HandOvers {
  readonly acquires = new Set<number>();
  readonly acquireOf = new Map<number, number>();
  private readonly owners: number[] = [];
  private readonly threads: number[] = [];
  private readonly readers: { thread: number; acquire: number }[][] = [];
  private count = 0;

  event(action: number, thread: number, lock: number): void {
    const event = this.count++;
    switch (action) {
      case ACQUIRE:
        while (this.owners.length <= lock) {
          this.owners.push(ABSENT);
          this.threads.push(ABSENT);
        }
        this.owners[lock] = event;
        this.threads[lock] = thread;
        break;
      case RELEASE:
        if (this.threads[lock] !== undefined && this.threads[lock] !== thread) this.note(this.owners[lock]!, event);
        break;
      case READ_ACQUIRE:
        listAt(this.readers, lock).push({ thread, acquire: event });
        break;
      case READ_RELEASE: {
        const open = listAt(this.readers, lock);
        const own = open.findLastIndex((reader) => reader.thread === thread);
        const [reader] = open.splice(Math.max(own, 0), 1);
        if (reader && reader.thread !== thread) this.note(reader.acquire, event);
      }
    }
  }

  private note(acquire: number, release: number): void {
    this.acquires.add(acquire);
    this.acquireOf.set(release, acquire);
  }
}

export function handOvers(execution: Execution): HandOvers {
  const search = new HandOverSearch();
  feed(execution, search);
  return search;
}

/** Where a lock is taken and given back; ABSENT when it is not. In the order of the acquires. */
export interface CriticalSection {
  lock: number;
  shared: boolean;
  acquire: number;
  release: number;
}

export function criticalSections(execution: Execution): CriticalSection[] {
  const sections: CriticalSection[] = [];
  const open = new Map<number, CriticalSection[]>();
  for (let at = 0; at < execution.count; at++) {
    const action = execution.action[at]!;
    const lock = execution.target[at]!;
    const shared = action === READ_ACQUIRE || action === READ_RELEASE;
    const key = 2 * lock + (shared ? 1 : 0);
    if (action === ACQUIRE || action === READ_ACQUIRE) {
      const section = { lock, shared, acquire: at, release: ABSENT };
      sections.push(section);
      listOf(open, key).push(section);
    } else if (action === RELEASE || action === READ_RELEASE) {
      const known = listOf(open, key);
      const own = known.findLastIndex(({ acquire }) => execution.thread[acquire] === execution.thread[at]);
      const [section] = known.splice(Math.max(own, 0), 1);
      if (section) section.release = at;
    }
  }
  return sections;
}

const NONE: readonly Held[] = [];

/** Takes the acquires and releases of an execution in order. */
export class HeldLocks {
  readonly sets = new LockSets();
  private readonly threads: Held[][] = [];
  /** Thread → the numbers of the sets of its first lock, its first two, … as far as somebody has asked. */
  private readonly numbers: number[][] = [];
  /** Lock → who holds it, in the order of taking. */
  private readonly holders: number[][] = [];

  /** What is handed over counts as no protection. Without `handOvers` it is held until somebody releases it. */
  constructor(private readonly handOvers?: HandOvers) {}

  of(thread: number): readonly Held[] {
    return this.threads[thread] ?? NONE;
  }

  /** Number of the thread's set in `sets`. */
  setOf(thread: number): number {
    const held = this.of(thread);
    if (held.length === 0) return 0;
    const numbers = listAt(this.numbers, thread);
    for (let at = numbers.length; at < held.length; at++) {
      const { lock, shared } = held[at]!;
      numbers.push(this.sets.with(at === 0 ? 0 : numbers[at - 1]!, lock, shared));
    }
    return numbers[held.length - 1]!;
  }

  acquire(thread: number, lock: number, shared: boolean, event: number, time: number): void {
    if (this.handOvers?.acquires.has(event)) return;
    listAt(this.threads, thread).push({
      thread,
      lock,
      shared,
      acquire: event,
      began: time,
      slot: ABSENT,
      seen: ABSENT,
    });
    listAt(this.holders, lock).push(thread);
  }

  /** What is given back; undefined for one that counted as no protection. Another thread's when the own has none. */
  release(thread: number, lock: number, shared: boolean, event: number): Held | undefined {
    if (this.handOvers?.acquireOf.has(event)) return undefined;
    const own = this.take(thread, lock, shared);
    if (own) return own;
    for (const other of this.holders[lock] ?? NONE_HOLD) {
      const found = this.take(other, lock, shared);
      if (found) return found;
    }
    return undefined;
  }

  private take(thread: number, lock: number, shared: boolean): Held | undefined {
    const held = this.threads[thread];
    if (!held) return undefined;
    for (let at = held.length - 1; at >= 0; at--) {
      const it = held[at]!;
      if (it.lock !== lock || it.shared !== shared) continue;
      held.splice(at, 1);
      const numbers = this.numbers[thread];
      if (numbers && numbers.length > at) numbers.length = at;
      const holders = this.holders[lock]!;
      holders.splice(holders.indexOf(thread), 1);
      return it;
    }
    return undefined;
  }
}

const NONE_HOLD: readonly number[] = [];
