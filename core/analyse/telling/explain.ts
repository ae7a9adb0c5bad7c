/** Why it can happen, in steps: the events of a trace that matter, told in words and in order. */
import type { TraceNames } from '../../trace/names';
import { ABSENT, eventAt, operationOf, siteAt } from '../../trace/trace';
import { pathOf, type Subject } from '../analysis';
import { shownSite } from '../facts/history';
import { stateAfter } from '../facts/state';
import { waitOf } from '../waiting/wait-for';
import { heldUp } from './held-up';
import { withSwitches } from './story';
import type { Told } from './told';
import { actionPhrase, at, type Wording, waitPhrase } from './wording';

export const wordingOf = ({ trace, names, history }: Subject): Wording => ({ trace, names, history });

/**
 * One sentence for each event, in the order of the trace, and for those where goroutines were held up in between; a
 * list, so whoever shows it numbers it. Each goroutine is introduced with its function: `Goroutine 1.2 (TestX.func1)
 * locks m.mu (a.go:12).`
 */
export function explain(subject: Subject, events: Iterable<number>): Told[] {
  const { trace } = subject;
  const needed = [...new Set(events)].filter((index) => index >= 0 && index < trace.count && isTold(subject, index));
  const told = withSwitches(subject, needed);
  const isKnown = new Set(told);
  const introduced = new Set<number>();
  /** The function it runs, when it is met for the first time. */
  const introduce = (goroutine: number): string =>
    introduced.has(goroutine) || !introduced.add(goroutine) ? '' : (subject.names.functions[goroutine] ?? '');
  const stops = new Map(heldUp(subject).map(({ before, after }) => [before, after]));
  const goesOn = new Set([...stops].filter(([before]) => isKnown.has(before)).map(([, after]) => after));
  return told.map((index) => {
    // Timers fire in nobody's turn.
    if (operationOf(trace, index) === 'fire') return `A timer fires${at(wordingOf(subject), index)}.`;
    const { goroutine } = eventAt(trace, index);
    const runs = introduce(goroutine);
    const name = capital(subject.names.goroutines[goroutine] ?? '') + (runs === '' ? '' : ` (${runs})`);
    const after = stops.get(index);
    const lock = takenBefore(subject, index, isKnown);
    const stopped = after !== undefined && (after === ABSENT || isKnown.has(after)) ? ' and is held up' : '';
    const text = `${name} ${goesOn.has(index) ? 'goes on and ' : ''}${phraseOf(subject, index, introduce)}${lock}${lock !== '' && stopped !== '' ? ',' : ''}${stopped}.`;
    const shown = shownSite(trace, subject.history, index);
    if (!shown) return text;
    const { file, line, column } = shown.site;
    return { text, file, line, column, goroutine: pathOf(trace, goroutine) };
  });
}

function phraseOf(subject: Subject, index: number, introduce: (goroutine: number) => string): string {
  const wording = wordingOf(subject);
  const { operation, phase, argument } = eventAt(subject.trace, index);
  const where = at(wording, index);
  if (phase === 'block') return `${blockPhrase(subject, index)}${where}`;
  const child = operation === 'go' ? introduce(argument) : '';
  return `${actionPhrase(wording, index)}${child === '' ? '' : `, ${child}`}${where}`;
}

/**
 * Of a lock that is given back or waited for: who has taken it and where, unless that is told. A step that speaks of a lock
 * that nobody is known to hold cannot be followed.
 */
function takenBefore(subject: Subject, index: number, isKnown: ReadonlySet<number>): string {
  const { trace, names } = subject;
  const { operation, phase, goroutine, object } = eventAt(trace, index);
  const givesBack = (operation === 'unlock' || operation === 'runlock') && phase !== 'refused';
  const waits = (operation === 'lock' || operation === 'rlock') && phase === 'block';
  if (object < 0 || !(givesBack || waits)) return '';
  const state = stateAfter(trace, index);
  const holders = new Set(state.holders.get(object));
  // Somebody else may give it back, and of several that have it for reading one is enough to say.
  const [holder] = holders.has(goroutine) ? [goroutine] : holders;
  if (holder === undefined) return '';
  const taken = state.goroutines[holder]!.held.findLast((held) => held.object === object);
  if (!taken || isKnown.has(taken.event)) return '';
  const where = at(wordingOf(subject), taken.event);
  if (where === '') return '';
  const who = holder === goroutine ? 'it' : (names.goroutines[holder] ?? '');
  return `, which ${who} ${givesBack ? 'had' : 'has'} ${taken.shared ? 'read-locked' : 'locked'}${where}`;
}

/** What standard packages do inside is told only where somebody is stuck in it. */
function isTold({ trace }: Subject, index: number): boolean {
  const { phase, site } = eventAt(trace, index);
  return phase === 'block' || siteAt(trace, site)?.internal !== true;
}

function blockPhrase(subject: Subject, index: number): string {
  const { goroutine } = eventAt(subject.trace, index);
  // The cases of a select follow the event that blocks; the end state has them when it still waits.
  const known = subject.graph.waits.find((wait) => wait.event === index);
  const wait = known ?? waitOf(subject.trace, stateAfter(subject.trace, index + 1), goroutine);
  return wait ? waitPhrase(wordingOf(subject), wait) : actionPhrase(wordingOf(subject), index);
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `goroutine 1.1 (TestX.func1), goroutine 1.2 and 3 more`. */
export function nameSome(names: TraceNames, goroutines: readonly number[]): string {
  const shown = goroutines.slice(0, 4).map((goroutine) => names.goroutines[goroutine] ?? '');
  return goroutines.length > 4 ? `${shown.join(', ')} and ${goroutines.length - 4} more` : shown.join(', ');
}
