/** Words for what goroutines wait for and hold, shared by messages, explanations and the trace page. */
import { listed, type Phrase, phrase } from '../../../protocol/phrase';
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

/** ` (podstatus.go:48)`; empty when the event has no place to show. */
export function at({ trace, history }: Wording, event: number): string {
  const shown = shownSite(trace, history, event);
  return shown ? ` (${place(shown.site)})` : '';
}

export const goroutineName = ({ trace }: Pick<Wording, 'trace'>, goroutine: number): Phrase =>
  phrase`goroutine ${trace.header.goroutines[goroutine]?.path ?? `?${goroutine}`}`;

export const objectName = ({ names }: Pick<Wording, 'names'>, object: number): string => names.objects[object] ?? '?';

/** `waits to send on ch`. */
export function waitPhrase(wording: Wording, wait: Wait): Phrase {
  const isNamed = wait.objects.length > 0;
  const named = listed(wait.objects.map(({ object }) => objectName(wording, object)));
  switch (wait.operation) {
    case 'send':
      return !isNamed ? phrase`waits to send on a nil channel` : phrase`waits to send on ${named}`;
    case 'receive':
      return !isNamed ? phrase`waits to receive from a nil channel` : phrase`waits to receive from ${named}`;
    case 'select':
      return !isNamed ? phrase`waits in a select that has no case to take` : phrase`waits in a select on ${named}`;
    case 'lock':
      return phrase`waits for ${named}`;
    case 'rlock':
      return phrase`waits to read-lock ${named}`;
    case 'wg-wait':
      return phrase`waits for the wait group ${named}`;
    case 'once':
      return phrase`waits for the function of ${named} to end`;
    case 'cond-wait':
      return phrase`waits for a signal on ${named}`;
    case 'child-wait':
      return phrase`waits for its subtest`;
    case 'parallel':
      return phrase`waits in t.Parallel for the test function to return`;
    case 'sleep':
      return phrase`sleeps`;
    default:
      return phrase`waits in ${wait.operation}`;
  }
}

export const heldLocks = (wording: Wording, held: readonly HeldLock[]): Phrase =>
  listed(
    held.map(({ object, shared }) => {
      const name = objectName(wording, object);
      return shared ? phrase`${name} (for reading)` : name;
    }),
  );

/** `goroutine 1.2 waits to send on ch (a.go:48) while it holds m.mu`. */
export function waitClause(wording: Wording, wait: Wait, held: readonly HeldLock[]): Phrase {
  const clause = phrase`${goroutineName(wording, wait.goroutine)} ${waitPhrase(wording, wait)}${at(wording, wait.event)}`;
  return held.length === 0 ? clause : phrase`${clause} while it holds ${heldLocks(wording, held)}`;
}

/** Role of a site where a goroutine is stuck: `waits to send`. */
export function waitRole(operation: Operation): Phrase {
  switch (operation) {
    case 'send':
      return phrase`waits to send`;
    case 'receive':
      return phrase`waits to receive`;
    case 'select':
      return phrase`waits in a select`;
    case 'lock':
    case 'rlock':
      return phrase`waits for the lock`;
    case 'wg-wait':
      return phrase`waits for the wait group`;
    case 'cond-wait':
      return phrase`waits for a signal`;
    case 'once':
      return phrase`waits for the other call to end`;
    case 'child-wait':
      return phrase`waits for its subtest`;
    case 'parallel':
      return phrase`waits for the test function to return`;
    default:
      return phrase`waits`;
  }
}

