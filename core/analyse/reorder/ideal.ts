/**
 * Ideals that keep the order of critical sections: Mathur, Pavlogiannis & Viswanathan, "Optimal Prediction of
 * Synchronization-Preserving Races", POPL 2021. The least set of events that has given ones in it, with each event what
 * comes before it by thread order and reads-from, and of two critical sections of a lock at least the earlier one whole:
 * run in the order of the execution, it is a correct reordering.
 */
import { ABSENT } from '../../trace/execution/execution';
import type { AllClocks } from '../relations/all-clocks';
import type { Facts } from './facts';

/** Of each event: what comes before it by thread order and reads-from. */
export type Before = Pick<AllClocks, 'knownOf'>;

interface LockSections {
  /** Indices in Facts.sections, by thread; each in order. */
  byThread: { thread: number; sections: number[] }[];
}

export class Locks {
  readonly all: LockSections[] = [];

  constructor({ sections, execution }: Facts) {
    for (const [at, { lock, acquire }] of sections.entries()) {
      const known = this.all[lock] ?? { byThread: [] };
      this.all[lock] = known;
      const thread = execution.thread[acquire]!;
      const own = known.byThread.find((it) => it.thread === thread);
      if (own) own.sections.push(at);
      else known.byThread.push({ thread, sections: [at] });
    }
  }
}

/** Grows only; what was asked for once is cheap to ask for again. */
export class Ideal {
  /** How many events of each thread are in it. */
  readonly counts: Int32Array;
  /** Some lock that would have to be given back never is: no event order has all that was asked for. */
  impossible = false;
  /** Lock → for each of its threads, how many sections are in, and how many of these are known to be whole. */
  private readonly inside: Int32Array[];
  private readonly whole: Int32Array[];

  constructor(
    private readonly facts: Facts,
    private readonly before: Before,
    private readonly locks: Locks,
  ) {
    this.counts = new Int32Array(facts.threads.length);
    this.inside = locks.all.map(({ byThread }) => new Int32Array(byThread.length));
    this.whole = locks.all.map(({ byThread }) => new Int32Array(byThread.length));
  }

  has(event: number): boolean {
    return this.facts.position[event]! < this.counts[this.facts.execution.thread[event]!]!;
  }

  /** Everything before the event in its thread, and what those need. */
  addBefore(event: number): void {
    const { threads, position, execution } = this.facts;
    const at = position[event]!;
    const fork = this.facts.forkOf[execution.thread[event]!]!;
    if (at > 0) this.include(threads[execution.thread[event]!]![at - 1]!);
    else if (fork !== ABSENT) this.include(fork);
  }

  include(event: number): void {
    const { counts, before } = this;
    for (let thread = 0; thread < counts.length; thread++) {
      const known = before.knownOf(event, thread);
      if (known > counts[thread]!) counts[thread] = known;
    }
  }

  /** Adds the releases that are needed, until nothing is missing. */
  close(): void {
    for (let changed = true; changed && !this.impossible; ) {
      changed = false;
      for (const lock of this.locks.all.keys()) if (this.locks.all[lock] && this.closeLock(lock)) changed = true;
    }
  }

  private closeLock(lock: number): boolean {
    const { byThread } = this.locks.all[lock]!;
    const { sections, position } = this.facts;
    const inside = this.inside[lock]!;
    let lastAlone = ABSENT;
    let last = ABSENT;
    for (const [slot, { thread, sections: own }] of byThread.entries()) {
      while (inside[slot]! < own.length && position[sections[own[inside[slot]!]!]!.acquire]! < this.counts[thread]!) {
        inside[slot]!++;
      }
      for (let at = inside[slot]! - 1; at >= 0; at--) {
        const section = own[at]!;
        last = Math.max(last, section);
        if (sections[section]!.shared) continue;
        lastAlone = Math.max(lastAlone, section);
        break;
      }
    }
    let changed = false;
    for (const [slot, { sections: own }] of byThread.entries()) {
      const whole = this.whole[lock]!;
      let allWhole = true;
      for (let at = whole[slot]!; at < inside[slot]!; at++) {
        const index = own[at]!;
        const { release, shared } = sections[index]!;
        const mustEnd = index < lastAlone || (!shared && index < last);
        if (mustEnd && release === ABSENT) this.impossible = true;
        else if (mustEnd && !this.has(release)) {
          this.include(release);
          changed = true;
        }
        allWhole &&= mustEnd;
        if (allWhole) whole[slot] = at + 1;
      }
    }
    return changed;
  }

  /** The events in the order of the execution. */
  events(): number[] {
    const all: number[] = [];
    for (const [thread, count] of this.counts.entries()) {
      for (let at = 0; at < count; at++) all.push(this.facts.threads[thread]![at]!);
    }
    return all.sort((a, b) => a - b);
  }
}
