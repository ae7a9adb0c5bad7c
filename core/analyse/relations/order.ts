/**
 * Computes what comes before each event of an execution, in one pass, for any of the relations of rules.ts. Feed it the
 * events in order. An event is known by its thread and its time: which event of its thread it is, from 1.
 */
import { changes, isAtomic, observes } from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import { listAt } from '../../trace/execution/lists';
import { HeldLocks } from './held-locks';
import { ReleaseOrder, type Section } from './release-order';
import type { Representation } from './representation';
import type { Rules } from './rules';
import { type OrderOptions, Synchronisation } from './synchronisation';
import { ROW } from './variable-rows';

interface Said<C> {
  known: C;
  thread: number;
  time: number;
  event: number;
}

/** The newest of a kind of event for each target: who did it, when, and what was known then. */
class Latest<C> {
  readonly known: C[] = [];

  /** BY, TIME, EVENT and LOCKS of each target side by side: they are asked for together. In rows, where others have more. */
  constructor(
    private readonly representation: Representation<C>,
    readonly rows: { data: Int32Array; reach(target: number): void } = new LatestRows(),
    readonly width = LATEST_FIELDS,
  ) {}

  has(target: number): boolean {
    return target < this.known.length && this.rows.data[target * this.width + BY] !== ABSENT;
  }

  /** Takes note of what the thread knows, and of the number of the set of locks that it holds. */
  set(target: number, known: C, thread: number, time: number, event: number, locks: number): void {
    const { representation } = this;
    if (target >= this.known.length) this.widen(target);
    const before = this.known[target]!;
    const own = representation.step(known, event);
    representation.drop(before);
    if (own !== before) this.known[target] = own;
    const { data } = this.rows;
    const at = target * this.width;
    data[at + BY] = thread;
    data[at + TIME] = time;
    data[at + EVENT] = event;
    data[at + LOCKS] = locks;
  }

  private widen(target: number): void {
    this.rows.reach(target);
    while (this.known.length <= target) this.known.push(this.representation.empty);
  }
}

class LatestRows {
  data = new Int32Array(64 * LATEST_FIELDS).fill(ABSENT);

  reach(target: number): void {
    if ((target + 1) * LATEST_FIELDS <= this.data.length) return;
    const wider = new Int32Array(Math.max(2 * this.data.length, (target + 1) * LATEST_FIELDS)).fill(ABSENT);
    wider.set(this.data);
    this.data = wider;
  }
}
const LATEST_FIELDS = 4;
const BY = 0;
const TIME = 1;
const EVENT = 2;
const LOCKS = 3;

export class Order<C> extends Synchronisation {
  /** What each thread knows of the others. Clocks do not have the thread's own events in it. */
  readonly known: C[] = [];
  /** How many events each thread has had. */
  readonly times: number[] = [];
  readonly held: HeldLocks;
  private readonly releaseOrder: ReleaseOrder<C> | undefined;
  private readonly released: Latest<C>;
  /** What further releases of the lock tell: by another thread than its owner, or by readers. */
  private readonly more: (C | undefined)[] = [];
  private readonly shared: (C | undefined)[] = [];
  private readonly owners: number[] = [];
  private readonly writes: Latest<C>;
  private readonly stores: Latest<C>;
  private readonly newest: { message: Latest<C>; close: Latest<C> };
  private readonly numbered: Record<'send' | 'receive', (Said<C> | undefined)[][]> = { send: [], receive: [] };
  private readonly notes: Record<'group' | 'object', (C | undefined)[]> = { group: [], object: [] };
  /** Acquires of locks that another thread is going to release. */
  private readonly loose = new Map<number, Section>();
  /** The last event of each thread. */
  private readonly last: number[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly representation: Representation<C>,
    options: OrderOptions = {},
  ) {
    super(options);
    const latest = (): Latest<C> => new Latest(representation);
    [this.released, this.stores] = [latest(), latest()];
    this.writes = options.variables ? new Latest(representation, options.variables, ROW) : latest();
    this.newest = { message: latest(), close: latest() };
    this.held = new HeldLocks(options.handOvers);
    this.releaseOrder = rules.releases
      ? new ReleaseOrder(representation, this.held, this.known, options.onTold)
      : undefined;
  }

  /** Does an earlier event come before what `thread` does now? */
  isBefore(by: number, time: number, event: number, thread: number): boolean {
    return by === thread || this.representation.holds(this.known[thread]!, by, time, event);
  }

  protected begin(): void {
    const { thread } = this;
    if (thread >= this.times.length) this.meet(thread);
    this.time = ++this.times[thread]!;
  }

  protected end(): void {
    const { thread, index } = this;
    this.last[thread] = index;
    if (this.representation.steps) this.known[thread] = this.representation.step(this.known[thread]!, index);
  }

  private meet(thread: number): void {
    while (this.times.length <= thread) {
      this.times.push(0);
      this.last.push(ABSENT);
      this.known.push(this.representation.empty);
    }
  }

  private learn(told: C, by: number, time: number, event: number, thread = this.thread, locks = 0): void {
    if (by === ABSENT || by === thread) return;
    const known = this.known[thread]!;
    if (this.representation.holds(known, by, time, event)) return;
    this.options.onTold?.(by, time);
    this.known[thread] = this.representation.learn(known, told, by, time, event);
    this.releaseOrder?.learned(thread, by, time, locks);
  }

  private learnFrom(latest: Latest<C>, target: number): void {
    if (!latest.has(target)) return;
    const { data } = latest.rows;
    const at = target * latest.width;
    const by = data[at + BY]!;
    // Most of what a thread hears it has said itself.
    if (by === this.thread) return;
    this.learn(latest.known[target]!, by, data[at + TIME]!, data[at + EVENT]!, this.thread, data[at + LOCKS]!);
  }

