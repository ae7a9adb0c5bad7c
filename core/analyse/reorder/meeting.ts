/**
 * Puts events side by side: a correct reordering of some events after which all of the given ones can come next. Which
 * values they read themselves then is free. Two ways: greedily from the end, and by search.
 */
import {
  ACQUIRE,
  changes,
  isAccess,
  observes,
  READ_ACQUIRE,
  READ_RELEASE,
  RELEASE,
} from '../../trace/execution/actions';
import type { Execution } from '../../trace/execution/execution';
import { ABSENT } from '../../trace/execution/execution';
import { allClocks } from '../relations/all-clocks';
import { TRF } from '../relations/rules';
import { type Facts, factsOf } from './facts';
import { type Before, Ideal, Locks } from './ideal';
import { enabledAfter, Machine } from './machine';

/** The search goes as deep as there are events. */
const MAX_SEARCHED = 4_000;

export class Meetings {
  private readonly facts: Facts;
  private readonly before: Before;

  constructor(readonly execution: Execution) {
    this.facts = factsOf(execution);
    this.before = allClocks(execution, TRF);
  }

  /** The first way that succeeds; `steps` bounds the search. */
  witness(events: readonly number[], steps = 20_000): number[] | undefined {
    return this.greedy(events) ?? this.search(events, steps);
  }

  /**
   * Greedy construction from the end (after Roemer, Genç & Bond, "High-Coverage, Unbounded Sound Predictive Race
   * Detection", PLDI 2018): of the events that must come before, the one that came last in the execution is put in
   * front of those that were placed, unless a lock or a read forbids it. It does not backtrack, so it may fail.
   */
  greedy(events: readonly number[]): number[] | undefined {
    const needed = this.needed(events);
    if (!needed || events.some((event) => needed.has(event))) return undefined;
    const order = new Backwards(this.facts, this.before, needed.counts).build();
    return order && enabledAfter(this.facts, order, events) ? order : undefined;
  }

  /** True when the last search has tried everything there is. */
  exhausted = false;

  /** All ways, with each state tried once, as far as `steps` reach. */
  search(events: readonly number[], steps: number): number[] | undefined {
    this.exhausted = false;
    const { execution } = this.facts;
    const required = this.required(events);
    const needed = this.needed(events) ?? required;
    this.exhausted = events.some((event) => required.has(event));
    if (this.exhausted || execution.count > MAX_SEARCHED) return undefined;
    const machine = new Machine(this.facts);
    const limit = this.facts.threads.map((list) => list.length);
    for (const event of events) limit[execution.thread[event]!] = this.facts.position[event]!;
    const order: number[] = [];
    const seen = new Set<string>();
    let tried = 0;
    const arrived = (): boolean => events.every((event) => machine.next(execution.thread[event]!) === event);
    const visit = (): boolean => {
      if (arrived()) return true;
      const state = machine.state();
      if (seen.has(state)) return false;
      seen.add(state);
      // What is needed comes first, in the order of the execution.
      const next: number[] = [];
      for (const thread of limit.keys()) {
        const event = machine.next(thread);
        if (event === ABSENT || this.facts.position[event]! >= limit[thread]!) continue;
        if (machine.objection(event) === undefined) next.push(event);
      }
      next.sort((a, b) => Number(needed.has(b)) - Number(needed.has(a)) || a - b);
      for (const event of next) {
        if (++tried > steps) return false;
        machine.step(event);
        order.push(event);
        if (visit()) return true;
        order.pop();
        machine.back(event);
      }
      return false;
    };
    const found = visit();
    this.exhausted = tried <= steps;
    return found ? order : undefined;
  }

  /** What must come before the events: thread order and reads-from. */
  private required(events: readonly number[]): Ideal {
    const ideal = new Ideal(this.facts, this.before, new Locks({ ...this.facts, sections: [] }));
    for (const event of events) ideal.addBefore(event);
    return ideal;
  }

  /** With critical sections ended as far as needed. */
  private needed(events: readonly number[]): Ideal | undefined {
    const ideal = this.required(events);
    return this.completed(ideal, events) ? ideal : undefined;
  }

