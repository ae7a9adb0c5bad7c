/**
 * Runs events of an execution in another order, forwards and backwards, and says of each whether it could come next in a
 * correct reordering: program order, fork and join, locks, channels, wait groups, and every read with the write it had.
 */
import {
  ACQUIRE,
  ADD,
  CLOSE,
  changes,
  FORK,
  HEAR,
  isAccess,
  JOIN,
  LEAVE_NOTE,
  observes,
  READ_ACQUIRE,
  READ_RELEASE,
  RECEIVE,
  RECEIVE_CLOSED,
  RELEASE,
  SEND,
  TAKE_NOTES,
  TELL,
  WAIT,
} from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import { listAt } from '../../trace/execution/lists';
import type { Facts } from './facts';

export class Machine {
  /** How many events of each thread have run. */
  readonly done: Int32Array;
  private readonly lastWrite: number[] = [];
  private readonly overwritten: number[] = [];
  private readonly owner: number[] = [];
  private readonly readers: number[] = [];
  /** Channel → numbers of what was sent on it, in this order. */
  private readonly sent: number[][] = [];
  private readonly received: number[] = [];
  private readonly closed: boolean[] = [];
  private readonly told: boolean[] = [];
  private readonly counters: number[] = [];
  private readonly notes: Set<number>;

  /** `anyValue`: reads may see other writes than they did; what comes of that is not known. */
  constructor(
    private readonly facts: Facts,
    private readonly anyValue = false,
  ) {
    this.done = new Int32Array(facts.threads.length);
    this.notes = new Set();
  }

  /** The event that the thread would do next; ABSENT when it has none left or is not born. */
  next(thread: number): number {
    const event = this.facts.threads[thread]![this.done[thread]!];
    if (event === undefined) return ABSENT;
    const fork = this.facts.forkOf[thread]!;
    return fork === ABSENT || this.hasRun(fork) ? event : ABSENT;
  }

  hasRun(event: number): boolean {
    return this.facts.position[event]! < this.done[this.facts.execution.thread[event]!]!;
  }

  /** All that decides what can come next; the values of everything else follow from who has done how much. */
  state(): string {
    const waiting = this.sent.map((numbers, channel) => numbers.slice(this.received[channel] ?? 0).join());
    return `${this.done.join()} ${this.anyValue ? '' : this.lastWrite.join()} ${waiting.join(';')}`;
  }

  /** The write that a read of the variable would see now; ABSENT for none. */
  written(variable: number): number {
    return this.lastWrite[variable] ?? ABSENT;
  }

  /** How many values are in the channel. */
  private inside(channel: number): number {
    return (this.sent[channel]?.length ?? 0) - (this.received[channel] ?? 0);
  }

  /** Why the event cannot come next, in words; undefined when it can. */
  objection(event: number): string | undefined {
    const { execution } = this.facts;
    const thread = execution.thread[event]!;
    if (this.next(thread) !== event) {
      const fork = this.facts.forkOf[thread]!;
      return fork !== ABSENT && !this.hasRun(fork) ? 'its thread is not forked yet' : 'its thread is elsewhere';
    }
    return this.blocked(event);
  }

  /** The same for an event whose turn in its thread it is. */
  private blocked(event: number): string | undefined {
    const { execution, from } = this.facts;
    const action = execution.action[event]!;
    const target = execution.target[event]!;
    if (isAccess(action)) {
      if (!observes(action) || this.anyValue || this.written(target) === from[event]) return undefined;
      return 'it would read another value';
    }
    switch (action) {
      case ACQUIRE:
        if ((this.owner[target] ?? ABSENT) !== ABSENT) return 'the lock is held';
        return (this.readers[target] ?? 0) > 0 ? 'the lock is held for reading' : undefined;
      case READ_ACQUIRE:
        return (this.owner[target] ?? ABSENT) !== ABSENT ? 'the lock is held' : undefined;
      case RELEASE:
      case READ_RELEASE:
        return this.releaseObjection(event);
      case JOIN:
        return this.done[target]! < this.facts.threads[target]!.length || !this.isBorn(target)
          ? 'the joined thread has not ended'
          : undefined;
      case SEND:
        return this.sendObjection(event);
      case RECEIVE: {
        const first = this.sent[target]?.[this.received[target] ?? 0];
        if (first === undefined) return 'its value is not sent yet';
        return first === execution.detail[event] ? undefined : 'another value comes first';
      }
      case CLOSE:
        return this.closed[target] ? 'the channel is closed' : undefined;
      case RECEIVE_CLOSED:
        if (!this.closed[target]) return 'the channel is not closed';
        return this.inside(target) > 0 ? 'the channel is not empty' : undefined;
      case HEAR:
        return this.told[target] ? undefined : 'nobody has told it yet';
      case ADD:
        return (this.counters[target] ?? 0) + execution.detail[event]! < 0 ? 'the counter gets negative' : undefined;
      case WAIT:
        return (this.counters[target] ?? 0) > 0 ? 'the counter is not zero' : undefined;
      case TAKE_NOTES:
        return from[event] === ABSENT || this.notes.has(from[event]!) ? undefined : 'nobody has left a note yet';
      default:
        return undefined;
    }
  }

