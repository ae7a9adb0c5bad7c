/** Why it can happen, in steps: the events of a trace that matter, told in words and in order. */
import { capitalised, joined, type Phrase, phrase } from '../../../protocol/phrase';
import { ABSENT, eventAt, operationOf, siteAt } from '../../trace/trace';
import { pathOf, type Subject } from '../analysis';
import { shownSite } from '../facts/history';
import { stateAfter } from '../facts/state';
import { waitOf } from '../waiting/wait-for';
import { heldUp } from './held-up';
import { withSwitches } from './story';
import type { Told } from './told';
import { actionPhrase, at, goroutineName, type Wording, waitPhrase } from './wording';

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
    if (operationOf(trace, index) === 'fire') return phrase`A timer fires${at(wordingOf(subject), index)}.`;
    const { goroutine } = eventAt(trace, index);
    const runs = introduce(goroutine);
    const path = goroutineName(subject, goroutine);
    const name = capitalised(runs === '' ? path : phrase`${path} (${runs})`);
    const after = stops.get(index);
    const lock = takenBefore(subject, index, isKnown);
    const isStopped = after !== undefined && (after === ABSENT || isKnown.has(after));
    const action = phraseOf(subject, index, introduce);
    const does = lock ? phrase`${action}, ${lock}` : action;
    const begun = goesOn.has(index) ? phrase`${name} goes on and ${does}` : phrase`${name} ${does}`;
    const stopped = lock ? phrase`${begun}, and is held up.` : phrase`${begun} and is held up.`;
    const text = isStopped ? stopped : phrase`${begun}.`;
    const shown = shownSite(trace, subject.history, index);
    if (!shown) return text;
    const { file, line, column } = shown.site;
    return { text, file, line, column, goroutine: pathOf(trace, goroutine) };
  });
}

function phraseOf(subject: Subject, index: number, introduce: (goroutine: number) => string): Phrase {
  const wording = wordingOf(subject);
  const { operation, phase, argument } = eventAt(subject.trace, index);
  const where = at(wording, index);
  if (phase === 'block') return phrase`${blockPhrase(subject, index)}${where}`;
  const child = operation === 'go' ? introduce(argument) : '';
  const action = actionPhrase(wording, index);
  return child === '' ? phrase`${action}${where}` : phrase`${action}, ${child}${where}`;
}

/**
 * Of a lock that is given back or waited for: who has taken it and where, unless that is told. A step that speaks of a lock
 * that nobody is known to hold cannot be followed.
 */
function takenBefore(subject: Subject, index: number, isKnown: ReadonlySet<number>): Phrase | undefined {
  const { trace } = subject;
  const { operation, phase, goroutine, object } = eventAt(trace, index);
  const givesBack = (operation === 'unlock' || operation === 'runlock') && phase !== 'refused';
  const waits = (operation === 'lock' || operation === 'rlock') && phase === 'block';
  if (object < 0 || !(givesBack || waits)) return undefined;
  const state = stateAfter(trace, index);
  const holders = new Set(state.holders.get(object));
  // Somebody else may give it back, and of several that have it for reading one is enough to say.
  const [holder] = holders.has(goroutine) ? [goroutine] : holders;
  if (holder === undefined) return undefined;
  const taken = state.goroutines[holder]!.held.findLast((held) => held.object === object);
  if (!taken || isKnown.has(taken.event)) return undefined;
  const where = at(wordingOf(subject), taken.event);
  if (where === '') return undefined;
  const who = holder === goroutine ? phrase`it` : goroutineName(subject, holder);
  if (givesBack)
    return taken.shared ? phrase`which ${who} had read-locked${where}` : phrase`which ${who} had locked${where}`;
  return taken.shared ? phrase`which ${who} has read-locked${where}` : phrase`which ${who} has locked${where}`;
}

/** What standard packages do inside is told only where somebody is stuck in it. */
function isTold({ trace }: Subject, index: number): boolean {
  const { phase, site } = eventAt(trace, index);
  return phase === 'block' || siteAt(trace, site)?.internal !== true;
}

function blockPhrase(subject: Subject, index: number): Phrase {
  const { goroutine } = eventAt(subject.trace, index);
  // The cases of a select follow the event that blocks; the end state has them when it still waits.
  const known = subject.graph.waits.find((wait) => wait.event === index);
  const wait = known ?? waitOf(subject.trace, stateAfter(subject.trace, index + 1), goroutine);
  return wait ? waitPhrase(wordingOf(subject), wait) : actionPhrase(wordingOf(subject), index);
}

/** `goroutine 1.1 (TestX.func1), goroutine 1.2 and 3 more`. */
export function nameSome(subject: Subject, goroutines: readonly number[]): Phrase {
  const shown = joined(goroutines.slice(0, 4).map((goroutine) => goroutineName(subject, goroutine)));
  return goroutines.length > 4 ? phrase`${shown} and ${goroutines.length - 4} more` : shown;
}
