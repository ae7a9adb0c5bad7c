/**
 * PWR's rule of release order: a thread inside a critical section of y that knows something of another one of y knows
 * its release as well. The critical sections of a lock are kept by the thread that took it; of those begun before what
 * is known, the newest one tells the most.
 *
 * Most sections tell their end at once: whoever learns what was done in them holds the lock. Only where somebody learns of
 * it without, something has got out that may come to others who take the lock later; these alone are looked for then.
 */
import { ABSENT } from '../../trace/execution/execution';
import { EntryIndex } from './entry-index';
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
  /** Where the thread's sections of the lock are kept; ABSENT when they are not. */
  slot: number;
  /** What got out up to this has nothing to tell the thread any more: a stamp. */
  seen: number;
}

/** Of the sections of one kind that a thread had on a lock. */
const FIELDS = 8;
const THREAD = 0;
const KIND = 1;
/** The newest one, in the log; ABSENT while none has ended. */
const NEWEST = 2;
/** The newest event in any of them that has got out, as the number of its thread, and a stamp for when it did. */
const OUT = 3;
const STAMP = 4;
/** Neighbours by stamp, among those of which something has got out. */
const OLDER = 5;
const NEWER = 6;
/** As Section.seen, between two sections of the thread. */
const SEEN = 7;

/** Kinds are sums of these. */
const SHARED = 1;
/** Ended by another thread: what that one knows of earlier sections is not certain. */
const LOOSE = 2;

/** Those of one lock. */
interface Slots {
  count: number;
  /** The one of which something has got out last. */
  head: number;
  /** FIELDS numbers for each thread and kind. */
  data: Int32Array;
}

export class ReleaseOrder<C> {
  private readonly locks: (Slots | undefined)[] = [];
  /** Lock, thread and kind → offset. */
  private readonly slots = new EntryIndex();
  private readonly log = new SectionLog();
  /** Of each section in the log: what was known at its release. */
  private readonly told: C[] = [];
  /** When each thread held a lock that it has given back since. */
  private readonly inside = new TimesInside();
  /** Thread → its newest event that others may learn of. */
  private readonly published: number[] = [];
  private stamp = 0;

  constructor(
    private readonly representation: Representation<C>,
    private readonly held: HeldLocks,
    /** Thread → what it knows; raised in place. */
    private readonly known: C[],
    private readonly onTold?: (thread: number, time: number) => void,
  ) {}

  /** Others may learn of the event. */
  publish(thread: number, time: number): void {
    this.published[thread] = time;
  }

  /** Others will learn of the event, whatever they hold. */
  getOut(thread: number, time: number): void {
    this.published[thread] = time;
    for (const { lock, shared } of this.held.of(thread)) this.noteOut(lock, thread, shared, time);
  }

  /** After the thread has taken a lock: only that one can tell it anything new. */
  closeNewest(thread: number): void {
    const locks = this.held.of(thread);
    const newest = locks[locks.length - 1];
    if (newest === undefined) return;
    const slots = this.locks[newest.lock];
    // Where nothing has got out there is nothing to look for.
    if (!slots || slots.head === ABSENT) return;
    newest.slot = this.slots.get(newest.lock, thread, newest.shared ? SHARED : 0);
    if (newest.slot !== ABSENT) newest.seen = slots.data[newest.slot + SEEN]!;
    if (this.learnFromLock(slots, newest)) this.close(thread);
  }

  /** After the thread has learned of an event of `by`, which held the locks of `set` then, and of all before it. */
  learned(learner: number, by: number, time: number, set: number): void {
    if (set !== 0) {
      for (const { lock, shared } of this.held.sets.sets[set]!) {
        if (!this.learnDirectly(lock, by, shared, learner)) this.noteOut(lock, by, shared, time);
      }
    }
    this.close(learner);
  }

  /** After the thread has learned something: releases that follow from it. */
  close(thread: number): void {
    const locks = this.held.of(thread);
    if (locks.length === 0) return;
    for (let changed = true; changed; ) {
      changed = false;
      for (const section of locks) {
        const slots = this.locks[section.lock];
        if (slots && this.learnFromLock(slots, section)) changed = true;
      }
    }
  }

  /** The end of the section that it has learned of, if it is in one itself. */
  private learnDirectly(lock: number, by: number, shared: boolean, learner: number): boolean {
    const isIn = this.held.of(learner).some((own) => own.lock === lock && !(own.shared && shared));
    if (!isIn) return false;
    const at = this.slots.get(lock, by, shared ? SHARED : 0);
    return at !== ABSENT && this.learnFromNewest(this.locks[lock]!.data[at + NEWEST]!, by, learner);
  }