  private isBorn(thread: number): boolean {
    const fork = this.facts.forkOf[thread]!;
    return fork === ABSENT || this.hasRun(fork);
  }

  /** A lock is given back by who does it in the execution: the section must have begun. */
  private releaseObjection(event: number): string | undefined {
    const section = this.facts.sections[this.facts.sectionOf[event]!];
    return section && this.hasRun(section.acquire) ? undefined : 'the lock is not taken';
  }

  private sendObjection(event: number): string | undefined {
    const { execution } = this.facts;
    const channel = execution.target[event]!;
    if (this.closed[channel]) return 'the channel is closed';
    return this.inside(channel) >= execution.capacities[channel]! ? 'the channel is full' : undefined;
  }

  /** Would its thread wait at the event? Not all that objects to an event makes anybody wait. */
  waits(event: number): boolean {
    const { execution } = this.facts;
    const target = execution.target[event]!;
    switch (execution.action[event]) {
      case SEND:
        return !this.closed[target] && this.inside(target) >= execution.capacities[target]!;
      case RECEIVE:
      case RECEIVE_CLOSED:
        return !this.closed[target] && this.inside(target) === 0;
      case ACQUIRE:
      case READ_ACQUIRE:
      case JOIN:
      case HEAR:
      case WAIT:
        return this.blocked(event) !== undefined;
      default:
        return false;
    }
  }

  /** Runs an event that nothing objects to. */
  step(event: number): void {
    const { execution } = this.facts;
    const target = execution.target[event]!;
    this.done[execution.thread[event]!]!++;
    const action = execution.action[event]!;
    if (isAccess(action)) {
      if (!changes(action)) return;
      this.overwritten.push(this.lastWrite[target] ?? ABSENT);
      this.lastWrite[target] = event;
      return;
    }
    this.effect(action, target, event, 1);
  }

  /** Takes the newest step back. */
  back(event: number): void {
    const { execution } = this.facts;
    const target = execution.target[event]!;
    this.done[execution.thread[event]!]!--;
    const action = execution.action[event]!;
    if (isAccess(action)) {
      if (changes(action)) this.lastWrite[target] = this.overwritten.pop()!;
      return;
    }
    this.effect(action, target, event, -1);
  }

  private effect(action: number, target: number, event: number, by: 1 | -1): void {
    switch (action) {
      case ACQUIRE:
        this.owner[target] = by > 0 ? event : ABSENT;
        break;
      case RELEASE:
        this.owner[target] = by > 0 ? ABSENT : this.facts.sections[this.facts.sectionOf[event]!]!.acquire;
        break;
      case READ_ACQUIRE:
        this.readers[target] = (this.readers[target] ?? 0) + by;
        break;
      case READ_RELEASE:
        this.readers[target] = (this.readers[target] ?? 0) - by;
        break;
      case SEND:
        if (by > 0) listAt(this.sent, target).push(this.facts.execution.detail[event]!);
        else this.sent[target]!.pop();
        break;
      case RECEIVE:
        this.received[target] = (this.received[target] ?? 0) + by;
        break;
      case CLOSE:
        this.closed[target] = by > 0;
        break;
      case TELL:
        this.told[target] = by > 0;
        break;
      case ADD:
        this.counters[target] = (this.counters[target] ?? 0) + by * this.facts.execution.detail[event]!;
        break;
      case LEAVE_NOTE:
        if (by > 0) this.notes.add(event);
        else this.notes.delete(event);
        break;
      case FORK:
        break;
    }
  }
}

export interface Objection {
  /** Index in the order. */
  at: number;
  event: number;
  why: string;
}

/** The first event of the order that could not come there; undefined for a correct reordering of these events. */
export function objectionTo(facts: Facts, order: ArrayLike<number>): Objection | undefined {
  const machine = new Machine(facts);
  for (let at = 0; at < order.length; at++) {
    const event = order[at]!;
    const why = machine.objection(event);
    if (why !== undefined) return { at, event, why };
    machine.step(event);
  }
  return undefined;
}

/** After a correct reordering, can each of the events come next, but for the values that they read themselves? */
export function enabledAfter(facts: Facts, order: ArrayLike<number>, events: readonly number[]): boolean {
  const machine = new Machine(facts);
  for (let at = 0; at < order.length; at++) {
    if (machine.objection(order[at]!) !== undefined) return false;
    machine.step(order[at]!);
  }
  return events.every((event) => machine.next(facts.execution.thread[event]!) === event);
}
