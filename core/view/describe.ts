/** Events and outcomes in words: for the boxes of the trace page, for its details and for screen readers. */

import type { Operation, TraceHeader } from '../../protocol/trace';
import { actionPhrase, objectName, type Wording, waitPhrase } from '../analyse/telling/wording';
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
export const actor = ({ trace, names }: Wording, goroutine: number): string =>
  trace.header.goroutines[goroutine]?.path === '0' ? 'the clock' : (names.goroutines[goroutine] ?? 'a goroutine');

/**
 * One sentence: `goroutine 1.2 locks m.mu at podstatus.go:46`, `goroutine 1.1 waits for m.mu at podstatus.go:36`,
 * `goroutine 1 sends on ch at a.go:3, received by goroutine 1.1`.
 */
export function describeEvent(wording: Wording, index: number): string {
  const { trace } = wording;
  const event = eventAt(trace, index);
  const site = siteAt(trace, event.site);
  const where = site && !site.internal ? ` at ${place(site)}` : '';
  const phrase = event.phase === 'block' ? blocked(wording, event) : actionPhrase(wording, index);
  // Timers fire in nobody's turn.
  if (event.operation === 'fire') return `${phrase}${where}`;
  if (event.operation === 'clock') return `virtual time jumps to ${duration(event.time)}`;
  return `${actor(wording, event.goroutine)} ${phrase}${where}${otherSide(wording, event)}`;
}

function blocked(wording: Wording, event: TraceEvent): string {
  const { trace } = wording;
  if (event.operation === 'select') {
    const channels: string[] = [];
    for (let at = event.index + 1; at < trace.count && operationOf(trace, at) === 'select-case'; at++) {
      channels.push(objectName(wording, eventAt(trace, at).object));
    }
    if (channels.length > 0) return `waits in a select on ${channels.join(', ')}`;
  }
  const objects = event.object < 0 ? [] : [{ object: event.object, direction: undefined, event: event.index }];
  return waitPhrase(wording, { goroutine: event.goroutine, event: event.index, operation: event.operation, objects });
}

function otherSide(wording: Wording, event: TraceEvent): string {
  const partner = partnerOf(wording.trace, event.index);
  if (partner < 0) return '';
  const other = eventAt(wording.trace, partner);
  if (other.goroutine === event.goroutine) return '';
  const who = actor(wording, other.goroutine);
  const sends = event.operation === 'send' || (event.operation === 'select' && event.argument === 1);
  const receives = event.operation === 'receive' || (event.operation === 'select' && event.argument === 2);
  if (sends) return `, received by ${who}`;
  if (receives) return other.operation === 'close' ? `, closed by ${who}` : `, sent by ${who}`;
  return event.operation === 'lock' || event.operation === 'rlock' ? `, unlocked by ${who}` : '';
}

/** `1.5 s`, `20 ms`, `0 s`; nanoseconds in. */
export function duration(nanoseconds: number): string {
  const size = Math.abs(nanoseconds);
  if (size === 0) return '0 s';
  const [unit, scale] = size >= 1e9 ? ['s', 1e9] : size >= 1e6 ? ['ms', 1e6] : size >= 1e3 ? ['µs', 1e3] : ['ns', 1];
  return `${Number((nanoseconds / (scale as number)).toPrecision(6))} ${unit}`;
}

/** How the run ended, in a sentence. */
export function describeOutcome(header: TraceHeader): string {
  const said = header.message ? `: ${header.message.split('\n')[0]}` : '';
  switch (header.outcome) {
    case 'pass':
      return 'The test passed and every goroutine ended.';
    case 'blocked':
      return header.returned
        ? 'The test returned, but goroutines are blocked for ever.'
        : 'The test is blocked for ever.';
    case 'panic':
      return `A goroutine panicked${said}.`;
    case 'fail':
      return `The test failed${said}.`;
    case 'limit':
      return 'The run was stopped at its bound on steps.';
    case 'hang':
      return `The run ended in code that is not instrumented${said}.`;
    case 'diverged':
      return `The replay met another operation than its schedule says${said}.`;
    case 'died':
      return `The process died${said}.`;
  }
}
