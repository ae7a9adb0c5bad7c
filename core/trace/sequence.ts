/** Whether the events of a trace can have come in their order: those of a file that was shuffled, or put together, cannot. */
import { type Phrase, phrase } from '../../protocol/phrase';
import { ABSENT, eventsOf, type Trace } from './trace';

/**
 * The first event that stands in a wrong place, in words, counted from 1; undefined for a possible order. Goroutines
 * begin with their start, behind the `go` that has made them, and do nothing behind their end; time does not go back.
 */
export function misplaced(trace: Trace): Phrase | undefined {
  /** Goroutine → its first and its last event, from 1. */
  const first = new Map<number, number>();
  const ended = new Map<number, number>();
  let time = 0;
  for (const event of eventsOf(trace)) {
    const { index, goroutine, operation, argument, partner } = event;
    const number = index + 1;
    const path = (of: number): string => trace.header.goroutines[of]?.path ?? `${of}`;
    if (event.time < time) return phrase`event ${number} is of an earlier time than the one before it`;
    time = event.time;
    // These stand in the name of whoever had the turn.
    if (operation === 'fire' || operation === 'clock') continue;
    const end = ended.get(goroutine);
    if (end !== undefined) {
      return phrase`event ${number} is of goroutine ${path(goroutine)}, which has ended with event ${end}`;
    }
    const begun = first.get(goroutine);
    if (operation === 'start' && begun !== undefined) {
      return phrase`goroutine ${path(goroutine)} starts with event ${number}, but has event ${begun} before`;
    }
    if (begun === undefined) first.set(goroutine, number);
    if (operation === 'start' && partner !== ABSENT && partner > index) {
      return phrase`goroutine ${path(goroutine)} starts with event ${number}, but is made by event ${partner + 1}`;
    }
    const child = operation === 'go' ? first.get(argument) : undefined;
    if (child !== undefined) {
      return phrase`event ${number} makes goroutine ${path(argument)}, which has event ${child} before`;
    }
    if (operation === 'end') ended.set(goroutine, number);
  }
  return undefined;
}
