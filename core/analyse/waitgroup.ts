/**
 * Add calls that a Wait may miss. Package sync asks that an Add which raises the counter from zero happen before Wait,
 * and, when the group is used again, after the Wait before it has returned: else Wait may return while the work that
 * was added still runs, or Go panics.
 */

import type { Finding } from '../../protocol/finding';
import { capitalised, phrase } from '../../protocol/phrase';
import { eventAt, eventsOf, type Trace, type TraceEvent } from '../trace/trace';
import { type Analysis, eventSite, findingOf, identityOf, type Subject, startedSite } from './analysis';
import { HappensBefore } from './racing/happens-before';
import { explain, wordingOf } from './telling/explain';
import { at, goroutineName, objectName } from './telling/wording';

export const waitgroup: Analysis = { name: 'waitgroup', sound: true, run: misuses };

interface Pair {
  add: number;
  wait: number;
}

/** One finding for each pair of places. */
function misuses(subject: Subject): Finding[] {
  const told = new Set<string>();
  return unorderedPairs(subject.trace).flatMap((pair) => {
    const identity = [pair.add, pair.wait].flatMap((event) => identityOf(subject, event));
    const key = JSON.stringify(identity);
    // What standard packages do inside is theirs.
    if (identity.length < 2 || told.has(key)) return [];
    told.add(key);
    return [misuse(subject, pair, identity)];
  });
}

/** Bound on nodes of clocks visited: about a second. */
const MAX_WORK = 2_000_000;

/** Add calls from zero and Wait calls of one group, by different goroutines, that happens-before does not order. */
function unorderedPairs(trace: Trace): Pair[] {
  const candidates = callsOf(trace);
  if (candidates.size === 0) return [];
  const order = new HappensBefore(trace);
  const past = new Map<number, { event: TraceEvent; epoch: number; adds: boolean }[]>();
  const pairs: Pair[] = [];
  for (const event of eventsOf(trace)) {
    if (order.work > MAX_WORK) break;
    const { goroutine, index, object } = event;
    if (candidates.has(index)) {
      const adds = event.operation === 'wg-add';
      const calls = past.get(object) ?? [];
      past.set(object, calls);
      for (const other of calls) {
        const by = other.event.goroutine;
        if (other.adds === adds || by === goroutine || other.epoch <= order.knows(goroutine, by)) continue;
        pairs.push(adds ? { add: index, wait: other.event.index } : { add: other.event.index, wait: index });
      }
      // What is unordered with an earlier call of the goroutine is unordered with this one or was found before.
      const known = calls.findIndex((call) => call.adds === adds && call.event.goroutine === goroutine);
      const call = { event, epoch: order.epoch(goroutine), adds };
      if (known >= 0) calls[known] = call;
      else calls.push(call);
    }
    // Only now: what Wait learns from Done does not make an Add in time.
    order.take(event);
  }
  return pairs;
}

/** Adds from zero, and the begins of Wait, of the groups where more than one goroutine does one of the two. */
function callsOf(trace: Trace): Set<number> {
  const counters = new Map<number, number>();
  const groups = new Map<number, { adds: number[]; waits: number[]; goroutines: Set<number> }>();
  for (const { operation, phase, object, argument, goroutine, index } of eventsOf(trace)) {
    if (operation !== 'wg-add' && operation !== 'wg-wait') continue;
    const group = groups.get(object) ?? { adds: [], waits: [], goroutines: new Set() };
    groups.set(object, group);
    if (operation === 'wg-wait') {
      if (phase === 'wake') continue;
      group.waits.push(index);
    } else {
      const before = counters.get(object) ?? 0;
      counters.set(object, before + argument);
      if (before !== 0 || argument <= 0) continue;
      group.adds.push(index);
    }
    group.goroutines.add(goroutine);
  }
  const shared = [...groups.values()].filter(
    ({ adds, waits, goroutines }) => adds.length > 0 && waits.length > 0 && goroutines.size > 1,
  );
  return new Set(shared.flatMap(({ adds, waits }) => [...adds, ...waits]));
}

function misuse(subject: Subject, { add, wait }: Pair, identity: Parameters<typeof findingOf>[2]['identity']): Finding {
  const wording = wordingOf(subject);
  const [adder, waiter] = [add, wait].map((event) => eventAt(subject.trace, event).goroutine) as [number, number];
  const group = objectName(wording, eventAt(subject.trace, add).object);
  const started = [adder, waiter].map((goroutine) => subject.history.startedBy[goroutine] ?? -1);
  return findingOf(subject, waitgroup, {
    kind: 'waitgroup-misuse',
    message: phrase`${capitalised(goroutineName(wording, adder))} adds to ${group}${at(wording, add)} from zero while ${goroutineName(wording, waiter)} waits for it${at(wording, wait)}: nothing orders the two, so Wait may return too early`,
    explanation: [
      ...explain(subject, [...started, add, wait]),
      phrase`No channel operation, lock or atomic makes this Add happen before Wait, nor after it. If Wait comes first it does not wait for what was added; if both come at once Go may panic.`,
    ],
    sites: [
      ...eventSite(subject, add, phrase`adds to ${group} from zero`),
      ...eventSite(subject, wait, phrase`waits for ${group}`),
      ...[adder, waiter].flatMap((goroutine) => startedSite(subject, goroutine)),
    ],
    identity,
  });
}
