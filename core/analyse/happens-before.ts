/**
 * Happens-before of the Go memory model (go.dev/ref/mem, version of June 6, 2022) by vector clocks: Mattern, "Virtual
 * Time and Global States of Distributed Systems", 1989; epochs as in Flanagan & Freund, "FastTrack", PLDI 2009.
 *
 * A clock is a list of numbers by goroutine index; what is beyond its end is 0. A goroutine's own entry grows with
 * each event that others can learn from, so an access with epoch (g, c) happens before whatever knows c of g.
 */
import { ABSENT, channelDirection, completed, eventAt, eventsOf, type Trace, type TraceEvent } from '../trace/trace';

export type Clock = number[];

function join(into: Clock, from: readonly number[] | undefined): void {
  if (!from) return;
  for (let index = 0; index < from.length; index++) {
    if (from[index]! > (into[index] ?? 0)) {
      while (into.length < index) into.push(0);
      into[index] = from[index]!;
    }
  }
}

/** Which send each receive belongs to, and which receive makes room for each send. Both by event index. */
export interface Pairing {
  sendOf: ReadonlyMap<number, number>;
  /** The receive that must come before this send completes: the same rendezvous, or the (n − capacity)-th. */
  roomFor: ReadonlyMap<number, number>;
}

/**
 * By `partner` where the trace has it, otherwise in order: channels are FIFO. Receives from a closed channel and from
 * a timer have no send. The capacity comes from the object table; without it no edge leads from receive to send.
 */
export function pairChannels(trace: Trace): Pairing {
  const sends = new Map<number, number[]>();
  const receives = new Map<number, number[]>();
  const push = (map: Map<number, number[]>, object: number, event: number): void => {
    const known = map.get(object);
    if (known) known.push(event);
    else map.set(object, [event]);
  };
  for (const event of eventsOf(trace)) {
    const direction = channelDirection(event);
    if (event.object < 0 || direction === undefined || !completed(event)) continue;
    if (direction === 'send') push(sends, event.object, event.index);
    else if (hasSender(trace, event)) push(receives, event.object, event.index);
  }
  const sendOf = new Map<number, number>();
  const roomFor = new Map<number, number>();
  for (const [object, received] of receives) {
    const sent = sends.get(object) ?? [];
    for (const [order, receive] of received.entries()) {
      const partner = eventAt(trace, receive).partner;
      const send = partner !== ABSENT ? partner : sent[order];
      if (send !== undefined) sendOf.set(receive, send);
    }
    const capacity = trace.header.objects[object]?.capacity;
    if (capacity === undefined) continue;
    if (capacity === 0) for (const receive of received) roomFor.set(sendOf.get(receive) ?? ABSENT, receive);
    else {
      for (const [order, send] of sent.entries()) {
        const receive = received[order - capacity];
        if (receive !== undefined) roomFor.set(send, receive);
      }
    }
  }
  return { sendOf, roomFor };
}

function hasSender(trace: Trace, receive: TraceEvent): boolean {
  if (receive.operation === 'receive' && receive.argument === 1) return false;
  if (receive.partner === ABSENT) return true;
  return channelDirection(eventAt(trace, receive.partner)) === 'send';
}

/** What a synchronisation object passes on. */
interface ObjectClock {
  /** From unlock, Done, the end of a Once, signal, atomic, setting a timer. */
  released: Clock;
  /** From RUnlock: concerns the next exclusive lock only. */
  shared: Clock;
}

/** Walks a trace and keeps every goroutine's clock. Feed it the events in order. */
export class HappensBefore {
  private readonly clocks: Clock[];
  private readonly objects = new Map<number, ObjectClock>();
  /** What an event that others may refer to as their partner passes on. */
  private readonly passed = new Map<number, Clock>();
  private readonly ended: (Clock | undefined)[];
  private readonly goEvents = new Map<number, number>();
  private readonly onces = new Map<number, number>();
  private readonly pairing: Pairing;

  constructor(private readonly trace: Trace) {
    this.clocks = trace.header.goroutines.map((_, index) => {
      const clock: Clock = new Array<number>(index + 1).fill(0);
      clock[index] = 1;
      return clock;
    });
    this.ended = trace.header.goroutines.map(() => undefined);
    this.pairing = pairChannels(trace);
  }

