/** Why it can happen, in steps: the events of a trace that matter, told in words and in order. */
import { goroutineWithFunction, type TraceNames } from '../trace/names';
import { eventAt, siteAt } from '../trace/trace';
import type { Subject } from './analysis';
import { stateAfter } from './state';
import { waitOf } from './wait-for';
import { actionPhrase, at, type Wording, waitPhrase } from './wording';

export const wordingOf = ({ trace, names, history }: Subject): Wording => ({ trace, names, history });

/**
 * One sentence for each event, in the order of the trace; a list, so whoever shows it numbers it. Each goroutine is
 * introduced with its function: `Goroutine 1.2 (TestX.func1) locks m.mu (a.go:12).`
 */
export function explain(subject: Subject, events: Iterable<number>): string[] {
  const wording = wordingOf(subject);
  const introduced = new Set<number>();
  return [...new Set(events)]
    .filter((index) => index >= 0 && index < subject.trace.count && isTold(subject, index))
    .sort((a, b) => a - b)
    .map((index) => {
      const { goroutine, phase } = eventAt(subject.trace, index);
      const name = introduced.has(goroutine)
        ? (subject.names.goroutines[goroutine] ?? '')
        : goroutineWithFunction(subject.names, goroutine);
      introduced.add(goroutine);
      const phrase = phase === 'block' ? blockPhrase(subject, index) : actionPhrase(wording, index);
      return `${capital(name)} ${phrase}${at(wording, index)}.`;
    });
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
