/** Words for what goroutines wait for and hold, shared by messages, explanations and the trace page. */
import type { Operation } from '../../../protocol/trace';
import { place, type TraceNames } from '../../trace/names';
import { eventAt, type Trace } from '../../trace/trace';
import { type History, shownSite } from '../facts/history';
import type { HeldLock } from '../facts/state';
import type { Wait } from '../waiting/wait-for';

export interface Wording {
  trace: Trace;
  names: TraceNames;
  history: History;
}

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;

/** ` (podstatus.go:48)`; empty when the event has no place to show. */
export function at({ trace, history }: Wording, event: number): string {
  const shown = shownSite(trace, history, event);
  return shown ? ` (${place(shown.site)})` : '';
}

export const goroutineName = ({ names }: Wording, goroutine: number): string =>
  names.goroutines[goroutine] ?? `goroutine ?${goroutine}`;

export const objectName = ({ names }: Wording, object: number): string => names.objects[object] ?? 'an unknown object';

/** `waits to send on ch`. */
export function waitPhrase(wording: Wording, wait: Wait): string {
  const named = list(wait.objects.map(({ object }) => objectName(wording, object)));
  switch (wait.operation) {
    case 'send':
      return named === '' ? 'waits to send on a nil channel' : `waits to send on ${named}`;
    case 'receive':
      return named === '' ? 'waits to receive from a nil channel' : `waits to receive from ${named}`;
    case 'select':
      return named === '' ? 'waits in a select that has no case to take' : `waits in a select on ${named}`;
    case 'lock':
      return `waits for ${named}`;
    case 'rlock':
      return `waits to read-lock ${named}`;
    case 'wg-wait':
      return `waits for the wait group ${named}`;
    case 'once':
      return `waits for the function of ${named} to end`;
    case 'cond-wait':
      return `waits for a signal on ${named}`;
    case 'child-wait':
      return 'waits for its subtest';
    case 'parallel':
      return 'waits in t.Parallel for the test function to return';
    case 'sleep':
      return 'sleeps';
    default:
      return `waits in ${wait.operation}`;
  }
}

/** ` while it holds m.mu`; empty when it holds nothing. */
export function whileHolding(wording: Wording, held: readonly HeldLock[]): string {
  return held.length === 0 ? '' : ` while it holds ${heldLocks(wording, held)}`;
}

export const heldLocks = (wording: Wording, held: readonly HeldLock[]): string =>
  list(held.map(({ object, shared }) => objectName(wording, object) + (shared ? ' (for reading)' : '')));

/** `goroutine 1.2 waits to send on ch (a.go:48) while it holds m.mu`. */
export const waitClause = (wording: Wording, wait: Wait, held: readonly HeldLock[]): string =>
  `${goroutineName(wording, wait.goroutine)} ${waitPhrase(wording, wait)}${at(wording, wait.event)}${whileHolding(wording, held)}`;

/** Role of a site where a goroutine is stuck: `waits to send`. */
export function waitRole(operation: Operation): string {
  switch (operation) {
    case 'send':
      return 'waits to send';
    case 'receive':
      return 'waits to receive';
    case 'select':
      return 'waits in a select';
    case 'lock':
    case 'rlock':
      return 'waits for the lock';
    case 'wg-wait':
      return 'waits for the wait group';
    case 'cond-wait':
      return 'waits for a signal';
    case 'once':
      return 'waits for the other call to end';
    case 'child-wait':
      return 'waits for its subtest';
    case 'parallel':
      return 'waits for the test function to return';
    default:
      return 'waits';
  }
}

/** The operation of an event in the present tense with its object: `locks m.mu`, `receives from ch`. */
export function actionPhrase(wording: Wording, index: number): string {
  const { trace, names } = wording;
  const event = eventAt(trace, index);
  const object = event.object < 0 ? '' : objectName(wording, event.object);
  const late = event.phase === 'wake' ? ', having waited,' : '';
  switch (event.operation) {
    case 'go':
      return `starts ${names.goroutines[event.argument] ?? 'a goroutine'}`;
    case 'start':
      return 'begins';
    case 'end':
      return 'ends';
    case 'make':
      return event.argument > 0 ? `makes ${object} with room for ${event.argument}` : `makes ${object}, unbuffered`;
    case 'send':
      return `sends${late} on ${object || 'a nil channel'}`;
    case 'receive':
      return `receives${late} from ${object || 'a nil channel'}`;
    case 'close':
      return `closes ${object}`;
    case 'select':
      if (event.phase === 'refused') return 'takes the default of a select';
      if (event.argument === 1) return `sends${late} on ${object} in a select`;
      return event.argument === 2 ? `receives${late} from ${object} in a select` : 'waits in a select';
    case 'select-case':
      return event.argument === 1 ? `could send on ${object}` : `could receive from ${object}`;
    case 'lock':
      return event.phase === 'refused'
        ? `tries to lock ${object} in vain`
        : `locks ${object}${late.replace(/,$/u, '')}`;
    case 'rlock':
      return event.phase === 'refused'
        ? `tries to read-lock ${object} in vain`
        : `read-locks ${object}${late.replace(/,$/u, '')}`;
    case 'unlock':
      return `unlocks ${object}`;
    case 'runlock':
      return `read-unlocks ${object}`;
    case 'wg-add':
      return event.argument === -1 ? `calls Done on ${object}` : `adds ${event.argument} to ${object}`;
    case 'wg-wait':
      return `has waited for ${object}`;
    case 'once':
      return `passes ${object}`;
    case 'once-begin':
      return `runs the function of ${object}`;
    case 'cond-wait':
      return `waits for a signal on ${object}`;
    case 'cond-signal':
      return `signals ${object}`;
    case 'cond-broadcast':
      return `broadcasts on ${object}`;
    case 'sleep':
      return event.phase === 'block' ? 'sleeps' : 'has slept';
    case 'timer':
      return event.argument === 3 ? 'stops a timer' : event.argument === 2 ? 'resets a timer' : 'sets a timer';
    case 'fire':
      return 'a timer fires';
    case 'clock':
      return 'virtual time jumps';
    case 'read':
      return `reads ${object}`;
    case 'write':
      return `writes ${object}`;
    case 'atomic':
      if (trace.header.objects[event.object]?.kind === 'context') {
        return event.argument === 1 ? `asks whether ${object} is cancelled` : `cancels ${object}`;
      }
      return `${event.argument === 1 ? 'loads' : event.argument === 2 ? 'stores' : 'uses'} ${object} atomically`;
    case 'yield':
      return 'yields';
    case 'length':
      return `looks at the length of ${object}`;
    case 'panic':
      return 'panics';
    case 'test-end':
      return 'has run the test to its end';
    case 'child-wait':
      return 'has waited for its subtest';
    case 'parallel':
      return event.phase === 'block' ? 'is to run in parallel' : 'goes on in parallel';
    case 'exit':
      return `ends the process with status ${event.argument}`;
    case 'none':
      return event.phase === 'wake' ? 'comes back from code that is not instrumented' : 'does nothing';
  }
}
