/**
 * A trace of a Go program as an execution: each event becomes the actions that order it, by the Go memory model
 * (go.dev/ref/mem). What orders nothing is left out. `source` is the index of the event.
 */

import * as act from '../../trace/execution/actions';
import { type Execution, ExecutionBuilder, UNBOUNDED } from '../../trace/execution/execution';
import { namesOf, place } from '../../trace/names';
import { ABSENT, channelDirection, completed, eventAt, eventsOf, type Trace, type TraceEvent } from '../../trace/trace';
import { type Pairing, pairChannels } from '../facts/pairing';
import { Atoms } from './atoms';

const LOADS = 1;
const STORES = 2;

/** Linear, but for variables that share memory in many ways. */
export function executionOf(trace: Trace): Execution {
  const lowering = new Lowering(trace);
  for (const event of eventsOf(trace)) lowering.take(event);
  return lowering.finish();
}

class Lowering {
  private readonly builder = new ExecutionBuilder();
  private readonly atoms: Atoms;
  private readonly pairing: Pairing;
  private readonly recorded: boolean;
  /** Event → the message it tells, for whoever names it as partner. */
  private readonly messages = new Map<number, number>();
  private readonly locks = new Numbers();
  private readonly channels = new Numbers();
  private readonly groups = new Numbers();
  private readonly notes = new Numbers<string>();
  /** Number of each completed send, among those on its channel. */
  private readonly numbers = new Map<number, number>();
  private readonly sent = new Map<number, number>();
  /** Later halves of a rendezvous, with what is left to do when their turn comes. */
  private readonly met = new Map<number, (() => void) | undefined>();
  /** Goroutine → the atomic that it has used last, when that was its last event. */
  private readonly atomics = new Map<number, number>();
  private readonly onces = new Map<number, number>();
  private readonly alive = new Set<number>();
  /** The event of the same goroutine before each event. */
  private readonly previous: Int32Array;

  constructor(private readonly trace: Trace) {
    this.atoms = new Atoms(trace);
    this.pairing = pairChannels(trace);
    this.recorded = trace.header.mode === 'record';
    this.previous = new Int32Array(trace.count).fill(ABSENT);
    const last = trace.header.goroutines.map(() => ABSENT);
    for (const { goroutine, index, operation, partner } of eventsOf(trace)) {
      if (operation === 'fire' || operation === 'clock') continue;
      this.previous[index] = last[goroutine]!;
      last[goroutine] = index;
      const wanted = operation === 'cond-wait' || operation === 'child-wait' || operation === 'parallel';
      if (wanted && partner !== ABSENT && !this.messages.has(partner)) {
        this.messages.set(partner, this.builder.messages++);
      }
    }
  }

  finish(): Execution {
    const { builder, trace } = this;
    const { names } = builder;
    const called = namesOf(trace);
    const name = (object: number): string => called.objects[object] ?? `object ${object}`;
    names.threads.push(...trace.header.goroutines.map(({ path }) => path));
    names.places.push(...trace.header.sites.map((site) => `${place(site)}:${site.column}`));
    names.variables.push(...this.atoms.objects.map(name));
    names.locks.push(...this.locks.keys.map(name));
    names.channels.push(...this.channels.keys.map(name));
    names.groups.push(...this.groups.keys.map(name));
    names.objects.push(...this.notes.keys);
    builder.capacities.push(...this.channels.keys.map((object) => trace.header.objects[object]?.capacity ?? UNBOUNDED));
    return builder.build();
  }

  take(event: TraceEvent): void {
    const { goroutine, operation, phase } = event;
    if (operation === 'fire' || operation === 'clock') return;
    if (operation === 'select-case') {
      if (channelDirection(event) === 'send') this.emit(event, act.OFFER, this.channels.of(event.object));
      return;
    }
    this.alive.add(goroutine);
    if (operation === 'select') this.builder.choices.add(event.index);
    // Recorded before it is done: what it has seen may stand behind it.
    const atomic = this.atomics.get(goroutine);
    if (atomic !== undefined) this.emit(event, act.TAKE_NOTES, this.notesOf(atomic));
    this.atomics.delete(goroutine);
    if (phase === 'block' || phase === 'refused') this.waits(event);
    else this.effect(event);
    const message = this.messages.get(event.index);
    if (message !== undefined) this.emit(event, act.TELL, message);
  }

