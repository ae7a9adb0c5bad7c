/** Events and outcomes in words: for the boxes of the trace page, for its details and for screen readers. */

import { type Phrase, phrase } from '../../protocol/phrase';
import type { Operation, TraceHeader } from '../../protocol/trace';
import { actionPhrase, goroutineName, objectName, type Wording, waitPhrase } from '../analyse/telling/wording';
import { place } from '../trace/names';
import { eventAt, operationOf, partnerOf, siteAt, type TraceEvent } from '../trace/trace';

/** Colour family of an event. */
export type EventFamily = 'life' | 'channel' | 'lock' | 'memory' | 'time' | 'end';

export function familyOf(operation: Operation): EventFamily {
  switch (operation) {
    case 'none':
    case 'go':
    case 'start':
    case 'end':
    case 'child-wait':
    case 'parallel':
    case 'exit':
      return 'life';
    case 'make':
    case 'send':
    case 'receive':
    case 'close':
    case 'select':
    case 'select-case':
    case 'length':
      return 'channel';
    case 'lock':
    case 'unlock':
    case 'rlock':
    case 'runlock':
    case 'wg-add':
    case 'wg-wait':
    case 'once':
    case 'once-begin':
    case 'cond-wait':
    case 'cond-signal':
    case 'cond-broadcast':
      return 'lock';
    case 'read':
    case 'write':
    case 'atomic':
      return 'memory';
    case 'sleep':
    case 'timer':
    case 'fire':
    case 'clock':
    case 'yield':
      return 'time';
    case 'panic':
    case 'test-end':
      return 'end';
  }
}

/** `goroutine 1.2`; virtual time is `the clock`. */
export const actor = (wording: Wording, goroutine: number): Phrase =>
  wording.trace.header.goroutines[goroutine]?.path === '0' ? phrase`the clock` : goroutineName(wording, goroutine);

/**
 * One sentence: `goroutine 1.2 locks m.mu at podstatus.go:46`, `goroutine 1.1 waits for m.mu at podstatus.go:36`,
 * `goroutine 1 sends on ch at a.go:3, received by goroutine 1.1`.
 */
export function describeEvent(wording: Wording, index: number): Phrase {
  const { trace } = wording;
  const event = eventAt(trace, index);
  const site = siteAt(trace, event.site);
  if (event.operation === 'clock') return phrase`virtual time jumps to ${duration(event.time)}`;
  const does = event.phase === 'block' ? blocked(wording, event) : actionPhrase(wording, index);
  // Timers fire in nobody's turn.
  const clause = event.operation === 'fire' ? does : phrase`${actor(wording, event.goroutine)} ${does}`;
  const placed = site && !site.internal ? phrase`${clause} at ${place(site)}` : clause;
  return event.operation === 'fire' ? placed : withOtherSide(wording, event, placed);
}

function blocked(wording: Wording, event: TraceEvent): Phrase {
  const { trace } = wording;
  if (event.operation === 'select') {
    const channels: string[] = [];
    for (let at = event.index + 1; at < trace.count && operationOf(trace, at) === 'select-case'; at++) {
      channels.push(objectName(wording, eventAt(trace, at).object));
    }
    if (channels.length > 0) return phrase`waits in a select on ${channels.join(', ')}`;
  }
  const objects = event.object < 0 ? [] : [{ object: event.object, direction: undefined, event: event.index }];
  return waitPhrase(wording, { goroutine: event.goroutine, event: event.index, operation: event.operation, objects });
}

function withOtherSide(wording: Wording, event: TraceEvent, said: Phrase): Phrase {
  const partner = partnerOf(wording.trace, event.index);
  if (partner < 0) return said;
  const other = eventAt(wording.trace, partner);
  if (other.goroutine === event.goroutine) return said;
  const who = actor(wording, other.goroutine);
  const sends = event.operation === 'send' || (event.operation === 'select' && event.argument === 1);
  const receives = event.operation === 'receive' || (event.operation === 'select' && event.argument === 2);
  if (sends) return phrase`${said}, received by ${who}`;
  if (receives)
    return other.operation === 'close' ? phrase`${said}, closed by ${who}` : phrase`${said}, sent by ${who}`;
  return event.operation === 'lock' || event.operation === 'rlock' ? phrase`${said}, unlocked by ${who}` : said;
}

/** `1.5 s`, `20 ms`, `0 s`; nanoseconds in. */
export function duration(nanoseconds: number): string {
  const size = Math.abs(nanoseconds);
  if (size === 0) return '0 s';
  const [unit, scale] = size >= 1e9 ? ['s', 1e9] : size >= 1e6 ? ['ms', 1e6] : size >= 1e3 ? ['µs', 1e3] : ['ns', 1];
  return `${Number((nanoseconds / (scale as number)).toPrecision(6))} ${unit}`;
}

/** How the run ended, in a sentence. */
export function describeOutcome(header: TraceHeader): Phrase {
  const [said] = (header.message ?? '').split('\n');
  switch (header.outcome) {
    case 'pass':
      return phrase`The test passed and every goroutine ended.`;
    case 'blocked':
      return header.returned
        ? phrase`The test returned, but goroutines are blocked for ever.`
        : phrase`The test is blocked for ever.`;
    case 'panic':
      return said ? phrase`A goroutine panicked: ${said}.` : phrase`A goroutine panicked.`;
    case 'fail':
      return said ? phrase`The test failed: ${said}.` : phrase`The test failed.`;
    case 'limit':
      return phrase`The run was stopped at its bound on steps.`;
    case 'hang':
      return said
        ? phrase`The run ended in code that is not instrumented: ${said}.`
        : phrase`The run ended in code that is not instrumented.`;
    case 'diverged':
      return said
        ? phrase`The replay met another operation than its schedule says: ${said}.`
        : phrase`The replay met another operation than its schedule says.`;
    case 'died':
      return said ? phrase`The process died: ${said}.` : phrase`The process died.`;
  }
}
