/**
 * PWR's rule of release order: a thread inside a critical section of y that knows something of another one of y knows
 * its release as well. The critical sections of a lock are kept by the thread that took it; of those begun before what
 * is known, the newest one tells the most.
 */
import { ABSENT } from '../../trace/execution/execution';
import type { HeldLocks } from './held-locks';
import type { Representation } from './representation';
import { SectionLog } from './section-log';
import { TimesInside } from './times-inside';

export interface Section {
  lock: number;
  /** Who took the lock, and in which of its events. */
  thread: number;
  shared: boolean;
  began: number;
  acquire: number;
  /** Where its lock keeps the thread's sections; ABSENT when that was not known when it began. */
  slot: number;
}

/**
 * Of the sections of one kind that a thread had on a lock. A look at these numbers answers most of the time whether they
 * tell anything.
 */
const FIELDS = 8;
const THREAD = 0;
const KIND = 1;
const FIRST_BEGAN = 2;
const FIRST_ACQUIRE = 3;
const LAST_TIME = 4;
const LAST_EVENT = 5;
/** The newest one, in the log. */
const NEWEST = 6;

/** Kinds are sums of these. */
const SHARED = 1;
/** Ended by another thread: what that one knows of earlier sections is not certain. */
const LOOSE = 2;

interface Slots {
  count: number;
  /** FIELDS numbers for each thread and kind. */
  data: Int32Array;
}

export class ReleaseOrder<C> {
  private readonly locks: (Slots | undefined)[] = [];
  private readonly log = new SectionLog();
  /** Of each section in the log: what was known at its release. */
  private readonly told: C[] = [];
  /** Where the sections lie that the newest learner had itself on the lock it has learned from; ABSENT for nowhere. */
  private ownSlot = ABSENT;
  /** When each thread held a lock that it has given back since. */
  private readonly inside = new TimesInside();

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
    if (newest === undefined) return;
    const { lock, shared } = newest;
    const changed = this.learnFromLock(lock, shared, thread);
    newest.slot = this.ownSlot;
    if (changed) this.close(thread);
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
    this.ownSlot = ABSENT;
    const slots = this.locks[lock];
    if (!slots) return false;
    const { data } = slots;
    const own = shared ? SHARED : 0;
    let changed = false;
    for (let slot = 0, at = 0; slot < slots.count; slot++, at += FIELDS) {
      const kind = data[at + KIND]!;
      if (data[at + THREAD] === learner && kind === own) {
        // It knows what it has ended itself.
        this.ownSlot = slot;
        continue;
      }
      if (shared && (kind & SHARED) !== 0) continue;
      const told =
        (kind & LOOSE) !== 0
          ? this.learnFromLoose(data, at, learner)
          : this.mayTell(data, at, learner) && this.learnFromNewest(data[at + NEWEST]!, data[at + THREAD]!, learner);
      if (told) changed = true;
    }
    return changed;
  }

  /** The learner knows some section's beginning, and not the end of the last. */
  private mayTell(data: Int32Array, at: number, learner: number): boolean {
    const thread = data[at + THREAD]!;
    if (thread === learner) return false;
    const { representation } = this;
    const known = this.known[learner]!;
    if (representation.time) {
      // The end of every section is known, unless the newest that is known of the thread lies in one.
      const time = representation.time(known, thread);
      return time >= data[at + FIRST_BEGAN]! && time < data[at + LAST_TIME]! && this.inside.has(thread, time);
    }
    return (
      representation.holds(known, thread, data[at + FIRST_BEGAN]!, data[at + FIRST_ACQUIRE]!) &&
      !representation.holds(known, thread, data[at + LAST_TIME]!, data[at + LAST_EVENT]!)
    );
  }

  /** A critical section ends: it is released by `by` at `time`. Keeps `known`. */
  add(section: Section, known: C, by: number, time: number, event: number): void {
    const { lock, thread, shared, began, acquire } = section;
    const kind = (shared ? SHARED : 0) + (by === thread ? 0 : LOOSE);
    const slot = by === thread && section.slot !== ABSENT ? section.slot : this.begin(section, kind);
    const at = FIELDS * slot;
    const { data } = this.locks[lock]!;
    if (by === thread) this.inside.add(thread, began, time);
    data[at + LAST_TIME] = time;
    data[at + LAST_EVENT] = event;
    data[at + NEWEST] = this.log.add(data[at + NEWEST]!, began, acquire, by, time, event);
    this.told.push(known);
  }

  private slotOf(lock: number, thread: number, kind: number): number {
    const slots = this.locks[lock];
    if (!slots) return ABSENT;
    const { data, count } = slots;
    for (let slot = 0, at = 0; slot < count; slot++, at += FIELDS) {
      if (data[at + THREAD] === thread && data[at + KIND] === kind) return slot;
    }
    return ABSENT;
  }

  /** The slot of the section; makes it where it is the first one. */
  private begin({ lock, thread, began, acquire }: Section, kind: number): number {
    const known = this.slotOf(lock, thread, kind);
    if (known !== ABSENT) return known;
    while (this.locks.length <= lock) this.locks.push(undefined);
    const slots = this.locks[lock] ?? { count: 0, data: new Int32Array(4 * FIELDS) };
    this.locks[lock] = slots;
    const slot = slots.count++;
    const at = slot * FIELDS;
    if (at === slots.data.length) {
      const wider = new Int32Array(2 * at);
      wider.set(slots.data);
      slots.data = wider;
    }
    const { data } = slots;
    data[at + THREAD] = thread;
    data[at + KIND] = kind;
    data[at + FIRST_BEGAN] = began;
    data[at + FIRST_ACQUIRE] = acquire;
    data[at + NEWEST] = ABSENT;
    return slot;
  }

  /** From the newest section that is known to have begun: it comes behind the others. */
  private learnFromNewest(newest: number, thread: number, learner: number): boolean {
    const { log, representation } = this;
    const known = this.known[learner]!;
    const section = log.newest(newest, (began, acquire) => representation.holds(known, thread, began, acquire));
    return section !== ABSENT && this.learnEnd(section, learner);
  }

  /** From every section that is known to have begun. */
  private learnFromLoose(data: Int32Array, at: number, learner: number): boolean {
    const { log, representation } = this;
    const thread = data[at + THREAD]!;
    let changed = false;
    for (let section = data[at + NEWEST]!; section !== ABSENT; section = log.before(section)) {
      const [began, acquire] = [log.began(section), log.acquire(section)];
      if (thread !== learner && !representation.holds(this.known[learner]!, thread, began, acquire)) continue;
      if (this.learnEnd(section, learner)) changed = true;
    }
    return changed;
  }

  private learnEnd(section: number, learner: number): boolean {
    const { log, representation } = this;
    const by = log.by(section);
    // Its own releases it knows.
    if (by === learner) return false;
    const known = this.known[learner]!;
    const time = log.time(section);
    const event = log.event(section);
    if (representation.holds(known, by, time, event)) return false;
    this.onTold?.(by, time);
    this.known[learner] = representation.learn(known, this.told[section]!, by, time, event);
    return true;
  }
}
