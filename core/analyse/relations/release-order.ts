/**
 * PWR's rule of release order: a thread inside a critical section of y that knows something of another one of y knows
 * its release as well. The critical sections of a lock are kept by the thread that took it; of those begun before what
 * is known, the newest one tells the most.
 */
import { listAt } from '../../trace/execution/lists';
import type { HeldLocks } from './held-locks';
import type { Representation } from './representation';

/** The critical sections that one thread had on one lock, in order. */
interface Sections<C> {
  thread: number;
  shared: boolean;
  /** When each began, in the time of the thread. */
  began: number[];
  acquires: number[];
  /** Of each release: what was known, by whom, and when. */
  known: C[];
  by: number[];
  time: number[];
  event: number[];
}

export class ReleaseOrder<C> {
  private readonly locks: Sections<C>[][] = [];
  /** Lock → thread and mode → where its sections stand in `locks`. */
  private readonly slots: number[][] = [];

  constructor(
    private readonly representation: Representation<C>,
    private readonly held: HeldLocks,
  ) {}

  /** The same where only the lock that the thread took last can tell it anything new. */
  closeNewest(thread: number, known: C): C {
    const locks = this.held.of(thread);
    const newest = locks[locks.length - 1];
    if (newest === undefined || !this.locks[newest.lock]) return known;
    const all = this.learnFromLock(newest.lock, newest.shared, known, thread);
    return all === known ? known : this.close(thread, all);
  }

  /** What the thread knows, with the releases that follow from it. */
  close(thread: number, known: C): C {
    const locks = this.held.of(thread);
    let all = known;
    for (let changed = locks.length > 0; changed; ) {
      const before = all;
      for (const { lock, shared } of locks) all = this.learnFromLock(lock, shared, all, thread);
      changed = all !== before;
    }
    return all;
  }

  private learnFromLock(lock: number, shared: boolean, known: C, thread: number): C {
    const sections = this.locks[lock];
    if (!sections) return known;
    let all = known;
    for (let at = 0; at < sections.length; at++) {
      const other = sections[at]!;
      if (!(shared && other.shared)) all = this.learnFrom(other, all, thread);
    }
    return all;
  }

  /** A critical section ends: `lock` was taken by `thread` at `began`, and is released by `by` at `time`. */
  add(
    lock: number,
    section: { thread: number; shared: boolean; began: number; acquire: number },
    release: { known: C; by: number; time: number; event: number },
  ): void {
    const lists = listAt(this.locks, lock);
    const { thread, shared } = section;
    const slots = listAt(this.slots, lock);
    const slot = slots[2 * thread + (shared ? 1 : 0)];
    let sections = slot === undefined ? undefined : lists[slot];
    if (!sections) {
      sections = { thread, shared, began: [], acquires: [], known: [], by: [], time: [], event: [] };
      slots[2 * thread + (shared ? 1 : 0)] = lists.push(sections) - 1;
    }
    sections.began.push(section.began);
    sections.acquires.push(section.acquire);
    sections.known.push(release.known);
    sections.by.push(release.by);
    sections.time.push(release.time);
    sections.event.push(release.event);
  }

  private learnFrom(sections: Sections<C>, known: C, learner: number): C {
    const { representation } = this;
    const low = this.newestBegun(sections, known, learner);
    if (low < 0) return known;
    const by = sections.by[low]!;
    // Its own releases it knows.
    if (by === learner) return known;
    const time = sections.time[low]!;
    const event = sections.event[low]!;
    if (representation.holds(known, by, time, event)) return known;
    return representation.learn(known, sections.known[low]!, by, time, event);
  }
  /** Index of the newest section of which something is known; -1 for none. */
  private newestBegun({ thread, began, acquires }: Sections<C>, known: C, learner: number): number {
    const { representation } = this;
    const last = began.length - 1;
    if (thread === learner || representation.holds(known, thread, began[last]!, acquires[last]!)) return last;
    let low = -1;
    for (let high = last; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (representation.holds(known, thread, began[middle]!, acquires[middle]!)) low = middle;
      else high = middle;
    }
    return low;
  }
}
