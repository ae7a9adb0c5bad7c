/** Happens-before by tree clocks: the same order as Order with the rules HB, for executions of many threads. */
import { changes, isAtomic } from '../../trace/execution/actions';
import type { EventSink } from '../../trace/execution/execution';
import { listAt } from '../../trace/execution/lists';
import { Accesses, type OnPair } from './accesses';
import { type OrderOptions, Synchronisation } from './synchronisation';
import { TreeClock } from './tree-clock';

/** What several threads have left at one place, one clock of each. */
type Notes = Map<number, TreeClock>;

export class TreeOrder extends Synchronisation {
  private readonly clocks: TreeClock[] = [];
  private clock = this.clockOf(0);
  private readonly released: (TreeClock | undefined)[] = [];
  /** Releases by another thread than the owner, and by readers. */
  private readonly more: (Notes | undefined)[] = [];
  private readonly shared: (Notes | undefined)[] = [];
  private readonly owners: number[] = [];
  private readonly stores: (TreeClock | undefined)[] = [];
  private readonly newest: Record<'message' | 'close', (TreeClock | undefined)[]> = { message: [], close: [] };
  private readonly numbered: Record<'send' | 'receive', (TreeClock | undefined)[][]> = { send: [], receive: [] };
  private readonly notes: Record<'group' | 'object', Notes[]> = { group: [], object: [] };

  constructor(options: OrderOptions = {}) {
    super(options);
  }

  /** Clocks are one ahead: also a thread without events has something to tell, what it was given at its birth. */
  isBefore(by: number, time: number, _event: number, thread: number): boolean {
    return by === thread || this.clocks[thread]!.time(by) > time;
  }

  protected begin(): void {
    this.clock = this.clockOf(this.thread);
    this.clock.tick();
    this.time = this.clock.times[this.thread]! - 1;
  }

  protected end(): void {}

  private clockOf(thread: number): TreeClock {
    while (this.clocks.length <= thread) this.clocks.push(TreeClock.of(this.clocks.length, this.clocks.length + 1));
    return this.clocks[thread]!;
  }

  private learn(told: TreeClock | undefined): void {
    if (told) this.clock.join(told);
  }

  private learnAll(notes: Notes | undefined): void {
    for (const told of notes?.values() ?? []) this.clock.join(told);
  }

  private noted(notes: Notes | undefined): Notes {
    return (notes ?? new Map()).set(this.thread, this.clock.copy());
  }

  protected access(action: number, variable: number): void {
    const atomic = isAtomic(action);
    if (atomic) this.learn(this.stores[variable]);
    this.options.onAccess?.(action, this.thread, variable, this.index, this.time);
    if (atomic && changes(action)) this.stores[variable] = this.clock.copy();
  }

  protected fork(child: number): void {
    this.clockOf(child).join(this.clock);
  }

  protected joinThread(child: number): void {
    this.clock.join(this.clockOf(child));
  }

  protected tell(kind: 'message' | 'close', target: number): void {
    this.newest[kind][target] = this.clock.copy();
  }

  protected hear(kind: 'message' | 'close', target: number): void {
    this.learn(this.newest[kind][target]);
  }

  protected note(kind: 'group' | 'object', target: number): void {
    this.notes[kind][target] = this.noted(this.notes[kind][target]);
  }

  protected takeNotes(kind: 'group' | 'object', target: number): void {
    this.learnAll(this.notes[kind][target]);
  }

  protected roomOrders(): boolean {
    return true;
  }

  protected tellNumber(kind: 'send' | 'receive', channel: number, number: number): void {
    listAt(this.numbered[kind], channel)[number] = this.clock.copy();
  }

  protected hearNumber(kind: 'send' | 'receive', channel: number, number: number): void {
    this.learn(this.numbered[kind][channel]?.[number]);
  }

  protected acquire(lock: number, shared: boolean): void {
    if (!shared) this.owners[lock] = this.thread;
    this.learn(this.released[lock]);
    this.learnAll(this.more[lock]);
    if (!shared) this.learnAll(this.shared[lock]);
  }

  /** Who has taken the lock knows of all earlier releases, so its clock only grows; another releaser's is put beside. */
  protected release(lock: number, shared: boolean): void {
    if (shared) this.shared[lock] = this.noted(this.shared[lock]);
    else if (this.owners[lock] === this.thread) {
      this.more[lock] = undefined;
      this.shared[lock] = undefined;
      const released = this.released[lock] ?? new TreeClock(0);
      released.become(this.clock);
      this.released[lock] = released;
    } else this.more[lock] = this.noted(this.more[lock]);
  }
}

/** Races by happens-before, as RaceSearch finds them. */
export function treeRaceSearch(onPair: OnPair, options: OrderOptions = {}): EventSink {
  const order: TreeOrder = new TreeOrder({
    ...options,
    onAccess: (action, thread, variable, event, time) => accesses.take(action, thread, variable, event, time, 0),
  });
  const accesses = new Accesses(onPair, order);
  return order;
}
