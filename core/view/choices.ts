/** At a step of the scheduler: who went on, and who else could have, with what each was about to do. */
import type { Turn } from '../../protocol/schedule';
import type { TraceState } from '../analyse/facts/state';
import type { Distribution } from '../model/counts';
import { outcomeOf } from '../model/operations/outcome';
import { ABSENT, eventAt, goroutineOf, type Trace } from '../trace/trace';
import type { Expectation } from './expectation';
import { firstAtLeast, type Groups, itemsOf } from './groups';

export interface Choice {
  goroutine: number;
  path: string;
  /** It was this one that went on. */
  taken: boolean;
  /** Its next event in this run; ABSENT when it did nothing more. */
  next: number;
  /** What happened next at that operation in all runs; absent when nothing is known of it. */
  distribution?: Distribution;
  /** Outcome among those of the distribution that this run had. */
  happened?: string;
}

export interface Step {
  /** Number of the step, from 0; ABSENT when the trace has no schedule. */
  step: number;
  /** The step's first event: what is chosen is chosen before it. */
  event: number;
  choices: Choice[];
}

/** The step that an event belongs to, the last one that begins there; -1 before the first. */
export function stepOf(turns: readonly Turn[], event: number): number {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (turns[middle]!.at <= event) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface ChoiceSource {
  trace: Trace;
  /** Events of each goroutine. */
  events: Groups;
  expected: Expectation;
}

/** `before` is the state before `event`, with which the step begins; `turn` the path of whoever had it, where that is known. */
export function choicesAt(
  source: ChoiceSource,
  before: TraceState,
  { step, event, turn }: { step: number; event: number; turn: string | undefined },
): Step {
  const { trace } = source;
  // What somebody does first in a step may stand in the name of whom it wakes.
  const named = trace.header.goroutines.findIndex(({ path }) => path === turn);
  const taken = named >= 0 ? named : event < trace.count ? goroutineOf(trace, event) : ABSENT;
  const choices: Choice[] = [];
  for (const [goroutine, { status }] of before.goroutines.entries()) {
    if (status !== 'runnable' && goroutine !== taken) continue;
    const at = firstAtLeast(source.events, goroutine, event);
    const next = at < source.events.offsets[goroutine + 1]! ? source.events.items[at]! : ABSENT;
    const choice: Choice = {
      goroutine,
      path: trace.header.goroutines[goroutine]!.path,
      taken: goroutine === taken,
      next,
    };
    const expected = next === ABSENT ? undefined : source.expected(next);
    if (expected) {
      choice.distribution = expected;
      const outcome = outcomeOf(trace, itemsOf(source.events, goroutine), eventAt(trace, next));
      if (outcome !== undefined) choice.happened = outcome;
    }
    choices.push(choice);
  }
  // Whoever went on, then in the order in which they did, then who never did.
  const when = ({ next }: Choice) => (next === ABSENT ? trace.count : next);
  choices.sort((a, b) => Number(b.taken) - Number(a.taken) || when(a) - when(b));
  return { step, event, choices };
}