  private noteOut(lock: number, thread: number, shared: boolean, time: number): void {
    const at = this.slotOf(lock, thread, shared ? SHARED : 0);
    const slots = this.locks[lock]!;
    if (time <= slots.data[at + OUT]!) return;
    slots.data[at + OUT] = time;
    this.toHead(slots, at);
  }

  /** True when it told something new. Looks at what has got out since nothing was left to tell. */
  private learnFromLock({ data, head }: Slots, section: Section): boolean {
    const { thread: learner, shared, seen } = section;
    let changed = false;
    let upTo = head === ABSENT ? seen : data[head + STAMP]!;
    for (let at = head; at !== ABSENT && data[at + STAMP]! > seen; at = data[at + OLDER]!) {
      const kind = data[at + KIND]!;
      if (shared && (kind & SHARED) !== 0) continue;
      if ((kind & LOOSE) !== 0) {
        if (this.learnFromLoose(data, at, learner)) changed = true;
      } else {
        const thread = data[at + THREAD]!;
        // It knows what it has ended itself.
        if (thread === learner || this.isBehind(data, at, learner)) continue;
        if (this.isInside(thread, learner) && this.learnFromNewest(data[at + NEWEST]!, thread, learner)) {
          changed = true;
          if (this.isBehind(data, at, learner)) continue;
        }
      }
      upTo = data[at + STAMP]! - 1;
    }
    section.seen = upTo;
    return changed;
  }

  /** The learner knows more of the thread than has got out of its sections. */
  private isBehind(data: Int32Array, at: number, learner: number): boolean {
    const { representation } = this;
    if (!representation.time) return false;
    return representation.time(this.known[learner]!, data[at + THREAD]!) > data[at + OUT]!;
  }

  /** The newest event of the thread that is known lies in a section: else the end of every section that has begun is known. */
  private isInside(thread: number, learner: number): boolean {
    const { representation } = this;
    if (!representation.time) return true;
    const time = representation.time(this.known[learner]!, thread);
    return time > 0 && this.inside.has(thread, time);
  }

  /** A critical section ends: it is released by `by` at `time`. Keeps `known`. */
  add(section: Section, known: C, by: number, time: number, event: number): void {
    const { lock, thread, shared, began, acquire } = section;
    const own = by === thread;
    const kind = (shared ? SHARED : 0) + (own ? 0 : LOOSE);
    const at = own && section.slot !== ABSENT ? section.slot : this.slotOf(lock, thread, kind);
    const slots = this.locks[lock]!;
    const { data } = slots;
    data[at + NEWEST] = this.log.add(data[at + NEWEST]!, began, acquire, by, time, event);
    this.told.push(known);
    if (own) {
      this.inside.add(thread, began, time);
      data[at + SEEN] = section.seen;
    } else this.toHead(slots, at);
    // It is told within the others.
    this.getOut(by, time);
  }

  /** Nobody can know of what was done in the section but not of its end. */
  hasNothingOut({ thread, began }: Section): boolean {
    return (this.published[thread] ?? 0) < began;
  }

  private toHead(slots: Slots, at: number): void {
    const { data, head } = slots;
    data[at + STAMP] = ++this.stamp;
    if (head === at) return;
    const [older, newer] = [data[at + OLDER]!, data[at + NEWER]!];
    if (newer !== ABSENT) data[newer + OLDER] = older;
    if (older !== ABSENT) data[older + NEWER] = newer;
    data[at + OLDER] = head;
    data[at + NEWER] = ABSENT;
    if (head !== ABSENT) data[head + NEWER] = at;
    slots.head = at;
  }

  /** Makes it where there is none. */
  private slotOf(lock: number, thread: number, kind: number): number {
    const known = this.slots.get(lock, thread, kind);
    if (known !== ABSENT) return known;
    while (this.locks.length <= lock) this.locks.push(undefined);
    const slots = this.locks[lock] ?? { count: 0, head: ABSENT, data: new Int32Array(4 * FIELDS) };
    this.locks[lock] = slots;
    const at = slots.count++ * FIELDS;
    if (at === slots.data.length) {
      const wider = new Int32Array(2 * at);
      wider.set(slots.data);
      slots.data = wider;
    }
    const { data } = slots;
    data[at + THREAD] = thread;
    data[at + KIND] = kind;
    data[at + NEWEST] = ABSENT;
    data[at + OLDER] = ABSENT;
    data[at + NEWER] = ABSENT;
    this.slots.set(lock, thread, kind, at);
    return at;
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
