/**
 * The leak signature: blocked goroutines that nobody who still moves, or is let go on by somebody who does, can reach.
 * Nothing will ever unblock them, so whatever predicts gives that probability 0 (arXiv 2606.17508 derives the same for
 * goroutines blocked in a select; like the reachability of Go's goroutine leak profile, told here from a trace).
 *
 * Who can reach a channel: whoever may have been told of it, or may be. A goroutine is told of what its starter knew, and of
 * what those knew with whom it has shared a channel, a lock or a variable since. What somebody knew who used a lock, a
 * variable or a wait group may lie beside it for whoever comes next; what went through a channel, for whoever knows that.
 * Where it is not in the trace how something came into being, everybody may know it.
 */
import type { Operation } from '../../../protocol/trace';
import { ABSENT, argumentOf, goroutineOf, objectOf, operationOf, partnerOf, type Trace } from '../../trace/trace';
import type { TraceState } from '../facts/state';
import { Signals } from './signals';
import { WAITS_FOR_PARALLEL, type Wait, waitOf } from './wait-for';

/** Which channels each goroutine may know of; filled in event by event. */
export class Acquaintance {
  /** By goroutine, and by object that carries what its users know. */
  private readonly goroutines: Set<number>[];
  private readonly objects = new Map<number, Set<number>>();
  /** What lies beside something that everybody may come to. */
  private readonly open = new Set<number>();
  /** Channels whose making was seen. */
  readonly made = new Set<number>();
  /** Timers that may fire still: what whoever set them knew. One that has a channel may always tick again. */
  private readonly timers = new Map<number, Set<number>>();
  /** The event of a timer that has fired → what whom it starts will know, who has not begun. */
  private readonly fired = new Map<number, Set<number>>();
  readonly signals: Signals;
  /** By goroutine, whom it has started, in order; and who has started it. */
  readonly started: readonly number[][];
  readonly starters = new Map<number, number>();
  private position = 0;

  constructor(private readonly trace: Trace) {
    this.goroutines = trace.header.goroutines.map(() => new Set());
    this.signals = new Signals(trace);
    this.started = trace.header.goroutines.map(() => []);
  }

  /** Takes in the events before `position`. Time: events × channels known. */
  advance(position: number): void {
    for (; this.position < Math.min(position, this.trace.count); this.position++) this.take(this.position);
  }

  private take(index: number): void {
    const { trace } = this;
    const operation = operationOf(trace, index);
    const own = this.goroutines[goroutineOf(trace, index)];
    const object = objectOf(trace, index);
    if (!own) return;
    if (operation === 'clock') return;
    if (operation === 'go') {
      const child = this.goroutines[argumentOf(trace, index)];
      if (child) for (const known of own) child.add(known);
      this.started[goroutineOf(trace, index)]?.push(argumentOf(trace, index));
      this.starters.set(argumentOf(trace, index), goroutineOf(trace, index));
    }
    if (operation === 'start') this.begin(own, partnerOf(trace, index));
    if (object === ABSENT) return;
    if (operation === 'make') {
      this.made.add(object);
      own.add(object);
    }
    if (operation === 'timer') {
      if (argumentOf(trace, index) === STOPPED) this.timers.delete(object);
      else this.timers.set(object, own);
    }
    if (operation === 'fire') {
      this.fire(object, index);
      return;
    }
    this.signals.take(index);
    let carried = this.objects.get(object);
    if (!carried) {
      carried = new Set();
      this.objects.set(object, carried);
    }
    const everybodys = !this.made.has(object);
    for (const known of own) {
      carried.add(known);
      if (everybodys) this.open.add(known);
    }
    for (const known of carried) own.add(known);
  }

  private fire(timer: number, event: number): void {
    const known = this.timers.get(timer);
    if (!known || this.hasChannel(timer)) return;
    this.timers.delete(timer);
    this.fired.set(event, known);
  }

  private begin(own: Set<number>, by: number): void {
    for (const known of this.fired.get(by) ?? []) own.add(known);
    this.fired.delete(by);
  }

  private hasChannel(timer: number): boolean {
    return this.trace.header.objects[timer]?.kind === 'channel';
  }

  knows(goroutine: number, object: number): boolean {
    if (!this.made.has(object) || this.open.has(object)) return true;
    return this.leadsTo(this.goroutines[goroutine], object);
  }

  /** By way of channels that are known, too. */
  private leadsTo(known: ReadonlySet<number> | undefined, object: number): boolean {
    if (!known) return false;
    if (known.has(object)) return true;
    for (const channel of known) if (this.objects.get(channel)?.has(object)) return true;
    return false;
  }

