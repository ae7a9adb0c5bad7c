/**
 * Happens-before of the Go memory model (go.dev/ref/mem, version of June 6, 2022) by vector clocks: Mattern, "Virtual
 * Time and Global States of Distributed Systems", 1989; epochs as in Flanagan & Freund, "FastTrack", PLDI 2009.
 *
 * A goroutine's own entry grows with each event that others can learn from, so an access with epoch (g, c) happens
 * before whatever knows c of g. Whoever knows c of g knows also all that g knew when it passed c on; most joins are
 * decided by that alone, as in Mathur, Pavlogiannis, Tunç & Viswanathan, "A Tree Clock Data Structure for Causal
 * Orderings in Concurrent Executions", ASPLOS 2022. The others walk what differs (clock.ts).
 */
import { ABSENT, channelDirection, eventsOf, goroutineOf, type Trace, type TraceEvent } from '../trace/trace';
import { type Clock, Clocks } from './clock';
import { type Pairing, pairChannels } from './pairing';

/** argument of an `atomic` that only loads. */
export const ATOMIC_LOAD = 1;

/** What an event passes on: `clock` with the epoch of the goroutine that passed it; nobody's when it is a mixture. */
interface Message {
  clock: Clock | undefined;
  goroutine: number;
  epoch: number;
}

/** What a goroutine knows of the others, and its own epoch. */
interface Knowledge {
  clock: Clock | undefined;
  epoch: number;
  /** Its epoch when it last learned something: who knows this much of it knows all of `clock`. */
  learnedAt: number;
}

/** What a synchronisation object passes on. */
interface ObjectClock {
  /** From unlock, Done, the end of a Once, signal, atomic, setting a timer. */
  released: Message | undefined;
  /** From RUnlock: concerns the next exclusive lock only. */
  shared: Message | undefined;
}

/** Walks a trace and keeps what every goroutine knows. Feed it the events in order. */
export class HappensBefore {
  private readonly clocks: Clocks;
  private readonly goroutines: Knowledge[];
  private readonly objects = new Map<number, ObjectClock>();
  /** What an event that others refer to as their partner passes on, until the last of them has come. */
  private readonly passed = new Map<number, Message>();
  /** Event → how many will still ask for what it passes on. */
  private readonly wanted: Int32Array;
  /** What ended children have passed on and t.Run of their parent has not yet learned. */
  private readonly ended = new Map<string, Message[]>();
  private readonly goEvents: number[];
  private readonly onces = new Map<number, number>();
  private readonly pairing: Pairing;

  constructor(private readonly trace: Trace) {
    const { goroutines } = trace.header;
    this.clocks = new Clocks(goroutines.length);
    this.goroutines = goroutines.map(() => ({ clock: undefined, epoch: 1, learnedAt: 1 }));
    this.goEvents = goroutines.map(() => ABSENT);
    this.pairing = pairChannels(trace);
    this.wanted = new Int32Array(trace.count);
    for (const event of eventsOf(trace)) {
      if (event.operation === 'go') this.wanted[event.index]!++;
      const other = this.otherSide(event);
      if (other !== ABSENT) this.wanted[other]!++;
    }
  }

  /** Nodes of clocks visited: grows with the work done. */
  get work(): number {
    return this.clocks.work;
  }

  /** The goroutine's own entry: with its index, the epoch of what it does next. */
  epoch(goroutine: number): number {
    return this.goroutines[goroutine]!.epoch;
  }

  /** How much `goroutine` knows of `other`. An access of `other` at epoch c happened before iff c ≤ this. */
  knows(goroutine: number, other: number): number {
    const own = this.goroutines[goroutine]!;
    return goroutine === other ? own.epoch : this.clocks.get(own.clock, other);
  }

