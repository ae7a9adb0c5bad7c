/** What the run itself said: a panic left a goroutine, or the test failed by its own judgement. */

import type { Finding, FindingKind } from '../../protocol/finding';
import { capitalised, joined, type Phrase, phrase } from '../../protocol/phrase';
import type { Operation } from '../../protocol/trace';
import { eventAt, goroutineOf, operationOf, type Trace, type TraceEvent } from '../trace/trace';
import {
  type Analysis,
  eventSite,
  findingOf,
  identityOf,
  type Subject,
  siteFrom,
  startedSite,
  testGoroutine,
} from './analysis';
import { usersOf } from './facts/history';
import { explain, wordingOf } from './telling/explain';
import { failsHere } from './telling/failing';
import { lastOn, lastShared, withSwitches } from './telling/story';
import { at, goroutineName, objectName } from './telling/wording';

export const outcome: Analysis = { name: 'outcome', sound: true, run: outcomes };

/** What Go prints, and what we call it. The first that matches counts. */
const PANICS: readonly (readonly [RegExp, FindingKind])[] = [
  [/send on closed channel/u, 'send-on-closed-channel'],
  [/close of closed channel/u, 'close-of-closed-channel'],
  [/close of nil channel/u, 'close-of-nil-channel'],
  [/negative WaitGroup counter/u, 'negative-waitgroup'],
  [/WaitGroup misuse|WaitGroup is reused/u, 'waitgroup-misuse'],
  [/(?:R?Unlock|unlock) of unlocked (?:RW)?[mM]utex/u, 'unlock-of-unlocked-mutex'],
  [/concurrent map (?:read|writes|write|iteration)/u, 'concurrent-map-access'],
];

export const kindOfPanic = (message: string): FindingKind =>
  PANICS.find(([text]) => text.test(message))?.[1] ?? 'panic';

function outcomes(subject: Subject): Finding[] {
  switch (subject.trace.header.outcome) {
    case 'panic':
      return tooEarly(subject) ? [] : [panicFinding(subject)];
    case 'fail':
      // A timeout that only fired because virtual time jumped ahead of goroutines that could run is no bug.
      if (subject.trace.header.early) return [];
      return [exitEvent(subject.trace) < 0 ? failureFinding(subject) : exitFinding(subject)];
    case 'pass':
    case 'blocked':
    case 'limit':
    case 'hang':
    case 'diverged':
    // What a process says when it dies is not in its trace: engine/run/deaths.ts reads it.
    case 'died':
      return [];
  }
}

/** Index of the `panic` event, or of the last event when the trace was cut before it; -1 for an empty trace. */
function panicEvent(trace: Trace): number {
  for (let index = trace.count - 1; index >= 0; index--) if (operationOf(trace, index) === 'panic') return index;
  return trace.count - 1;
}

/** The channel (or other object) the panicking operation was about: its own, or that of an operation at its site. */
function objectOfPanic({ trace }: Subject, index: number): number {
  const event = eventAt(trace, index);
  if (event.object >= 0 || event.site < 0) return event.object;
  for (let other = trace.count - 1; other >= 0; other--) {
    const { site, object, operation } = eventAt(trace, other);
    if (site === event.site && object >= 0 && operation !== 'fire') return object;
  }
  return -1;
}

/** Earlier events that made the operation a mistake. */
function causes(subject: Subject, kind: FindingKind, index: number): { event: number; role: Phrase }[] {
  const channel = kind === 'send-on-closed-channel' || kind === 'close-of-closed-channel';
  if (!channel) return [];
  const object = objectOfPanic(subject, index);
  const closes =
    object >= 0
      ? [...usersOf(subject.history, object, 'close').values()]
      : subject.history.events.flat().filter((event) => operationOf(subject.trace, event) === 'close');
  // Without the object only a single close leaves no doubt.
  if (closes.length === 0 || (object < 0 && closes.length > 1)) return [];
  const event = Math.max(...closes);
  const name = objectName(wordingOf(subject), eventAt(subject.trace, event).object);
  return [{ event, role: phrase`${name} was closed here` }];
}

/**
 * A test may rightly panic when time ran ahead and a timeout came before what it waited for. Misuse of a channel or lock
 * is wrong in any order, and so is a panic of code that the test does not run itself, unless it is a timeout as well.
 */
function tooEarly({ trace }: Subject): boolean {
  const index = panicEvent(trace);
  return (
    trace.header.early &&
    kindOfPanic(trace.header.message ?? '') === 'panic' &&
    (index < 0 || goroutineOf(trace, index) === testGoroutine(trace) || isTimeout(trace, index))
  );
}

/**
 * A watchdog: the last thing that the panicking goroutine waited for was a timer, or time.AfterFunc started it, and the
 * panic is no error of Go's.
 */
function isTimeout(trace: Trace, panic: number): boolean {
  if (/^runtime error: /u.test(trace.header.message ?? '')) return false;
  const goroutine = goroutineOf(trace, panic);
  for (let index = panic - 1; index >= 0; index--) {
    const event = eventAt(trace, index);
    if (event.goroutine !== goroutine || !WAITS.includes(event.operation)) continue;
    return firedFor(trace, event);
  }
  return false;
}