  private emit(event: TraceEvent, action: number, target: number, detail = 0): void {
    this.builder.event(action, event.goroutine, target, detail, event.site, event.index);
  }

  private waits(event: TraceEvent): void {
    if (event.phase === 'block' && (event.operation === 'lock' || event.operation === 'rlock')) {
      this.emit(event, act.REQUEST, this.locks.of(event.object));
    }
    // Who waits at a channel is written before it stands in the queue.
    const direction = channelDirection(event);
    if (this.recorded && event.phase === 'block' && direction !== undefined) this.recordedChannel(event, direction);
  }

  private effect(event: TraceEvent): void {
    const { object, operation } = event;
    switch (operation) {
      case 'go':
        this.emit(event, act.FORK, event.argument);
        break;
      case 'start':
        this.emit(event, act.BEGIN, 0);
        this.startedByTimer(event);
        break;
      case 'end':
      case 'panic':
      case 'test-end':
        this.emit(event, act.LEAVE_NOTE, this.notes.of(`children of ${this.parentOf(event.goroutine)}`));
        this.emit(event, act.END, 0);
        break;
      case 'read':
      case 'write':
        for (const variable of this.atoms.of(event)) {
          this.emit(event, operation === 'read' ? act.READ : act.WRITE, variable);
        }
        break;
      case 'atomic': {
        const action = event.argument === LOADS ? act.LOAD : event.argument === STORES ? act.STORE : act.UPDATE;
        for (const variable of this.atoms.of(event)) this.emit(event, action, variable);
        if (!this.recorded) break;
        if (action !== act.LOAD) this.emit(event, act.LEAVE_NOTE, this.notesOf(object));
        this.atomics.set(event.goroutine, event.object);
        break;
      }
      case 'lock':
        this.emit(event, act.ACQUIRE, this.locks.of(object), triedBy(event));
        break;
      case 'unlock':
        this.emit(event, act.RELEASE, this.locks.of(object));
        break;
      case 'rlock':
        this.emit(event, act.READ_ACQUIRE, this.locks.of(object), triedBy(event));
        break;
      case 'runlock':
        this.emit(event, act.READ_RELEASE, this.locks.of(object));
        break;
      case 'wg-add':
        this.emit(event, act.ADD, this.groups.of(object), event.argument);
        break;
      case 'wg-wait':
        this.emit(event, act.WAIT, this.groups.of(object));
        break;
      case 'send':
      case 'receive':
      case 'select':
        this.channel(event);
        break;
      case 'close':
        this.emit(event, act.CLOSE, this.channels.of(object));
        break;
      case 'once-begin':
        this.onces.set(object, event.goroutine);
        break;
      case 'once':
        this.emit(event, act.TAKE_NOTES, this.notesOf(object));
        if (this.onces.get(object) !== event.goroutine) break;
        this.onces.delete(object);
        this.emit(event, act.LEAVE_NOTE, this.notesOf(object));
        break;
      case 'cond-signal':
      case 'cond-broadcast':
      case 'timer':
        this.emit(event, act.LEAVE_NOTE, this.notesOf(object));
        break;
      case 'cond-wait':
        this.hear(event, () => this.notesOf(object));
        break;
      case 'parallel':
        this.hear(event);
        break;
      case 'child-wait':
        this.hear(event, () => this.notes.of(`children of ${this.trace.header.goroutines[event.goroutine]!.path}`));
        break;
      case 'none':
        this.comesBack(event);
        break;
      case 'make':
      case 'select-case':
      case 'sleep':
      case 'fire':
      case 'clock':
      case 'yield':
      case 'length':
      case 'exit':
        break;
    }
  }

  private parentOf(goroutine: number): string {
    const { path } = this.trace.header.goroutines[goroutine]!;
    return path.slice(0, Math.max(path.lastIndexOf('.'), 0));
  }

  private notesOf(object: number): number {
    return this.notes.of(`notes of object ${object}`);
  }

  /** Nobody forks the goroutine in which a timer runs its function: it learns from whoever has set the timer. */
  private startedByTimer(event: TraceEvent): void {
    if (event.partner === ABSENT) return;
    const { object, operation } = eventAt(this.trace, event.partner);
    if (operation === 'fire' || operation === 'timer') this.emit(event, act.TAKE_NOTES, this.notesOf(object));
  }

