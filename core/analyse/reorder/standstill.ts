/**
 * Correct reorderings that come to a standstill: whoever has not ended waits, for a lock, a message, room in a channel, a
 * WaitGroup, a thread. A search of all orders, in which events that no other one can hinder are taken as they come: every
 * standstill is reached whatever the order of those (Godefroid, "Partial-Order Methods for the Verification of Concurrent
 * Systems", 1996, persistent sets).
 */
import {
  ACQUIRE,
  ADD,
  CLOSE,
  changes,
  isAccess,
  observes,
  READ_ACQUIRE,
  SEND,
  WAIT,
} from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import type { Facts } from './facts';
import { Machine } from './machine';

export interface Standstill {
  /** Up to it. */
  order: number[];
  /** What the threads that wait would do next. */
  waiting: number[];
}

export interface StandstillBounds {
  /** Steps that are tried. */
  steps: number;
  /** Standstills that are looked for; of those that wait at the same places one is told. */
  most: number;
  /** Reads may see other values than they did. */
  anyValue?: boolean;
}

export function standstills(facts: Facts, bounds: StandstillBounds): Standstill[] {
  return new Search(facts, bounds).run();
}

class Search {
  private readonly machine: Machine;
  private readonly rivals: Rivals;
  private readonly order: number[] = [];
  /** Thread → its steps that were a choice. */
  private readonly chosen: number[];
  private readonly seen = new Set<string>();
  private readonly found = new Map<string, Standstill>();
  private tried = 0;

  constructor(
    private readonly facts: Facts,
    private readonly bounds: StandstillBounds,
  ) {
    this.machine = new Machine(facts, bounds.anyValue);
    this.rivals = new Rivals(facts, this.machine, bounds.anyValue === true);
    this.chosen = facts.threads.map(() => 0);
  }

  run(): Standstill[] {
    this.visit();
    return [...this.found.values()];
  }

  private visit(): void {
    const { machine, order } = this;
    const length = order.length;
    const choices = this.goOn();
    const state = machine.state();
    if (!this.seen.has(state)) {
      this.seen.add(state);
      if (choices.length === 0) this.look();
      const { thread } = this.facts.execution;
      // All of them together: so that each has what the next one wants.
      choices.sort((one, other) => this.chosen[thread[one]!]! - this.chosen[thread[other]!]!);
      for (const event of choices) {
        if (this.tried > this.bounds.steps || this.found.size >= this.bounds.most) break;
        this.step(event);
        this.chosen[thread[event]!]!++;
        this.visit();
        this.chosen[thread[event]!]!--;
        this.back();
      }
    }
    while (order.length > length) this.back();
  }

  /** Takes all events that nothing can hinder; gives those that can come next then. */
  private goOn(): number[] {
    const { machine, facts } = this;
    const choices: number[] = [];
    for (let moved = true; moved; ) {
      moved = false;
      choices.length = 0;
      for (const thread of facts.threads.keys()) {
        let event = machine.next(thread);
        while (event !== ABSENT && machine.objection(event) === undefined && !this.rivals.has(event)) {
          this.step(event);
          moved = true;
          event = machine.next(thread);
        }
        if (event !== ABSENT && machine.objection(event) === undefined) choices.push(event);
      }
    }
    return choices;
  }

  private step(event: number): void {
    this.tried++;
    this.machine.step(event);
    this.order.push(event);
  }

  private back(): void {
    this.machine.back(this.order.pop()!);
  }

  private look(): void {
    const { machine, facts } = this;
    const waiting: number[] = [];
    for (const thread of facts.threads.keys()) {
      const event = machine.next(thread);
      if (event === ABSENT) continue;
      // It could go on, but not as it did: what comes of that is not known.
      if (!machine.waits(event)) return;
      waiting.push(event);
    }
    if (waiting.length === 0) return;
    const key = waiting.map((event) => facts.execution.place[event]).join();
    if (!this.found.has(key)) this.found.set(key, { order: [...this.order], waiting });
  }
}

/** Which events of other threads an event may come too late for, or they for it. */
class Rivals {
  /** By what they compete for. */
  private readonly takers = new Map<string, number[]>();

  constructor(
    private readonly facts: Facts,
    private readonly machine: Machine,
    private readonly anyValue: boolean,
  ) {
    const { count, target } = facts.execution;
    for (let event = 0; event < count; event++) {
      const kind = this.kindOf(event);
      if (kind !== undefined) listOf(this.takers, `${kind} ${target[event]}`).push(event);
    }
  }

  private kindOf(event: number): string | undefined {
    const { action, detail } = this.facts.execution;
    const code = action[event]!;
    if (isAccess(code)) return observes(code) ? 'read' : undefined;
    switch (code) {
      case ACQUIRE:
        return 'lock';
      case READ_ACQUIRE:
        return 'read lock';
      case SEND:
        return 'send';
      case CLOSE:
        return 'close';
      case WAIT:
        return 'wait';
      case ADD:
        return detail[event]! > 0 ? 'add' : undefined;
      default:
        return undefined;
    }
  }

  /** Some other thread may still do something that does not go together with the event in any order. */
  has(event: number): boolean {
    const { action, detail } = this.facts.execution;
    const code = action[event]!;
    if (isAccess(code)) return !this.anyValue && changes(code) && this.hasReader(event);
    switch (code) {
      case ACQUIRE:
        return this.left(event, 'lock') || this.left(event, 'read lock');
      case READ_ACQUIRE:
        return this.left(event, 'lock');
      case SEND:
        return this.left(event, 'send') || this.left(event, 'close');
      case CLOSE:
        return this.left(event, 'send') || this.left(event, 'close');
      case WAIT:
        return this.left(event, 'add');
      case ADD:
        return detail[event]! > 0 && this.left(event, 'wait');
      default:
        return false;
    }
  }

  /** Somebody has still to read what is there now. */
  private hasReader(event: number): boolean {
    const { execution, from } = this.facts;
    const variable = execution.target[event]!;
    const now = this.machine.written(variable);
    return this.left(event, 'read', (read) => from[read] === now);
  }

  private left(event: number, kind: string, is: (other: number) => boolean = () => true): boolean {
    const { thread, target } = this.facts.execution;
    const takers = this.takers.get(`${kind} ${target[event]}`) ?? [];
    return takers.some((other) => thread[other] !== thread[event] && !this.machine.hasRun(other) && is(other));
  }
}
