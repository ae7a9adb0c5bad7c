/**
 * What Go ends the program for, and another order of the same events may bring about: a send on a channel that is closed
 * by then, a second close, a WaitGroup below zero, an unlock before the lock.
 */
import {
  ACQUIRE,
  ADD,
  CLOSE,
  OFFER,
  READ_ACQUIRE,
  READ_RELEASE,
  RELEASE,
  SEND,
  TELL,
} from '../../trace/execution/actions';
import type { Execution } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import { channelDirection, completed, eventAt, type Trace } from '../../trace/trace';
import { type AllClocks, allClocks } from '../relations/all-clocks';
import { handOvers } from '../relations/held-locks';
import { PWR } from '../relations/rules';
import { factsOf } from '../reorder/facts';
import { Machine } from '../reorder/machine';
import { Meetings } from '../reorder/meeting';
import type { Prediction, Subject } from './prediction';

/** Steps of the search for one pair. */
const STEPS = 50_000;
/** Candidates that are tried. */
const MAX_CANDIDATES = 200;

export function channels(subject: Subject): Prediction[] {
  const { execution } = subject;
  if (!hasReason(execution)) return [];
  const search = new Search(subject);
  return [...search.closings(sendsOf(subject)), ...search.counters(), ...search.unlocks()];
}

function hasReason({ action, count }: Execution): boolean {
  for (let event = 0; event < count; event++) {
    if (
      action[event] === CLOSE ||
      action[event] === ADD ||
      action[event] === RELEASE ||
      action[event] === READ_RELEASE
    ) {
      return true;
    }
  }
  return false;
}

/** A send as it lies in the execution: a rendezvous is told of by several actions. */
interface Send {
  channel: number;
  first: number;
  last: number;
}

/** The sends on each channel, also those of a rendezvous and those that a select did not take, in the order of their ends. */
function sendsOf({ execution, trace }: Subject): Send[] {
  const { action, target, source, thread, count } = execution;
  const channelOf = trace && channelNumbers(execution, trace);
  const sends: Send[] = [];
  const bySource = new Map<number, Send>();
  for (let event = 0; event < count; event++) {
    const known = bySource.get(source[event]!);
    if (known && thread[event] === thread[known.first]) known.last = event;
    const meets = action[event] === TELL && trace && isSend(trace, source[event]!);
    if (known || (action[event] !== SEND && action[event] !== OFFER && !meets)) continue;
    const channel = meets ? channelOf!.get(eventAt(trace, source[event]!).object) : target[event];
    if (channel === undefined) continue;
    const send = { channel, first: event, last: event };
    sends.push(send);
    if (trace) bySource.set(source[event]!, send);
  }
  return sends;
}

function isSend(trace: Trace, index: number): boolean {
  const event = eventAt(trace, index);
  return completed(event) && channelDirection(event) === 'send';
}

/** Channels of the trace that are closed, by their numbers in the execution. */
function channelNumbers({ action, target, source, count }: Execution, trace: Trace): Map<number, number> {
  const numbers = new Map<number, number>();
  for (let event = 0; event < count; event++) {
    if (action[event] === CLOSE) numbers.set(eventAt(trace, source[event]!).object, target[event]!);
  }
  return numbers;
}

class Search {
  private readonly order: AllClocks;
  private readonly meetings: Meetings;
  private readonly execution: Execution;
  private readonly steps: number;
  private readonly skips: (events: readonly number[]) => boolean;
  private tried = 0;

  constructor({ execution, search }: Subject) {
    this.execution = execution;
    this.steps = Math.min(STEPS, search?.steps ?? STEPS);
    this.skips = search?.skip ?? (() => false);
    this.order = allClocks(execution, PWR);
    this.meetings = new Meetings(execution);
  }

  /** Does the first come before the second in every reordering, as far as PWR knows? */
  private isBefore(first: number, second: number): boolean {
    const { thread } = this.execution;
    if (thread[first] === thread[second]) return first < second;
    return this.order.isBefore(first, second);
  }

