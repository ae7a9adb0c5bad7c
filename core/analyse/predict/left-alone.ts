/**
 * Goroutines that another order of the same events would leave blocked for ever, though the run went well:
 *
 * - the last partner of an unbuffered channel was a select, which could have gone another way: its default, a timeout, a
 *   context that is cancelled. Then nobody is there any more for who sends or receives;
 * - a signal came while somebody waited for it, and could have come just before;
 * - a lock is never given back, and could have been taken before somebody else took it.
 *
 * What a goroutine does behind a case that it has not taken is not in the run: such a prediction is worth a run that tries
 * it, and nothing without.
 */
import { ACQUIRE, BY_TRY, END, takesLock } from '../../trace/execution/actions';
import { ABSENT, type Execution } from '../../trace/execution/execution';
import { eventAt, eventsOf, siteAt, type Trace, type TraceEvent } from '../../trace/trace';
import { pairChannels } from '../facts/pairing';
import { criticalSections } from '../relations/held-locks';
import { factsOf } from '../reorder/facts';
import { Machine } from '../reorder/machine';
import { Meetings } from '../reorder/meeting';
import type { Prediction, Subject } from './prediction';

/** Steps of the search for one pair. */
const STEPS = 20_000;
/** Candidates that are tried. */
const MAX_CANDIDATES = 32;
const MAX_EVENTS = 20_000;

export function leftAlone({ execution, trace, search }: Subject): Prediction[] {
  if (!trace || trace.header.mode === 'record' || execution.count > MAX_EVENTS) return [];
  const found: Prediction[] = [];
  let meetings: Meetings | undefined;
  let tried = 0;
  for (const candidate of candidates(execution, trace)) {
    if (search?.skip(candidate.events) || ++tried > MAX_CANDIDATES) continue;
    meetings ??= new Meetings(execution);
    const witness = meetings.witness(candidate.meet, Math.min(STEPS, search?.steps ?? STEPS));
    if (!witness) continue;
    const order = candidate.othersFirst ? withOthers(execution, witness, candidate.events) : witness;
    found.push({
      kind: 'goroutine-leak',
      sound: false,
      events: candidate.events,
      reasons: [candidate.reason],
      witness: order,
    });
  }
  return found;
}

interface Candidate {
  /** Who is left alone, then what comes before: indices in the execution. */
  events: [number, number];
  /** What is to come next in the reordering. */
  meet: number[];
  /** Everybody else goes on first, as far as possible: so that another case is ready. */
  othersFirst?: boolean;
  reason: string;
}

function* candidates(execution: Execution, trace: Trace): Generator<Candidate> {
  const actionOf = firstActions(execution);
  yield* leftSelects(trace, actionOf);
  yield* missedSignals(trace, actionOf);
  yield* keptLocks(execution);
}

/** Event of the trace and goroutine → its first action. */
type ActionOf = (event: number, goroutine: number) => number | undefined;

function firstActions({ source, thread, count }: Execution): ActionOf {
  const first = new Map<string, number>();
  for (let at = count - 1; at >= 0; at--) first.set(`${source[at]} ${thread[at]}`, at);
  return (event, goroutine) => first.get(`${event} ${goroutine}`);
}

function* leftSelects(trace: Trace, actionOf: ActionOf): Generator<Candidate> {
  const { sendOf } = pairChannels(trace);
  /** Channel without a buffer → the receive of its last rendezvous. */
  const last = new Map<number, TraceEvent>();
  const closed = new Set<number>();
  for (const event of eventsOf(trace)) {
    if (event.operation === 'close') closed.add(event.object);
    if (sendOf[event.index] !== ABSENT && trace.header.objects[event.object]?.capacity === 0) {
      last.set(event.object, event);
    }
  }
  for (const [channel, receive] of last) {
    const send = eventAt(trace, sendOf[receive.index]!);
    const [left, select] = send.operation === 'select' ? [receive, send] : [send, receive];
    if (select.operation !== 'select' || left.operation === 'select' || closed.has(channel)) continue;
    const cases = siteAt(trace, select.site)?.cases ?? [];
    const [own, choice] = [actionOf(left.index, left.goroutine), actionOf(select.index, select.goroutine)];
    if (cases.length < 2 || own === undefined || choice === undefined) continue;
    yield {
      events: [own, choice],
      meet: [own, choice],
      othersFirst: !cases.includes('default'),
      reason: 'The select could take another of its cases before, and nobody else is there for the channel.',
    };
  }
}