  /** The goroutine's own entry: with its index, the epoch of what it does next. */
  epoch(goroutine: number): number {
    return this.clocks[goroutine]![goroutine]!;
  }

  /** How much `goroutine` knows of `other`. An access of `other` at epoch c happened before iff c ≤ this. */
  knows(goroutine: number, other: number): number {
    return this.clocks[goroutine]![other] ?? 0;
  }

  /** Takes the event in. For `read` and `write` nothing changes. */
  take(event: TraceEvent): void {
    const { goroutine, index, operation } = event;
    const own = this.clocks[goroutine]!;
    if (event.phase === 'block' || event.phase === 'refused') return;
    switch (operation) {
      case 'go':
        this.goEvents.set(event.argument, index);
        this.pass(event);
        break;
      case 'start':
        join(own, this.passed.get(event.partner !== ABSENT ? event.partner : (this.goEvents.get(goroutine) ?? ABSENT)));
        break;
      case 'end':
      case 'panic':
      case 'test-end':
        this.ended[goroutine] = this.pass(event);
        break;
      case 'child-wait':
        this.joinChildren(event);
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
        join(own, this.objectOf(event).released);
        join(own, this.objectOf(event).shared);
        break;
      case 'rlock':
      case 'wg-wait':
        join(own, this.objectOf(event).released);
        break;
      case 'runlock':
        join(this.objectOf(event).shared, own);
        this.pass(event);
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
        join(own, this.objectOf(event).released);
        if (this.onces.get(event.object) === goroutine) {
          this.onces.delete(event.object);
          this.release(event);
        }
        break;
      case 'cond-wait':
        join(own, this.passed.get(event.partner) ?? this.objectOf(event).released);
        break;
      case 'atomic':
        // "All the atomic operations executed in a program behave as though executed in some sequentially
        // consistent order"; a trace does not tell loads from stores, so each both acquires and releases.
        join(own, this.objectOf(event).released);
        this.release(event);
        break;
      case 'timer':
        this.release(event);
        break;
      case 'fire':
        // Stands in the name of whoever had the turn: what it passes on is what set the timer.
        this.passed.set(index, [...this.objectOf(event).released]);
        break;
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

  /** Remembers the goroutine's clock under the event, and starts a new epoch. */
  private pass({ goroutine, index }: TraceEvent): Clock {
    const own = this.clocks[goroutine]!;
    const passed = [...own];
    this.passed.set(index, passed);
    own[goroutine]!++;
    return passed;
  }

  private release(event: TraceEvent): void {
    join(this.objectOf(event).released, this.clocks[event.goroutine]!);
    this.pass(event);
  }

  private objectOf({ object }: TraceEvent): ObjectClock {
    const known = this.objects.get(object);
    if (known) return known;
    const fresh = { released: [], shared: [] };
    this.objects.set(object, fresh);
    return fresh;
  }

  private takeChannel(event: TraceEvent): void {
    const direction = channelDirection(event);
    if (direction === undefined) return;
    const own = this.clocks[event.goroutine]!;
    // What the other side may learn is what this goroutine knew before it learned from the other side.
    const passed = [...own];
    const { sendOf, roomFor } = this.pairing;
    const other = direction === 'send' ? roomFor.get(event.index) : (sendOf.get(event.index) ?? event.partner);
    if (other !== undefined && other !== ABSENT) {
      // The later half of a rendezvous stands right behind: its goroutine has waited with the clock it has now.
      const known = this.passed.get(other);
      join(own, known ?? (other > event.index ? this.clocks[eventAt(this.trace, other).goroutine] : undefined));
    }
    this.passed.set(event.index, passed);
    own[event.goroutine]!++;
  }

  /** t.Run returns after its subtest has ended; without a partner, all ended children of the goroutine count. */
  private joinChildren(event: TraceEvent): void {
    const own = this.clocks[event.goroutine]!;
    const known = this.passed.get(event.partner);
    if (known) {
      join(own, known);
      return;
    }
    const prefix = `${this.trace.header.goroutines[event.goroutine]!.path}.`;
    for (const [child, clock] of this.ended.entries()) {
      const path = this.trace.header.goroutines[child]!.path;
      if (clock && path.startsWith(prefix) && !path.slice(prefix.length).includes('.')) join(own, clock);
    }
  }
}
