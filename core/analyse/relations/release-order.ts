/**
 * PWR's rule of release order: a thread inside a critical section of y that knows something of another one of y knows
 * its release as well. The critical sections of a lock are kept by the thread that took it; of those begun before what
 * is known, the newest one tells the most.
 */
import type { HeldLocks } from './held-locks';
import type { Representation } from './representation';

export interface Section {
  lock: number;
  /** Who took the lock, and in which of its events. */
  thread: number;
  shared: boolean;
  began: number;
  acquire: number;
}

/** Fields of a critical section: its acquire by time and event; who released it, by time and event. */
const FIELDS = 5;
const BEGAN = 0;
const ACQUIRE = 1;
const BY = 2;
const TIME = 3;
const EVENT = 4;

/** The critical sections that one thread had on one lock, in order. */
interface Sections<C> {
  count: number;
  data: Int32Array;
  /** Of each release: what was known. */
  known: C[];
}

/** What a thread asks first of the sections of another one: a look at these answers it most of the time. */
const FIRST = 7;
const THREAD = 0;
const SHARED = 1;
const FIRST_BEGAN = 2;
const FIRST_ACQUIRE = 3;
const LAST_BY = 4;
const LAST_TIME = 5;
const LAST_EVENT = 6;

class LockSections<C> {
  count = 0;
  /** FIRST numbers for each of `lists`. */
  first = new Int32Array(4 * FIRST);
  readonly lists: Sections<C>[] = [];
  /** Thread and mode → index in `lists`. */
  readonly slots = new Map<number, number>();
}

export class ReleaseOrder<C> {
  private readonly locks: (LockSections<C> | undefined)[] = [];

  constructor(
    private readonly representation: Representation<C>,
    private readonly held: HeldLocks,
    /** Thread → what it knows; raised in place. */
    private readonly known: C[],
    private readonly onTold?: (thread: number, time: number) => void,
  ) {}

  /** After the thread has taken a lock: only that one can tell it anything new. */
  closeNewest(thread: number): void {
    const locks = this.held.of(thread);
    const newest = locks[locks.length - 1];
    if (newest !== undefined && this.learnFromLock(newest.lock, newest.shared, thread)) this.close(thread);
  }

  /** After the thread has learned something: releases that follow from it. */
  close(thread: number): void {
    const locks = this.held.of(thread);
    if (locks.length === 0) return;
    for (let changed = true; changed; ) {
      changed = false;
      for (const { lock, shared } of locks) if (this.learnFromLock(lock, shared, thread)) changed = true;
    }
  }

  /** True when it told something new. */
  private learnFromLock(lock: number, shared: boolean, learner: number): boolean {
    const sections = this.locks[lock];
    if (!sections) return false;
    const { representation } = this;
    const { first, count } = sections;
    let changed = false;
    for (let slot = 0, at = 0; slot < count; slot++, at += FIRST) {
      const by = first[at + LAST_BY]!;
      const thread = first[at + THREAD]!;
      if (by === learner && thread === learner) continue;
      if (shared && first[at + SHARED] === 1) continue;
      const known = this.known[learner]!;
      // Knows the newest release, or nothing at all.
      if (representation.holds(known, by, first[at + LAST_TIME]!, first[at + LAST_EVENT]!)) continue;
      if (
        thread !== learner &&
        !representation.holds(known, thread, first[at + FIRST_BEGAN]!, first[at + FIRST_ACQUIRE]!)
      ) {
        continue;
      }
      if (this.learnFrom(sections.lists[slot]!, thread, learner)) changed = true;
    }
    return changed;
  }

  /** A critical section ends: it is released by `by` at `time`. Keeps `known`. */
  add(section: Section, known: C, by: number, time: number, event: number): void {
    const { lock, thread, shared, began, acquire } = section;
    while (this.locks.length <= lock) this.locks.push(undefined);
    const all = this.locks[lock] ?? new LockSections<C>();
    this.locks[lock] = all;
    const key = 2 * thread + (shared ? 1 : 0);
    let slot = all.slots.get(key);
    if (slot === undefined) {
      slot = all.count++;
      all.slots.set(key, slot);
      all.lists.push({ count: 0, data: new Int32Array(2 * FIELDS), known: [] });
      if (all.first.length < all.count * FIRST) all.first = doubled(all.first);
      all.first.set([thread, shared ? 1 : 0, began, acquire], slot * FIRST);
    }
    const { first } = all;
    first[slot * FIRST + LAST_BY] = by;
    first[slot * FIRST + LAST_TIME] = time;
    first[slot * FIRST + LAST_EVENT] = event;
    const sections = all.lists[slot]!;
    if (sections.count * FIELDS === sections.data.length) sections.data = doubled(sections.data);
    const { data } = sections;
    const at = sections.count++ * FIELDS;
    data[at + BEGAN] = began;
    data[at + ACQUIRE] = acquire;
    data[at + BY] = by;
    data[at + TIME] = time;
    data[at + EVENT] = event;
    sections.known.push(known);
  }

  private learnFrom(sections: Sections<C>, thread: number, learner: number): boolean {
    const { representation } = this;
    const newest = this.newestBegun(sections, thread, learner);
    if (newest < 0) return false;
    const { data } = sections;
    const at = newest * FIELDS;
    const by = data[at + BY]!;
    // Its own releases it knows.
    if (by === learner) return false;
    const known = this.known[learner]!;
    if (representation.holds(known, by, data[at + TIME]!, data[at + EVENT]!)) return false;
    this.onTold?.(by, data[at + TIME]!);
    this.known[learner] = representation.learn(known, sections.known[newest]!, by, data[at + TIME]!, data[at + EVENT]!);
    return true;
  }

  /** Index of the newest section of which something is known; -1 for none. */
  private newestBegun({ count, data }: Sections<C>, thread: number, learner: number): number {
    if (thread === learner) return count - 1;
    const known = this.known[learner]!;
    let low = -1;
    for (let high = count; high - low > 1; ) {
      const middle = (low + high) >> 1;
      const at = middle * FIELDS;
      if (this.representation.holds(known, thread, data[at + BEGAN]!, data[at + ACQUIRE]!)) low = middle;
      else high = middle;
    }
    return low;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(2 * column.length);
  wider.set(column);
  return wider;
}
