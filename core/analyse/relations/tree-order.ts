/** Happens-before by tree clocks: the same order as Order with the rules HB, for executions of many threads. */
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
import type { EventSink } from '../../trace/execution/execution';
import { listAt } from '../../trace/execution/lists';
import { Accesses, type OnPair } from './accesses';
import type { OrderOptions } from './order';
import { TreeClock } from './tree-clock';

/** What several threads have left at one place, one clock of each. */
type Notes = Map<number, TreeClock>;

export class TreeOrder implements EventSink {
  private readonly clocks: TreeClock[] = [];
  private readonly released: (TreeClock | undefined)[] = [];
  /** Releases by another thread than the owner, and by readers. */
  private readonly more: (Notes | undefined)[] = [];
  private readonly shared: (Notes | undefined)[] = [];
  private readonly owners: number[] = [];
  private readonly stores: (TreeClock | undefined)[] = [];
  private readonly messages: (TreeClock | undefined)[] = [];
  private readonly closes: (TreeClock | undefined)[] = [];
  private readonly sends: (TreeClock | undefined)[][] = [];
  private readonly receives: (TreeClock | undefined)[][] = [];
  private readonly groups: Notes[] = [];
  private readonly objects: Notes[] = [];
  private count = 0;

  constructor(private readonly options: OrderOptions = {}) {}

  /** Clocks are one ahead: also a thread without events has something to tell, what it was given at its birth. */
  isBefore(by: number, time: number, thread: number): boolean {
    return by === thread || this.clocks[thread]!.time(by) > time;
  }

  event(action: number, thread: number, target: number, detail: number): void {
    const event = this.count++;
    const clock = this.clockOf(thread);
    clock.tick();
    if (isAccess(action)) {
      if (isAtomic(action)) this.learn(clock, this.stores[target]);
      this.options.onAccess?.(action, thread, target, event, clock.times[thread]! - 1);
      if (isAtomic(action) && changes(action)) this.stores[target] = clock.copy();
    } else this.synchronise(action, clock, target, detail);
  }

  private clockOf(thread: number): TreeClock {
    while (this.clocks.length <= thread) this.clocks.push(TreeClock.of(this.clocks.length, this.clocks.length + 1));
    return this.clocks[thread]!;
  }

  private learn(clock: TreeClock, told: TreeClock | undefined): void {
    if (told) clock.join(told);
  }

  private learnAll(clock: TreeClock, notes: Notes | undefined): void {
    for (const told of notes?.values() ?? []) clock.join(told);
  }

  private synchronise(action: number, clock: TreeClock, target: number, detail: number): void {
    switch (action) {
      case FORK:
        this.clockOf(target).join(clock);
        break;
      case JOIN:
        clock.join(this.clockOf(target));
        break;
      case ACQUIRE:
        this.owners[target] = clock.root;
        this.learn(clock, this.released[target]);
        this.learnAll(clock, this.more[target]);
        this.learnAll(clock, this.shared[target]);
        break;
      case READ_ACQUIRE:
        this.learn(clock, this.released[target]);
        this.learnAll(clock, this.more[target]);
        break;
      case RELEASE:
        this.release(clock, target);
        break;
      case READ_RELEASE:
        this.shared[target] = (this.shared[target] ?? new Map()).set(clock.root, clock.copy());
        break;
      case SEND:
        this.learn(clock, this.receives[target]?.[detail - (this.options.capacities?.[target] ?? 0)]);
        listAt(this.sends, target)[detail] = clock.copy();
        break;
      case RECEIVE:
        this.learn(clock, this.sends[target]?.[detail]);
        listAt(this.receives, target)[detail] = clock.copy();
        break;
      case CLOSE:
        this.closes[target] = clock.copy();
        break;
      case RECEIVE_CLOSED:
        this.learn(clock, this.closes[target]);
        break;
      case TELL:
        this.messages[target] = clock.copy();
        break;
      case HEAR:
        this.learn(clock, this.messages[target]);
        break;
      case ADD:
        if (detail < 0) this.note(this.groups, target, clock);
        break;
      case WAIT:
        this.learnAll(clock, this.groups[target]);
        break;
      case LEAVE_NOTE:
        this.note(this.objects, target, clock);
        break;
      case TAKE_NOTES:
        this.learnAll(clock, this.objects[target]);
        break;
    }
  }

  private note(table: Notes[], target: number, clock: TreeClock): void {
    table[target] = (table[target] ?? new Map()).set(clock.root, clock.copy());
  }

  /** Who has taken the lock knows of all earlier releases, so its clock only grows; another releaser's is put beside. */
  private release(clock: TreeClock, lock: number): void {
    if (this.owners[lock] === clock.root) {
      this.more[lock] = undefined;
      this.shared[lock] = undefined;
      const released = this.released[lock] ?? new TreeClock(0);
      released.become(clock);
      this.released[lock] = released;
    } else this.more[lock] = (this.more[lock] ?? new Map()).set(clock.root, clock.copy());
  }
}

/** Races by happens-before, as RaceSearch finds them. */
export function treeRaceSearch(onPair: OnPair, options: OrderOptions = {}): EventSink {
  let current = 0;
  const accesses = new Accesses(onPair);
  const isBefore = (by: number, time: number): boolean => order.isBefore(by, time, current);
  const order: TreeOrder = new TreeOrder({
    ...options,
    onAccess: (action, thread, variable, event, time) => {
      current = thread;
      accesses.take(action, thread, variable, event, time, 0, isBefore);
    },
  });
  return order;
}