const WAITS: readonly Operation[] = ['start', 'receive', 'select', 'sleep'];

/** The event got what a timer had sent. */
function firedFor(trace: Trace, { index, partner, object }: TraceEvent): boolean {
  if (partner >= 0) return operationOf(trace, partner) === 'fire';
  for (let before = index - 1; before >= 0 && object >= 0; before--) {
    if (operationOf(trace, before) === 'fire' && eventAt(trace, before).object === object) return true;
  }
  return false;
}

/** Events told of the object that a panic is about. */
const TOLD_OF_OBJECT = 4;
/** Events told of a failure that no switch explains. */
const TOLD_OF_FAILURE = 6;

/** What is told where nothing says which events mattered: the switches, which `explain` adds, or where ways crossed. */
const crossings = (subject: Subject): number[] =>
  withSwitches(subject, []).length > 0 ? [] : lastShared(subject, TOLD_OF_FAILURE);

function panicFinding(subject: Subject): Finding {
  const { trace } = subject;
  const wording = wordingOf(subject);
  const text = (trace.header.message ?? 'a panic without a message').split('\n')[0]!;
  const kind = kindOfPanic(text);
  const index = panicEvent(trace);
  if (index < 0) {
    const message = phrase`The test panicked: ${text}`;
    return findingOf(subject, outcome, { kind, message, explanation: [message], sites: [], identity: [] });
  }
  const { goroutine } = eventAt(trace, index);
  const because = causes(subject, kind, index);
  const closed = because.map(({ event }) => {
    const closer = eventAt(trace, event);
    return phrase`${goroutineName(wording, closer.goroutine)} had closed ${objectName(wording, closer.object)}${at(wording, event)}`;
  });
  const panics = phrase`${capitalised(goroutineName(wording, goroutine))} panics${at(wording, index)}: ${text}`;
  const started = subject.history.startedBy[goroutine] ?? -1;
  const about = lastOn(subject, objectOfPanic(subject, index), index, TOLD_OF_OBJECT);
  const lately = about.length > 0 ? about : crossings(subject);
  return findingOf(subject, outcome, {
    kind,
    message: joined([panics, ...closed], '; '),
    explanation: [
      ...explain(subject, [started, ...because.map(({ event }) => event), ...lately, index]),
      phrase`Go says: ${text}.`,
    ],
    sites: [
      ...eventSite(subject, index, phrase`panics here`),
      ...because.flatMap(({ event, role }) => eventSite(subject, event, role)),
      ...startedSite(subject, goroutine),
    ],
    identity: identityOf(subject, index, 'panic'),
  });
}

/** Index of the `exit` event, by which the last goroutine ends the process; -1 when there is none. */
function exitEvent(trace: Trace): number {
  const last = trace.count - 1;
  return last >= 0 && operationOf(trace, last) === 'exit' ? last : -1;
}

function exitFinding(subject: Subject): Finding {
  const { trace, history } = subject;
  const index = exitEvent(trace);
  const { goroutine, argument } = eventAt(trace, index);
  const name = capitalised(goroutineName(wordingOf(subject), goroutine));
  const call = trace.header.message ?? 'os.Exit';
  return findingOf(subject, outcome, {
    kind: 'test-failure',
    message: phrase`${name} ends the process with status ${argument}${at(wordingOf(subject), index)}: ${call}`,
    explanation: [
      ...explain(subject, [history.startedBy[goroutine] ?? -1, index]),
      phrase`The process ends at once, whatever else is running, and go test says that the test failed.`,
    ],
    sites: [...eventSite(subject, index, phrase`ends the process`), ...startedSite(subject, goroutine)],
    identity: identityOf(subject, index),
  });
}

function failureFinding(subject: Subject): Finding {
  const { trace, history } = subject;
  const own = history.events[testGoroutine(trace)] ?? [];
  // The runtime gives the test's goroutine the name in `func TestX` as its site.
  const declared = trace.header.sites[trace.header.goroutines[testGoroutine(trace)]?.site ?? -1];
  const first = own[0];
  const role = phrase`the test that fails`;
  const sites = declared
    ? [siteFrom(declared, role, declared.operation)]
    : first === undefined
      ? []
      : eventSite(subject, first, role);
  const [said] = (trace.header.message ?? '').split('\n');
  const name = subject.test === '' ? phrase`The test` : subject.test;
  return findingOf(subject, outcome, {
    kind: 'test-failure',
    message: failsHere({ test: name, why: said || undefined }),
    explanation: [
      ...explain(subject, crossings(subject)),
      phrase`The test judged its result to be wrong. In another interleaving it may pass.`,
    ],
    sites,
    // Where the test starts differs with the interleaving; its name does not.
    identity: [{ file: subject.package, line: 0, function: subject.test, operation: 'test' }],
  });
}