function* missedSignals(trace: Trace, actionOf: ActionOf): Generator<Candidate> {
  /** Condition → the wait that the newest signal has ended; nothing when that has ended none. */
  const woken = new Map<number, { wait: TraceEvent; begun: number; signal: number } | undefined>();
  /** Goroutine → the unlock with which its newest wait began. */
  const begun = new Map<number, number>();
  for (const event of eventsOf(trace)) {
    const { operation, goroutine, object, index, partner, phase } = event;
    if (operation === 'unlock' && siteAt(trace, event.site)?.operation === 'cond-wait') begun.set(goroutine, index);
    if (operation === 'cond-signal' || operation === 'cond-broadcast') woken.set(object, undefined);
    if (operation !== 'cond-wait' || phase !== 'wake' || partner === ABSENT) continue;
    const unlock = begun.get(goroutine);
    if (unlock !== undefined) woken.set(object, { wait: event, begun: unlock, signal: partner });
  }
  for (const found of woken.values()) {
    if (!found) continue;
    const wait = actionOf(found.begun, found.wait.goroutine);
    const signal = actionOf(found.signal, eventAt(trace, found.signal).goroutine);
    if (wait === undefined || signal === undefined) continue;
    const reason = 'The signal could come just before the wait, and no other one follows.';
    yield { events: [wait, signal], meet: [wait, signal], reason };
  }
}

function* keptLocks(execution: Execution): Generator<Candidate> {
  const { thread, action, target, detail } = execution;
  const kept = criticalSections(execution).filter(({ release }) => release === ABSENT);
  if (kept.length === 0) return;
  const facts = factsOf(execution);
  for (const { lock, shared, acquire } of kept) {
    const own = facts.threads[thread[acquire]!]!;
    // That it keeps the lock may rest on what it reads behind: it comes to its end.
    const end = own[own.length - 1]!;
    if (action[end] !== END) continue;
    const seen = new Set<number>();
    for (let other = acquire - 1; other >= 0; other--) {
      if (!takesLock(action[other]!) || target[other] !== lock || thread[other] === thread[acquire]) continue;
      if (seen.has(thread[other]!)) continue;
      if (detail[other] === BY_TRY || (shared && action[other] !== ACQUIRE)) continue;
      const reason = 'The lock is never given back, and could be taken before.';
      seen.add(thread[other]!);
      yield { events: [other, acquire], meet: [other, end], reason };
    }
  }
}

/** The order with whatever else can come before the events: all that their goroutines do not do. */
function withOthers(execution: Execution, witness: readonly number[], events: readonly number[]): number[] {
  const facts = factsOf(execution);
  const machine = new Machine(facts);
  for (const event of witness) machine.step(event);
  const order = [...witness];
  const stays = new Set(events.map((event) => execution.thread[event]!));
  for (let moved = true; moved; ) {
    moved = false;
    for (const thread of facts.threads.keys()) {
      if (stays.has(thread)) continue;
      for (let event = machine.next(thread); event !== ABSENT; event = machine.next(thread)) {
        if (machine.objection(event) !== undefined) break;
        machine.step(event);
        order.push(event);
        moved = true;
      }
    }
  }
  return order;
}

/** Whether it comes true only a run can say. */
export const isGuess = ({ analysis }: { analysis: { name: string; sound: boolean } }): boolean =>
  analysis.name === 'leaks' && !analysis.sound;
