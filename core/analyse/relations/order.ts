/**
 * Computes what comes before each event of an execution, in one pass, for any of the relations of rules.ts. Feed it the
 * events in order. An event is known by its thread and its time: which event of its thread it is, from 1.
 */
import {
  ACQUIRE,
  ADD,
  CLOSE,
  changes,
  FORK,
  HEAR,
  isAccess,
  isAtomic,
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
import { ABSENT, type EventSink } from '../../trace/execution/execution';
import { listAt } from '../../trace/execution/lists';
import { type HandOvers, HeldLocks } from './held-locks';
import { ReleaseOrder } from './release-order';
import type { Representation } from './representation';
import type { Rules } from './rules';

/** The newest of a kind of event for each target: who did it, when, and what was known then. */
class Latest<C> {
  readonly known: C[] = [];
  thread: number[] = [];
  time: number[] = [];
  event: number[] = [];

  set(target: number, known: C, thread: number, time: number, event: number): void {
    while (this.thread.length <= target) {
      this.thread.push(ABSENT);
      this.time.push(0);
      this.event.push(ABSENT);
    }
    this.known[target] = known;
    this.thread[target] = thread;
    this.time[target] = time;
    this.event[target] = event;
  }
}

interface Said<C> {
  known: C;
  thread: number;
  time: number;
  event: number;
}

export interface OrderOptions {
  /** Capacity of each channel: the receive that makes room comes before the send that takes it. */
  capacities?: readonly number[];
  /** Channels on which one thread sends: room is made in the same order in every reordering. */
  singleSender?: ReadonlySet<number>;
  handOvers?: HandOvers;
  /** Told of accesses when what comes before them is known, except by reading. */
  onAccess?: (action: number, thread: number, variable: number, event: number, time: number) => void;
}

export class Order<C> implements EventSink {
  /** What each thread knows of the others. Clocks do not have the thread's own events in it. */
  readonly known: C[] = [];
  /** How many events each thread has had. */
  readonly times: number[] = [];
  readonly held: HeldLocks;
  private count = 0;
  private readonly releaseOrder: ReleaseOrder<C> | undefined;
  private readonly released = new Latest<C>();
  /** What further releases of the lock tell: by another thread than its owner, or by readers. */
  private readonly more: (C | undefined)[] = [];
  private readonly shared: (C | undefined)[] = [];
  private readonly owners: number[] = [];
  private readonly writes = new Latest<C>();
  private readonly stores = new Latest<C>();
  private readonly messages = new Latest<C>();
  private readonly closes = new Latest<C>();
  private readonly sends: (Said<C> | undefined)[][] = [];
  private readonly receives: (Said<C> | undefined)[][] = [];
  private readonly notes: Record<'group' | 'object', (C | undefined)[]> = { group: [], object: [] };
  /** Acquires of locks that another thread is going to release. */
  private readonly loose = new Map<number, { thread: number; began: number; acquire: number }>();
  /** The last event of each thread. */
  private readonly last: number[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly representation: Representation<C>,
    private readonly options: OrderOptions = {},
  ) {
    this.held = new HeldLocks(options.handOvers);
    this.releaseOrder = rules.releases ? new ReleaseOrder(representation, this.held) : undefined;
  }

  /** Does an earlier event come before what `thread` does now? */
  isBefore(by: number, time: number, event: number, thread: number): boolean {
    return by === thread || this.representation.holds(this.known[thread]!, by, time, event);
  }

  event(action: number, thread: number, target: number, detail: number): void {
    const event = this.count++;
    this.meet(thread);
    const time = ++this.times[thread]!;
    if (isAccess(action)) this.access(action, thread, target, time, event);
    else this.synchronise(action, thread, target, detail, time, event);
    this.known[thread] = this.representation.step(this.known[thread]!, event);
    this.last[thread] = event;
  }

  private meet(thread: number): void {
    while (this.times.length <= thread) {
      this.times.push(0);
      this.known.push(this.representation.empty);
    }
  }

  private learn(thread: number, told: C, by: number, time: number, event: number): void {
    if (by === ABSENT || by === thread) return;
    const known = this.known[thread]!;
    if (this.representation.holds(known, by, time, event)) return;
    this.known[thread] = this.representation.learn(known, told, by, time, event);
    this.follow(thread);
  }

  private learnFrom(thread: number, latest: Latest<C>, target: number): void {
    if (target < latest.thread.length) {
      this.learn(thread, latest.known[target]!, latest.thread[target]!, latest.time[target]!, latest.event[target]!);
    }
  }

  private learnSaid(thread: number, said: Said<C> | undefined): void {
    if (said) this.learn(thread, said.known, said.thread, said.time, said.event);
  }

  private join(thread: number, told: C | undefined): void {
    if (told === undefined) return;
    const known = this.known[thread]!;
    this.known[thread] = this.representation.join(known, told);
    if (this.known[thread] !== known) this.follow(thread);
  }

  private follow(thread: number): void {
    if (this.releaseOrder) this.known[thread] = this.releaseOrder.close(thread, this.known[thread]!);
  }

  private access(action: number, thread: number, variable: number, time: number, event: number): void {
    // Atomic operations are in one order that all agree on.
    if (this.rules.observed && isAtomic(action)) this.learnFrom(thread, this.stores, variable);
    this.options.onAccess?.(action, thread, variable, event, time);
    if (this.rules.readsFrom && observes(action)) this.learnFrom(thread, this.writes, variable);
    if (!changes(action)) return;
    const known = this.representation.step(this.known[thread]!, event);
    if (this.rules.readsFrom) this.writes.set(variable, known, thread, time, event);
    if (this.rules.observed && isAtomic(action)) this.stores.set(variable, known, thread, time, event);
  }

  private synchronise(
    action: number,
    thread: number,
    target: number,
    detail: number,
    time: number,
    event: number,
  ): void {
    switch (action) {
      case FORK:
        this.meet(target);
        this.learn(target, this.own(thread, event), thread, time, event);
        break;
      case JOIN:
        this.meet(target);
        if (this.times[target] === 0) this.join(thread, this.known[target]);
        else this.learn(thread, this.known[target]!, target, this.times[target]!, this.last[target]!);
        break;
      case ACQUIRE:
      case READ_ACQUIRE:
        this.acquire(action === READ_ACQUIRE, thread, target, time, event);
        break;
      case RELEASE:
      case READ_RELEASE:
        this.release(action === READ_RELEASE, thread, target, time, event);
        break;
      case SEND:
        if (this.rules.observed || this.rules.rooms || this.options.singleSender?.has(target)) {
          this.learnSaid(thread, this.taken(this.receives, target, detail - (this.options.capacities?.[target] ?? 0)));
        }
        this.say(this.sends, target, detail, thread, time, event);
        break;
      case RECEIVE:
        this.learnSaid(thread, this.taken(this.sends, target, detail));
        this.say(this.receives, target, detail, thread, time, event);
        break;
      case CLOSE:
        this.closes.set(target, this.own(thread, event), thread, time, event);
        break;
      case RECEIVE_CLOSED:
        this.learnFrom(thread, this.closes, target);
        break;
      case TELL:
        this.messages.set(target, this.own(thread, event), thread, time, event);
        break;
      case HEAR:
        this.learnFrom(thread, this.messages, target);
        break;
      case ADD:
        // Only Done comes before Wait.
        if (detail < 0) this.note('group', thread, target, time, event);
        break;
      case WAIT:
        this.join(thread, this.notes.group[target]);
        break;
      case LEAVE_NOTE:
        this.note('object', thread, target, time, event);
        break;
      case TAKE_NOTES:
        this.join(thread, this.notes.object[target]);
        break;
    }
  }

  /** What the thread passes on in this event. */
  private own(thread: number, event: number): C {
    return this.representation.step(this.known[thread]!, event);
  }

  private note(kind: 'group' | 'object', thread: number, target: number, time: number, event: number): void {
    const notes = this.notes[kind];
    const { empty } = this.representation;
    notes[target] = this.representation.learn(notes[target] ?? empty, this.own(thread, event), thread, time, event);
  }

  private say(
    lists: (Said<C> | undefined)[][],
    channel: number,
    number: number,
    thread: number,
    time: number,
    event: number,
  ): void {
    listAt(lists, channel)[number] = { known: this.own(thread, event), thread, time, event };
  }

  /** Each message is asked for once. */
  private taken(lists: (Said<C> | undefined)[][], channel: number, number: number): Said<C> | undefined {
    const list = lists[channel];
    if (number < 0 || !list) return undefined;
    const said = list[number];
    list[number] = undefined;
    return said;
  }

  private acquire(shared: boolean, thread: number, lock: number, time: number, event: number): void {
    if (this.rules.observed) {
      this.learnFrom(thread, this.released, lock);
      this.join(thread, this.more[lock]);
      if (!shared) this.join(thread, this.shared[lock]);
    }
    if (!shared) this.owners[lock] = thread;
    this.held.acquire(thread, lock, shared, event, time);
    if (this.options.handOvers?.acquires.has(event)) this.loose.set(event, { thread, began: time, acquire: event });
    else if (this.releaseOrder) this.known[thread] = this.releaseOrder.closeNewest(thread, this.known[thread]!);
  }

  private release(shared: boolean, thread: number, lock: number, time: number, event: number): void {
    const known = this.own(thread, event);
    if (this.rules.observed) {
      const { empty } = this.representation;
      if (shared) {
        this.shared[lock] = this.representation.learn(this.shared[lock] ?? empty, known, thread, time, event);
      } else {
        this.keepOthers(thread, lock);
        this.released.set(lock, known, thread, time, event);
      }
    }
    const held = this.held.release(thread, lock, shared, event);
    if (!this.releaseOrder) return;
    const section = held
      ? { thread: held.thread, began: held.time, acquire: held.event }
      : this.loose.get(this.options.handOvers?.acquireOf.get(event) ?? ABSENT);
    if (!section) return;
    if (!held) this.loose.delete(section.acquire);
    // A reader that reads twice is in its critical section until it has left both.
    if (shared && this.held.of(section.thread).some((other) => other.lock === lock && other.shared)) return;
    this.releaseOrder.add(lock, { ...section, shared }, { known, by: thread, time, event });
  }

  /** Who has taken the lock knows of all earlier releases; another thread that releases it need not. */
  private keepOthers(thread: number, lock: number): void {
    const { released } = this;
    if (this.owners[lock] === thread) {
      this.more[lock] = undefined;
      this.shared[lock] = undefined;
      return;
    }
    const by = released.thread[lock] ?? ABSENT;
    if (by === ABSENT) return;
    const { empty } = this.representation;
    const more = this.more[lock] ?? empty;
    this.more[lock] = this.representation.learn(
      more,
      released.known[lock]!,
      by,
      released.time[lock]!,
      released.event[lock]!,
    );
  }
}
