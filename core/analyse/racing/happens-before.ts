/**
 * Happens-before of the Go memory model (go.dev/ref/mem, version of June 6, 2022) by vector clocks: Mattern, "Virtual
 * Time and Global States of Distributed Systems", 1989; epochs as in Flanagan & Freund, "FastTrack", PLDI 2009.
 *
 * A goroutine's own entry grows with each event that others can learn from, so an access with epoch (g, c) happens
 * before whatever knows c of g.
 */
import {
  ABSENT,
  channelDirection,
  completed,
  eventsOf,
  goroutineOf,
  type Trace,
  type TraceEvent,
} from '../../trace/trace';
import { type Pairing, pairChannels } from '../facts/pairing';
import { type Knowledge, Learning } from './learning';
import { Released } from './released';

/** argument of an `atomic` that only loads. */
export const ATOMIC_LOAD = 1;

/** What a synchronisation object passes on. */
interface ObjectClock {
  /** From unlock, Done, the end of a Once, signal, atomic, setting a timer. */
  released: Released;
  /** From RUnlock: concerns the next exclusive lock only. */
  shared: Released;
}

/** Walks a trace and keeps what every goroutine knows. Feed it the events in order. */
export class HappensBefore {
  private readonly learning: Learning;
  private readonly goroutines: Knowledge[];
  private readonly objects = new Map<number, ObjectClock>();
  /** What an event that others refer to as their partner passes on, until the last of them has come. */
  private readonly passed = new Map<number, Knowledge>();
  /** Event → how many will still ask for what it passes on. */
  private readonly wanted: Int32Array;
  /** What ended children have passed on and t.Run of their parent has not yet learned. */
  private readonly ended = new Map<string, Knowledge[]>();
  private readonly goEvents: number[];
  private readonly onces = new Map<number, number>();
  private readonly pairing: Pairing;
  private readonly recorded: boolean;
  /** The atomic that a goroutine has used last, when that was its last event. */
  private readonly atomics = new Map<number, Released>();

  constructor(private readonly trace: Trace) {
    const { goroutines } = trace.header;
    this.learning = new Learning(goroutines.length);
    this.goroutines = goroutines.map((_, goroutine) => this.learning.newborn(goroutine));
    this.goEvents = goroutines.map(() => ABSENT);
    this.pairing = pairChannels(trace);
    this.recorded = trace.header.mode === 'record';
    this.wanted = new Int32Array(trace.count);
    for (const event of eventsOf(trace)) {
      if (event.operation === 'go') this.wanted[event.index]!++;
      const other = this.otherSide(event);
      if (other !== ABSENT) this.wanted[other]!++;
    }
  }

  /** Nodes of clocks visited: grows with the work done. */
  get work(): number {
    return this.learning.work;
  }

  /** The goroutine's own entry: with its index, the epoch of what it does next. */
  epoch(goroutine: number): number {
    return this.goroutines[goroutine]!.epoch;
  }

  /** How much `goroutine` knows of `other`. An access of `other` at epoch c happened before iff c ≤ this. */
  knows(goroutine: number, other: number): number {
    return this.learning.knows(this.goroutines[goroutine]!, other);
  }

  /** Takes the event in. For `read` and `write` nothing changes. */
  take(event: TraceEvent): void {
    const { goroutine, index, operation } = event;
    if (this.recorded && this.takeRecorded(event)) return;
    if (event.phase === 'block' || event.phase === 'refused') {
      // A subtest that lets its parent go on, or a test function that lets its parallel subtests, tells what it knows.
      if (operation === 'parallel' || operation === 'child-wait') this.pass(event);
      return;
    }
    switch (operation) {
      case 'go':
        this.goEvents[event.argument] = index;
        this.pass(event);
        break;
      case 'start':
        this.learn(goroutine, this.collect(event.partner !== ABSENT ? event.partner : this.goEvents[goroutine]!));
        break;
      case 'end':
      case 'panic':
      case 'test-end':
        this.end(event);
        break;
      case 'child-wait':
        this.learnFromChildren(event);
        break;
      case 'parallel':
        this.learn(goroutine, this.collect(event.partner));
        break;
      case 'send':
      case 'receive':
      case 'select':
        this.takeChannel(event);
        break;
      case 'close':
        this.pass(event);
        break;
      case 'lock':
        this.acquire(goroutine, this.objectOf(event).released);
        this.acquire(goroutine, this.objectOf(event).shared);
        break;
      case 'rlock':
      case 'wg-wait':
        this.acquire(goroutine, this.objectOf(event).released);
        break;
      case 'runlock':
        this.objectOf(event).shared.add(this.pass(event));
        break;
      case 'unlock':
      case 'cond-signal':
      case 'cond-broadcast':
        this.release(event);
        break;
      case 'wg-add':
        // Only Done is ordered before Wait.
        if (event.argument < 0) this.release(event);
        break;
      case 'once-begin':
        this.onces.set(event.object, goroutine);
        break;
      case 'once':
        this.acquire(goroutine, this.objectOf(event).released);
        if (this.onces.get(event.object) === goroutine) {
          this.onces.delete(event.object);
          this.release(event);
        }
        break;
      case 'cond-wait':
        this.learn(goroutine, this.collect(event.partner) ?? this.objectOf(event).released.all());
        break;
      case 'atomic':
        // An atomic operation is ordered behind those whose effect it observes. What a compare-and-swap or an unknown
        // one does counts as a store of what it has read.
        this.acquire(goroutine, this.objectOf(event).released);
        if (event.argument !== ATOMIC_LOAD) this.release(event);
        break;
      case 'timer':
        this.release(event);
        break;
      case 'fire': {
        // Stands in the name of whoever had the turn: what it passes on is what set the timer.
        const released = this.wanted[index]! > 0 ? this.objectOf(event).released.all() : undefined;
        if (released) this.passed.set(index, released);
        break;
      }
      case 'none':
        // Back from code that is not instrumented: through a connection, say, it may have heard of all the others.
        this.learnFromAll(goroutine);
        break;
      case 'make':
      case 'select-case':
      case 'sleep':
      case 'clock':
      case 'read':
      case 'write':
      case 'yield':
      case 'length':
      case 'exit':
        break;
    }
  }