  /**
   * Of two critical sections of a lock that have begun, one must end. That is the one in which none of the events
   * stands; where both could, the earlier one, as in the execution.
   */
  private completed(ideal: Ideal, events: readonly number[]): boolean {
    const { sections, execution } = this.facts;
    const threads = new Set(events.map((event) => execution.thread[event]!));
    for (let changed = true; changed; ) {
      changed = false;
      const open = new Map<number, number[]>();
      for (const [at, { lock, acquire, release }] of sections.entries()) {
        if (!ideal.has(acquire) || (release !== ABSENT && ideal.has(release))) continue;
        const others = open.get(lock) ?? [];
        const rival = others.find((other) => !(sections[other]!.shared && sections[at]!.shared));
        open.set(lock, [...others, at]);
        if (rival === undefined) continue;
        const stays = (index: number): boolean => threads.has(execution.thread[sections[index]!.acquire]!);
        const ends = stays(rival) && !stays(at) ? at : rival;
        const end = sections[ends]!.release;
        if (end === ABSENT) return false;
        ideal.include(end);
        changed = true;
        break;
      }
    }
    return true;
  }
}

/** Builds an order of an ideal from its end. */
class Backwards {
  /** Of each thread, how many events are still to be placed. */
  private readonly left: Int32Array;
  /** Lock → its section of which the release is placed and the acquire is not. */
  private readonly inside = new Map<number, Set<number>>();
  /** Variable → writes that placed reads still wait for. */
  private readonly awaited = new Map<number, Map<number, number>>();
  private readonly order: number[] = [];

  constructor(
    private readonly facts: Facts,
    private readonly before: Before,
    counts: Int32Array,
  ) {
    this.left = counts.slice();
  }

  build(): number[] | undefined {
    const total = this.left.reduce((sum, count) => sum + count, 0);
    this.openAtEnd();
    while (this.order.length < total) {
      let best = ABSENT;
      for (const [thread, count] of this.left.entries()) {
        const event = count > 0 ? this.facts.threads[thread]![count - 1]! : ABSENT;
        if (event > best && this.fits(event, thread)) best = event;
      }
      if (best === ABSENT) return undefined;
      this.place(best);
    }
    return this.order.reverse();
  }

  /** Sections that are never left lie at the very end. */
  private openAtEnd(): void {
    for (const [at, { lock, acquire, release }] of this.facts.sections.entries()) {
      const ends = release !== ABSENT && this.isLeft(release);
      if (this.isLeft(acquire) && !ends) this.inside.set(lock, (this.inside.get(lock) ?? new Set()).add(at));
    }
  }

  private isLeft(event: number): boolean {
    return this.facts.position[event]! < this.left[this.facts.execution.thread[event]!]!;
  }

  /** Nothing that is left must come behind it, and neither a lock nor a read forbids it. */
  private fits(event: number, thread: number): boolean {
    const { execution, sections, sectionOf } = this.facts;
    const time = this.left[thread]!;
    for (const [other, count] of this.left.entries()) {
      if (other === thread || count === 0) continue;
      const last = this.facts.threads[other]![count - 1]!;
      if (this.before.knownOf(last, thread) >= time) return false;
    }
    const action = execution.action[event]!;
    const target = execution.target[event]!;
    if (isAccess(action)) {
      if (!changes(action)) return true;
      for (const [write, reads] of this.awaited.get(target) ?? []) if (write !== event && reads > 0) return false;
      return true;
    }
    const inside = this.inside.get(target) ?? new Set<number>();
    const index = sectionOf[event]!;
    if (action === RELEASE) return inside.size === 0;
    if (action === READ_RELEASE) return [...inside].every((other) => sections[other]!.shared);
    if (action === ACQUIRE || action === READ_ACQUIRE) return inside.has(index);
    return true;
  }

  private place(event: number): void {
    const { execution, sectionOf, from } = this.facts;
    this.left[execution.thread[event]!]!--;
    this.order.push(event);
    const action = execution.action[event]!;
    const target = execution.target[event]!;
    if (action === RELEASE || action === READ_RELEASE) {
      this.inside.set(target, (this.inside.get(target) ?? new Set()).add(sectionOf[event]!));
    } else if (action === ACQUIRE || action === READ_ACQUIRE) this.inside.get(target)?.delete(sectionOf[event]!);
    else if (isAccess(action)) {
      if (changes(action)) this.awaited.get(target)?.delete(event);
      if (!observes(action)) return;
      const reads = this.awaited.get(target) ?? new Map<number, number>();
      this.awaited.set(target, reads);
      reads.set(from[event]!, (reads.get(from[event]!) ?? 0) + 1);
    }
  }
}