  private join(told: C | undefined): void {
    if (told === undefined) return;
    const { thread } = this;
    this.known[thread] = this.representation.join(this.known[thread]!, told);
    this.releaseOrder?.close(thread);
  }

  /** What the thread passes on in this event. */
  private own(): C {
    this.releaseOrder?.getOut(this.thread, this.time);
    return this.representation.step(this.known[this.thread]!, this.index);
  }

  private keep(latest: Latest<C>, target: number): void {
    const { thread, time } = this;
    this.releaseOrder?.publish(thread, time);
    const locks = this.releaseOrder ? this.held.setOf(thread) : 0;
    latest.set(target, this.known[thread]!, thread, time, this.index, locks);
  }

  /** Adds this event to what a place tells. */
  private added(known: C | undefined): C {
    const { representation, thread, time, index } = this;
    const own = this.own();
    const all = representation.learn(known ?? representation.empty, own, thread, time, index);
    representation.drop(own);
    this.options.onTold?.(thread, time);
    return all;
  }

  protected access(action: number, variable: number): void {
    const atomic = isAtomic(action);
    // Atomic operations are in one order that all agree on.
    if (atomic && this.rules.observed) this.learnFrom(this.stores, variable);
    const isKnown = this.options.onAccess?.(action, this.thread, variable, this.index, this.time) === true;
    if (this.rules.readsFrom) {
      if (observes(action) && !isKnown) this.learnFrom(this.writes, variable);
      if (changes(action)) this.keep(this.writes, variable);
    }
    if (atomic && this.rules.observed && changes(action)) this.keep(this.stores, variable);
  }

  protected fork(child: number): void {
    this.meet(child);
    const own = this.own();
    this.learn(own, this.thread, this.time, this.index, child);
    this.representation.drop(own);
  }

  protected joinThread(child: number): void {
    this.meet(child);
    this.releaseOrder?.getOut(child, this.times[child]!);
    if (this.times[child] === 0) this.join(this.known[child]);
    else this.learn(this.known[child]!, child, this.times[child]!, this.last[child]!);
  }

  protected tell(kind: 'message' | 'close', target: number): void {
    this.keep(this.newest[kind], target);
  }

  protected hear(kind: 'message' | 'close', target: number): void {
    this.learnFrom(this.newest[kind], target);
  }

  protected note(kind: 'group' | 'object', target: number): void {
    const notes = this.notes[kind];
    notes[target] = this.added(notes[target]);
  }

  protected takeNotes(kind: 'group' | 'object', target: number): void {
    this.join(this.notes[kind][target]);
  }

  protected roomOrders(channel: number): boolean {
    return this.rules.observed || this.rules.rooms === true || this.options.singleSender?.has(channel) === true;
  }

  protected tellNumber(kind: 'send' | 'receive', channel: number, number: number): void {
    const { thread, time, index } = this;
    listAt(this.numbered[kind], channel)[number] = { known: this.own(), thread, time, event: index };
  }

  protected hearNumber(kind: 'send' | 'receive', channel: number, number: number): void {
    const list = this.numbered[kind][channel];
    const said = number < 0 ? undefined : list?.[number];
    if (!said) return;
    list![number] = undefined;
    this.learn(said.known, said.thread, said.time, said.event);
    this.representation.drop(said.known);
  }

  protected acquire(lock: number, shared: boolean): void {
    const { thread, time, index } = this;
    if (this.rules.observed) {
      this.learnFrom(this.released, lock);
      this.join(this.more[lock]);
      if (!shared) this.join(this.shared[lock]);
    }
    if (!shared) this.owners[lock] = thread;
    if (!this.rules.releases) return;
    this.held.acquire(thread, lock, shared, index, time);
    if (this.options.handOvers?.acquires.has(index)) {
      this.loose.set(index, { lock, thread, shared, began: time, acquire: index, slot: ABSENT, seen: ABSENT });
    } else this.releaseOrder?.closeNewest(thread);
  }

  protected release(lock: number, shared: boolean): void {
    if (this.rules.observed) {
      if (shared) this.shared[lock] = this.added(this.shared[lock]);
      else {
        this.keepOthers(lock);
        this.keep(this.released, lock);
      }
    }
    if (this.releaseOrder) this.endSection(this.releaseOrder, lock, shared);
  }

  private endSection(releaseOrder: ReleaseOrder<C>, lock: number, shared: boolean): void {
    const { thread, time, index } = this;
    const held = this.held.release(thread, lock, shared, index);
    const acquire = held?.acquire ?? this.options.handOvers?.acquireOf.get(index) ?? ABSENT;
    const section = held ?? this.loose.get(acquire);
    if (!section) return;
    if (!held) this.loose.delete(acquire);
    // A reader that reads twice is in its critical section until it has left both.
    if (shared && this.held.of(section.thread).some((other) => other.lock === lock && other.shared)) return;
    if (thread === section.thread && releaseOrder.hasNothingOut(section)) return;
    releaseOrder.add(section, this.representation.step(this.known[thread]!, index), thread, time, index);
  }

  /** Who has taken the lock knows of all earlier releases; another thread that releases it need not. */
  private keepOthers(lock: number): void {
    const { released, representation } = this;
    if (this.owners[lock] === this.thread) {
      for (const table of [this.more, this.shared]) {
        if (table[lock] !== undefined) representation.drop(table[lock]);
        table[lock] = undefined;
      }
      return;
    }
    if (!released.has(lock)) return;
    const { data } = released.rows;
    const at = lock * LATEST_FIELDS;
    this.more[lock] = representation.learn(
      this.more[lock] ?? representation.empty,
      released.known[lock]!,
      data[at + BY]!,
      data[at + TIME]!,
      data[at + EVENT]!,
    );
  }
}