  /** From its partner, or from whoever has left notes. */
  private hear(event: TraceEvent, otherwise?: () => number): void {
    const message = this.messages.get(event.partner);
    if (message !== undefined && event.partner < event.index) this.emit(event, act.HEAR, message);
    else if (otherwise) this.emit(event, act.TAKE_NOTES, otherwise());
  }

  /** Back from code that is not instrumented: through a connection, say, it may have heard of all the others. */
  private comesBack(event: TraceEvent): void {
    const world = this.notes.of('outside');
    for (const goroutine of this.alive) {
      if (goroutine !== event.goroutine) this.emit({ ...event, goroutine }, act.LEAVE_NOTE, world);
    }
    this.emit(event, act.TAKE_NOTES, world);
  }

  private channel(event: TraceEvent): void {
    const direction = channelDirection(event);
    if (direction === undefined) return;
    if (this.met.has(event.index)) {
      this.met.get(event.index)?.();
      return;
    }
    if (this.recorded) this.recordedChannel(event, direction);
    else if (direction === 'send') this.send(event);
    else this.receive(event);
  }

  /**
   * Where Go has scheduled, the order of events is not quite that of effects: a receive learns from every send that has
   * begun, a send from every receive.
   */
  private recordedChannel(event: TraceEvent, direction: 'send' | 'receive'): void {
    const other = direction === 'send' ? 'receive' : 'send';
    this.emit(event, act.LEAVE_NOTE, this.notes.of(`${direction} on ${event.object}`));
    if (!completed(event)) return;
    this.emit(event, act.TAKE_NOTES, this.notes.of(`${other} on ${event.object}`));
    if (direction === 'receive') this.closedOrFired(event);
  }

  private send(event: TraceEvent): void {
    const capacity = this.trace.header.objects[event.object]?.capacity;
    const room = this.pairing.roomFor[event.index]!;
    if (capacity !== 0) this.buffer(event);
    else if (room !== ABSENT) this.meet(event, eventAt(this.trace, room));
  }

  private buffer(event: TraceEvent): void {
    const number = this.sent.get(event.object) ?? 0;
    this.sent.set(event.object, number + 1);
    this.numbers.set(event.index, number);
    this.emit(event, act.SEND, this.channels.of(event.object), number);
  }

  private receive(event: TraceEvent): void {
    const send = this.pairing.sendOf[event.index]!;
    if (send === ABSENT) {
      this.closedOrFired(event);
      return;
    }
    const number = this.numbers.get(send);
    if (number !== undefined) this.emit(event, act.RECEIVE, this.channels.of(event.object), number);
    else if (send > event.index) this.meet(event, eventAt(this.trace, send));
  }

  /** Of a value that nobody sent. */
  private closedOrFired(event: TraceEvent): void {
    const by = event.partner === ABSENT ? undefined : eventAt(this.trace, event.partner).operation;
    if (by === 'close' || (by === undefined && event.argument === 1 && event.operation === 'receive')) {
      this.emit(event, act.RECEIVE_CLOSED, this.channels.of(event.object));
    } else if (by !== undefined && by !== 'send' && by !== 'select') {
      this.emit(event, act.TAKE_NOTES, this.notesOf(event.object));
    }
  }

  /**
   * A rendezvous: each learns what the other knows. As a rule the later half stands right behind, of a goroutine that
   * has waited since; where it did something else meanwhile, each half stays in its place.
   */
  private meet(first: TraceEvent, second: TraceEvent): void {
    const [there, back] = [this.builder.messages++, this.builder.messages++];
    this.emit(first, act.TELL, there);
    const rest = (): void => {
      this.emit(second, act.TELL, back);
      this.emit(second, act.HEAR, there);
      this.emit(first, act.HEAR, back);
    };
    if (this.previous[second.index]! < first.index) {
      this.met.set(second.index, undefined);
      rest();
    } else this.met.set(second.index, rest);
  }
}

/** Numbers for keys, in the order in which they come. */
class Numbers<K = number> {
  readonly keys: K[] = [];
  private readonly known = new Map<K, number>();

  of(key: K): number {
    const number = this.known.get(key);
    if (number !== undefined) return number;
    this.known.set(key, this.keys.length);
    return this.keys.push(key) - 1;
  }
}

/** The argument of a lock that TryLock took is 1, see protocol/trace. */
function triedBy({ argument }: TraceEvent): number {
  return argument === 1 ? act.BY_TRY : 0;
}
