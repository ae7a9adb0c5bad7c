/**
 * Lock dependencies: a thread takes a lock while others are held, by itself or around it. Critical sections reach over
 * threads (Sulzmann): an event is guarded by acq(x)–rel(x) of another thread when PWR puts it between the two.
 */
import { ACQUIRE, BY_TRY, READ_ACQUIRE, READ_RELEASE, RELEASE, REQUEST } from '../../trace/execution/actions';
import { type EventSink, type Execution, feed } from '../../trace/execution/execution';
import { listAt, listOf } from '../../trace/execution/lists';
import { ClockRows } from '../relations/clock-rows';
import { Order } from '../relations/order';
import { optionsFor } from '../relations/races';
import { PWR } from '../relations/rules';
import type { OrderOptions } from '../relations/synchronisation';

export interface Guard {
  lock: number;
  shared: boolean;
  acquire: number;
  /** It is the thread's own: it took the lock and gives it back. */
  own: boolean;
}

export interface LockDependency {
  thread: number;
  lock: number;
  shared: boolean;
  /** The inner acquire; of one that never came, the request. */
  event: number;
  guards: readonly Guard[];
}

/** A dependency before all is known of it. */
interface Asked extends LockDependency {
  guards: Guard[];
  /** Which event of its thread it is, from 1, and what came before it. */
  time: number;
  known: number;
  /** The acquire itself came in its place. */
  replaced: boolean;
}

/** A critical section that has begun; whoever is in it by another thread waits for its end to be sure. */
interface Open {
  guard: Guard;
  thread: number;
  time: number;
  /** Its own thread releases it. */
  kept: boolean;
  /** Another thread may know that it has begun. */
  told: boolean;
  waiting: Asked[];
}

const NONE: readonly Open[] = [];

/** One pass; memory grows with dependencies and with what PWR keeps. */
export class LockDependencies implements EventSink {
  private readonly rows: ClockRows;
  private readonly order: Order<number>;
  private readonly all: Asked[] = [];
  /** By thread. */
  private readonly open: Open[][] = [];
  private readonly told: Open[] = [];
  private readonly byKey = new Map<number, Open[]>();
  /** Thread → what it asks for and has not got. */
  private readonly requested: (Asked | undefined)[] = [];
  private index = -1;

  constructor(private readonly options: OrderOptions = {}) {
    this.rows = new ClockRows(options.threads ?? 0);
    this.order = new Order(PWR, this.rows, { ...options, onTold: (thread, time) => this.tell(thread, time) });
  }

  /** In the order of their events. */
  found(): LockDependency[] {
    return this.all.filter(({ guards, replaced }) => guards.length > 0 && !replaced);
  }

  /** Both as given by `found`. */
  isBefore(first: LockDependency, second: LockDependency): boolean {
    const [one, other] = [first as Asked, second as Asked];
    return this.rows.holds(other.known, one.thread, one.time);
  }

  event(action: number, thread: number, target: number, detail: number): void {
    const event = ++this.index;
    const shared = action === READ_ACQUIRE || action === READ_RELEASE;
    switch (action) {
      case REQUEST:
        this.requested[thread] = this.ask(thread, target, shared, event);
        this.order.event(action, thread, target, detail);
        break;
      case ACQUIRE:
      case READ_ACQUIRE:
        this.answer(thread, target);
        // Who only tries never waits.
        if (detail !== BY_TRY) this.ask(thread, target, shared, event);
        this.order.event(action, thread, target, detail);
        this.begin(thread, target, shared, event);
        break;
      case RELEASE:
      case READ_RELEASE:
        this.order.event(action, thread, target, detail);
        this.end(thread, target, shared, event);
        break;
      default:
        this.order.event(action, thread, target, detail);
    }
  }

  private answer(thread: number, lock: number): void {
    const asked = this.requested[thread];
    if (asked?.lock === lock) asked.replaced = true;
    this.requested[thread] = undefined;
  }

  private ask(thread: number, lock: number, shared: boolean, event: number): Asked | undefined {
    const own = this.open[thread] ?? NONE;
    if (own.length === 0 && this.told.length === 0) return undefined;
    const known = this.order.known[thread] ?? this.rows.empty;
    const guards: Guard[] = [];
    const time = (this.order.times[thread] ?? 0) + 1;
    const asked = { thread, lock, shared, event, guards, time, known, replaced: false };
    let guarded = false;
    for (const section of own) {
      if (section.guard.lock === lock) continue;
      if (section.kept) guards.push(section.guard);
      else section.waiting.push(asked);
      guarded = true;
    }
    for (const section of this.told) {
      if (section.thread === thread || section.guard.lock === lock) continue;
      if (!this.rows.holds(known, section.thread, section.time)) continue;
      section.waiting.push(asked);
      guarded = true;
    }
    if (!guarded) return undefined;
    this.rows.share(known);
    this.all.push(asked);
    return asked;
  }

  private begin(thread: number, lock: number, shared: boolean, event: number): void {
    const guard = { lock, shared, acquire: event, own: true };
    const kept = this.options.handOvers?.acquires.has(event) !== true;
    const section = { guard, thread, time: this.order.times[thread]!, kept, told: false, waiting: [] };
    listAt(this.open, thread).push(section);
    listOf(this.byKey, keyOf(lock, shared)).push(section);
  }

  private tell(thread: number, time: number): void {
    for (const section of this.open[thread] ?? NONE) {
      if (section.told || section.time > time) continue;
      section.told = true;
      this.told.push(section);
    }
  }

  private end(thread: number, lock: number, shared: boolean, event: number): void {
    const sections = listOf(this.byKey, keyOf(lock, shared));
    const acquire = this.options.handOvers?.acquireOf.get(event);
    const at = sections.findLastIndex((it) =>
      acquire === undefined ? it.thread === thread && it.kept : it.guard.acquire === acquire,
    );
    const [section] = sections.splice(Math.max(at, 0), 1);
    if (!section) return;
    const open = this.open[section.thread]!;
    open.splice(open.indexOf(section), 1);
    if (section.told) this.told.splice(this.told.indexOf(section), 1);
    const known = this.order.known[thread]!;
    for (const asked of section.waiting) {
      if (asked.thread === thread || this.rows.holds(known, asked.thread, asked.time)) {
        asked.guards.push({ ...section.guard, own: false });
      }
    }
  }
}

const keyOf = (lock: number, shared: boolean): number => 2 * lock + (shared ? 1 : 0);

export function lockDependencies(execution: Execution): LockDependencies {
  const search = new LockDependencies(optionsFor(execution));
  feed(execution, search);
  return search;
}