  /** A timer may send on it, or start somebody who may know it. */
  mayComeByTimer(object: number): boolean {
    if (this.timers.has(object)) return true;
    const starts = [...this.timers].flatMap(([timer, known]) => (this.hasChannel(timer) ? [] : [known]));
    starts.push(...this.fired.values());
    if (starts.length > 0 && (!this.made.has(object) || this.open.has(object))) return true;
    return starts.some((known) => this.leadsTo(known, object));
  }
}

const STOPPED = 3;

/** The blocked goroutines at `state` that nothing can unblock. `acquaintance` has taken in the same events. */
export function unreached(trace: Trace, state: TraceState, acquaintance: Acquaintance): Set<number> {
  const moving = new Set<number>();
  const waits: Wait[] = [];
  for (const [goroutine, { status }] of state.goroutines.entries()) {
    if (status === 'runnable') moving.add(goroutine);
    const wait = status === 'blocked' ? waitOf(trace, state, goroutine) : undefined;
    if (wait) waits.push(wait);
  }
  for (let found = true; found; ) {
    found = false;
    for (const wait of waits) {
      if (moving.has(wait.goroutine) || !mayEnd(trace, wait, state, moving, acquaintance)) continue;
      moving.add(wait.goroutine);
      found = true;
    }
  }
  return new Set(waits.map(({ goroutine }) => goroutine).filter((goroutine) => !moving.has(goroutine)));
}

function mayEnd(
  trace: Trace,
  wait: Wait,
  state: TraceState,
  moving: ReadonlySet<number>,
  known: Acquaintance,
): boolean {
  const { operation, objects, goroutine } = wait;
  const reaches = (object: number): boolean => {
    if (known.mayComeByTimer(object)) return true;
    for (const other of moving) if (other !== goroutine && known.knows(other, object)) return true;
    return false;
  };
  switch (operation) {
    case 'send':
    case 'receive':
    case 'select':
      return objects.some(({ object }) => reaches(object));
    case 'wg-wait':
      return objects.some(({ object }) => (state.waitGroups.get(object) ?? 0) <= 0 || reaches(object));
    case 'cond-wait':
      return objects.some(({ object, event }) => known.signals.after(object, event) || reaches(object));
    case 'lock':
    case 'rlock':
      // As a rule whoever holds a lock gives it back; for who has ended others may, if they ever do. One that nobody holds is
      // being handed over.
      return objects.some(({ object }) => {
        const holders = state.holders.get(object) ?? [];
        return holders.every((holder) => moving.has(holder) || (isGone(state, holder) && reaches(object)));
      });
    case 'once':
      return objects.some(({ object }) => {
        const runner = state.onces.get(object);
        return runner === undefined || moving.has(runner);
      });
    case 'child-wait': {
      const mayReturn = (other: number): boolean => moving.has(other) || !isBlocked(state, other);
      const subtests = known.started[goroutine]!.filter((one) => trace.header.goroutines[one]?.test !== undefined);
      if (argumentOf(trace, wait.event) === WAITS_FOR_PARALLEL) return subtests.every(mayReturn);
      // The subtest is the one that was started last; t.Run returns, too, when it is to be parallel.
      const [subtest] = subtests.slice(-1);
      return subtest === undefined || mayReturn(subtest) || operationOfWait(trace, state, subtest) === 'parallel';
    }
    case 'parallel': {
      // Until the function that started it has returned; it waits for its parallel subtests then.
      const starter = known.starters.get(goroutine);
      return (
        starter === undefined ||
        moving.has(starter) ||
        !isBlocked(state, starter) ||
        waitsForParallel(trace, state, starter)
      );
    }
    default:
      // A sleep ends; code that is not instrumented is not followed.
      return true;
  }
}

function operationOfWait(trace: Trace, state: TraceState, goroutine: number): Operation | undefined {
  const { status, blockedAt } = state.goroutines[goroutine]!;
  return status === 'blocked' ? operationOf(trace, blockedAt) : undefined;
}

const isBlocked = ({ goroutines }: TraceState, goroutine: number): boolean =>
  goroutines[goroutine]?.status === 'blocked';

const waitsForParallel = (trace: Trace, state: TraceState, goroutine: number): boolean =>
  operationOfWait(trace, state, goroutine) === 'child-wait' &&
  argumentOf(trace, state.goroutines[goroutine]!.blockedAt) === WAITS_FOR_PARALLEL;

const isGone = ({ goroutines }: TraceState, goroutine: number): boolean => goroutines[goroutine]?.status === 'ended';