/** The operation of an event in the present tense with its object: `locks m.mu`, `receives from ch`. */
export function actionPhrase(wording: Wording, index: number): Phrase {
  const { trace, names } = wording;
  const event = eventAt(trace, index);
  const object = objectName(wording, event.object);
  const channel = event.object < 0 ? phrase`a nil channel` : object;
  const isLate = event.phase === 'wake';
  switch (event.operation) {
    case 'go':
      return names.goroutines[event.argument] === undefined
        ? phrase`starts a goroutine`
        : phrase`starts ${goroutineName(wording, event.argument)}`;
    case 'start':
      return phrase`begins`;
    case 'end':
      return phrase`ends`;
    case 'make':
      return event.argument > 0
        ? phrase`makes ${object} with room for ${event.argument}`
        : phrase`makes ${object}, unbuffered`;
    case 'send':
      return isLate ? phrase`sends, having waited, on ${channel}` : phrase`sends on ${channel}`;
    case 'receive':
      return isLate ? phrase`receives, having waited, from ${channel}` : phrase`receives from ${channel}`;
    case 'close':
      return phrase`closes ${object}`;
    case 'select':
      if (event.phase === 'refused') return phrase`takes the default of a select`;
      if (event.argument === 1)
        return isLate ? phrase`sends, having waited, on ${object} in a select` : phrase`sends on ${object} in a select`;
      if (event.argument !== 2) return phrase`waits in a select`;
      return isLate
        ? phrase`receives, having waited, from ${object} in a select`
        : phrase`receives from ${object} in a select`;
    case 'select-case':
      return event.argument === 1 ? phrase`could send on ${object}` : phrase`could receive from ${object}`;
    case 'lock':
      return event.phase === 'refused'
        ? phrase`tries to lock ${object} in vain`
        : isLate
          ? phrase`locks ${object}, having waited`
          : phrase`locks ${object}`;
    case 'rlock':
      return event.phase === 'refused'
        ? phrase`tries to read-lock ${object} in vain`
        : isLate
          ? phrase`read-locks ${object}, having waited`
          : phrase`read-locks ${object}`;
    case 'unlock':
      return phrase`unlocks ${object}`;
    case 'runlock':
      return phrase`read-unlocks ${object}`;
    case 'wg-add':
      return event.argument === -1 ? phrase`calls Done on ${object}` : phrase`adds ${event.argument} to ${object}`;
    case 'wg-wait':
      return phrase`has waited for ${object}`;
    case 'once':
      return phrase`passes ${object}`;
    case 'once-begin':
      return phrase`runs the function of ${object}`;
    case 'cond-wait':
      return phrase`waits for a signal on ${object}`;
    case 'cond-signal':
      return phrase`signals ${object}`;
    case 'cond-broadcast':
      return phrase`broadcasts on ${object}`;
    case 'sleep':
      return event.phase === 'block' ? phrase`sleeps` : phrase`has slept`;
    case 'timer':
      return event.argument === 3
        ? phrase`stops a timer`
        : event.argument === 2
          ? phrase`resets a timer`
          : phrase`sets a timer`;
    case 'fire':
      return phrase`a timer fires`;
    case 'clock':
      return phrase`virtual time jumps`;
    case 'read':
      return phrase`reads ${object}`;
    case 'write':
      return phrase`writes ${object}`;
    case 'atomic':
      if (trace.header.objects[event.object]?.kind === 'context') {
        return event.argument === 1 ? phrase`asks whether ${object} is cancelled` : phrase`cancels ${object}`;
      }
      if (event.argument === 1) return phrase`loads ${object} atomically`;
      return event.argument === 2 ? phrase`stores ${object} atomically` : phrase`uses ${object} atomically`;
    case 'yield':
      return phrase`yields`;
    case 'length':
      return phrase`looks at the length of ${object}`;
    case 'panic':
      return phrase`panics`;
    case 'test-end':
      return phrase`has run the test to its end`;
    case 'child-wait':
      return phrase`has waited for its subtest`;
    case 'parallel':
      return event.phase === 'block' ? phrase`is to run in parallel` : phrase`goes on in parallel`;
    case 'exit':
      return phrase`ends the process with status ${event.argument}`;
    case 'none':
      return event.phase === 'wake' ? phrase`comes back from code that is not instrumented` : phrase`does nothing`;
  }
}