  /** The event whose message the goroutine gets here, where the trace or the order in the channel says it. */
  private otherSide(event: TraceEvent): number {
    const direction = channelDirection(event);
    if (event.operation === 'select-case') return ABSENT;
    if (direction === 'send') return this.pairing.roomFor[event.index]!;
    if (direction === 'receive' && this.pairing.sendOf[event.index] !== ABSENT)
      return this.pairing.sendOf[event.index]!;
    return event.partner;
  }

  /** What the goroutine has to tell now; what it does next belongs to a new epoch. */
  private tell(goroutine: number): Knowledge {
    const own = this.goroutines[goroutine]!;
    const told = { ...own };
    own.epoch++;
    return told;
  }

  private pass({ goroutine, index }: TraceEvent): Knowledge {
    const message = this.tell(goroutine);
    if (this.wanted[index]! > 0) this.passed.set(index, message);
    return message;
  }

  private learnFromAll(goroutine: number): void {
    for (const other of this.goroutines.keys()) if (other !== goroutine) this.learn(goroutine, this.tell(other));
  }

  /** What the event has passed on; forgotten when nobody else will ask. */
  private collect(index: number): Knowledge | undefined {
    const message = this.passed.get(index);
    if (message && --this.wanted[index]! <= 0) this.passed.delete(index);
    return message;
  }

  private learn(goroutine: number, told: Knowledge | undefined): void {
    if (told) this.learning.learn(this.goroutines[goroutine]!, told);
  }

  private acquire(goroutine: number, released: Released): void {
    released.passTo(this.goroutines[goroutine]!);
  }

  private release(event: TraceEvent): void {
    this.objectOf(event).released.add(this.pass(event));
  }

  private objectOf({ object }: TraceEvent): ObjectClock {
    const known = this.objects.get(object);
    if (known) return known;
    const fresh = { released: new Released(this.learning), shared: new Released(this.learning) };
    this.objects.set(object, fresh);
    return fresh;
  }

  /**
   * Where Go has scheduled, the order of events is not quite that of effects: who waits at a channel is written before
   * it stands in the queue, and an atomic operation before it is done. So a receive learns from every send that has
   * begun, a send from every receive, and whoever used an atomic learns once more before it does anything else. What is
   * then still unordered is so; some that is unordered is not seen. True when the event is done with.
   */
  private takeRecorded(event: TraceEvent): boolean {
    const { goroutine, operation, partner } = event;
    const used = this.atomics.get(goroutine);
    if (used) this.acquire(goroutine, used);
    this.atomics.delete(goroutine);
    if (operation === 'atomic') this.atomics.set(goroutine, this.objectOf(event).released);
    const direction = channelDirection(event);
    if (direction === undefined || event.phase === 'refused') return false;
    const { released, shared } = this.objectOf(event);
    const [mine, others] = direction === 'send' ? [released, shared] : [shared, released];
    mine.add(this.pass(event));
    if (!completed(event)) return true;
    this.acquire(goroutine, others);
    if (partner !== ABSENT && direction === 'receive') this.learn(goroutine, this.collect(partner));
    return true;
  }

  private takeChannel(event: TraceEvent): void {
    if (channelDirection(event) === undefined) return;
    const other = this.otherSide(event);
    // What the other side may learn is what this goroutine knew before it learned from the other side.
    this.pass(event);
    if (other === ABSENT) return;
    // The later half of a rendezvous stands right behind: its goroutine has waited with what it knows now.
    const message =
      this.collect(other) ?? (other > event.index ? this.tell(goroutineOf(this.trace, other)) : undefined);
    this.learn(event.goroutine, message);
  }

  private end(event: TraceEvent): void {
    const { path } = this.trace.header.goroutines[event.goroutine]!;
    const message = this.pass(event);
    const parent = path.slice(0, Math.max(path.lastIndexOf('.'), 0));
    const siblings = this.ended.get(parent);
    if (siblings) siblings.push(message);
    else this.ended.set(parent, [message]);
  }

  /** t.Run returns after its subtest has ended; without a partner, all ended children of the goroutine count. */
  private learnFromChildren({ goroutine, partner }: TraceEvent): void {
    const known = this.collect(partner);
    if (known) {
      this.learn(goroutine, known);
      return;
    }
    const { path } = this.trace.header.goroutines[goroutine]!;
    for (const message of this.ended.get(path) ?? []) this.learn(goroutine, message);
    this.ended.delete(path);
  }
}