  /** Takes the event in. For `read` and `write` nothing changes. */
  take(event: TraceEvent): void {
    const { goroutine, index, operation } = event;
    if (event.phase === 'block' || event.phase === 'refused') return;
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
      case 'send':
      case 'receive':
      case 'select':
        this.takeChannel(event);
        break;
      case 'close':
        this.pass(event);
        break;
      case 'lock':
        this.learn(goroutine, this.objectOf(event).released);
        this.learn(goroutine, this.objectOf(event).shared);
        break;
      case 'rlock':
      case 'wg-wait':
        this.learn(goroutine, this.objectOf(event).released);
        break;
      case 'runlock':
        this.objectOf(event).shared = this.merge(this.objectOf(event).shared, this.pass(event));
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
        this.learn(goroutine, this.objectOf(event).released);
        if (this.onces.get(event.object) === goroutine) {
          this.onces.delete(event.object);
          this.release(event);
        }
        break;
      case 'cond-wait':
        this.learn(goroutine, this.collect(event.partner) ?? this.objectOf(event).released);
        break;
      case 'atomic':
        // An atomic operation is ordered behind those whose effect it observes. What a compare-and-swap or an unknown
        // one does counts as a store of what it has read.
        this.learn(goroutine, this.objectOf(event).released);
        if (event.argument !== ATOMIC_LOAD) this.release(event);
        break;
      case 'timer':
        this.release(event);
        break;
      case 'fire': {
        // Stands in the name of whoever had the turn: what it passes on is what set the timer.
        const { released } = this.objectOf(event);
        if (released && this.wanted[index]! > 0) this.passed.set(index, released);
        break;
      }
      case 'none':
      case 'make':
      case 'select-case':
      case 'sleep':
      case 'clock':
      case 'read':
      case 'write':
      case 'yield':
      case 'length':
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
  private tell(goroutine: number): Message {
    const own = this.goroutines[goroutine]!;
    return { clock: own.clock, goroutine, epoch: own.epoch++ };
  }

  private pass({ goroutine, index }: TraceEvent): Message {
    const message = this.tell(goroutine);
    if (this.wanted[index]! > 0) this.passed.set(index, message);
    return message;
  }

  /** What the event has passed on; forgotten when nobody else will ask. */
  private collect(index: number): Message | undefined {
    const message = this.passed.get(index);
    if (message && --this.wanted[index]! <= 0) this.passed.delete(index);
    return message;
  }

  private release(event: TraceEvent): void {
    const object = this.objectOf(event);
    object.released = this.merge(object.released, this.pass(event));
  }

  private objectOf({ object }: TraceEvent): ObjectClock {
    const known = this.objects.get(object);
    if (known) return known;
    const fresh = { released: undefined, shared: undefined };
    this.objects.set(object, fresh);
    return fresh;
  }

  /** Whether the clock already contains all of the message. */
  private contains(clock: Clock | undefined, { goroutine, epoch }: Message): boolean {
    return goroutine !== ABSENT && this.clocks.get(clock, goroutine) >= epoch;
  }

  private whole({ clock, goroutine, epoch }: Message): Clock | undefined {
    return goroutine === ABSENT ? clock : this.clocks.raise(clock, goroutine, epoch);
  }

  private learn(goroutine: number, message: Message | undefined): void {
    const own = this.goroutines[goroutine]!;
    if (!message || message.goroutine === goroutine || this.contains(own.clock, message)) return;
    const news = this.whole(message);
    // Whoever knows of this goroutine's newest state knows all that it has learned.
    const isNewer = this.clocks.get(message.clock, goroutine) >= own.learnedAt;
    const clock = isNewer ? news : this.clocks.join(own.clock, news);
    if (clock === own.clock) return;
    own.clock = clock;
    own.learnedAt = own.epoch;
  }

  private merge(one: Message | undefined, other: Message): Message {
    if (!one || one.goroutine === other.goroutine || this.contains(other.clock, one)) return other;
    if (this.contains(one.clock, other)) return one;
    return { clock: this.clocks.join(this.whole(one), this.whole(other)), goroutine: ABSENT, epoch: 0 };
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