  /** Of the sends and closes of one thread the last is the one that may come too late. */
  *closings(sends: readonly Send[]): Generator<Prediction> {
    const { action, target, thread, count } = this.execution;
    const closes: number[] = [];
    for (let event = 0; event < count; event++) if (action[event] === CLOSE) closes.push(event);
    for (const close of closes) {
      const channel = target[close]!;
      const newest = new Map<number, Send>();
      for (const send of sends) {
        if (send.channel === channel && !this.isBefore(close, send.first)) newest.set(thread[send.first]!, send);
      }
      for (const { first, last } of newest.values()) {
        if (this.isBefore(last, close)) continue;
        const reason = 'Nothing makes the close wait for the send.';
        yield* this.meeting('send-on-closed-channel', [first, close], reason);
      }
      for (const other of closes) {
        if (other <= close || target[other] !== channel || this.isBefore(close, other)) continue;
        yield* this.meeting('close-of-closed-channel', [close, other], 'The channel is closed in two places.');
      }
    }
  }

  /** Done of which so few Add come before for certain that the counter falls below zero. */
  *counters(): Generator<Prediction> {
    const { action, target, detail, count } = this.execution;
    const adds = new Map<number, number[]>();
    for (let event = 0; event < count; event++) if (action[event] === ADD) listOf(adds, target[event]!).push(event);
    const facts = factsOf(this.execution);
    for (const events of adds.values()) {
      for (const done of events) {
        if (detail[done]! >= 0) continue;
        let least = detail[done]!;
        let late: number | undefined;
        for (const event of events) {
          if (event === done) continue;
          if (this.isBefore(event, done)) least += detail[event]!;
          else if (detail[event]! > 0 && event < done) late ??= event;
        }
        if (least >= 0 || late === undefined || this.skips([late, done]) || ++this.tried > MAX_CANDIDATES) continue;
        const witness = this.meetings.witness([late, done], this.steps);
        if (!witness) continue;
        const machine = new Machine(facts);
        for (const event of witness) machine.step(event);
        if (machine.objection(done) === undefined) continue;
        const reasons = [
          'Nothing makes this Done wait for that Add.',
          'The counter gets negative when it comes first.',
        ];
        yield { kind: 'negative-waitgroup', sound: true, events: [late, done], reasons, witness };
        break;
      }
    }
  }

  /** A lock that another goroutine releases than the one that took it, and nothing orders the two. */
  *unlocks(): Generator<Prediction> {
    const { action, target, count } = this.execution;
    for (const [release, acquire] of handOvers(this.execution).acquireOf) {
      if (this.isBefore(acquire, release)) continue;
      const reason = 'Nothing makes the unlock wait for the lock.';
      yield* this.meeting('unlock-of-unlocked-mutex', [acquire, release], reason, (witness) => {
        // Somebody else may hold it then.
        let held = 0;
        for (const event of witness) {
          if (target[event] !== target[acquire] || event >= count) continue;
          if (action[event] === ACQUIRE || action[event] === READ_ACQUIRE) held++;
          if (action[event] === RELEASE || action[event] === READ_RELEASE) held--;
        }
        return held === 0;
      });
    }
  }

  /** The two side by side; nothing when it is certain that they cannot be. */
  private *meeting(
    kind: Prediction['kind'],
    events: [number, number],
    reason: string,
    holds: (witness: readonly number[]) => boolean = () => true,
  ): Generator<Prediction> {
    if (this.skips(events) || ++this.tried > MAX_CANDIDATES) return;
    const witness = this.meetings.witness(events, this.steps);
    if (witness ? !holds(witness) : this.meetings.exhausted) return;
    const sorted = [...events].sort((a, b) => a - b);
    yield { kind, sound: witness !== undefined, events: sorted, reasons: [reason], ...(witness ? { witness } : {}) };
  }
}
