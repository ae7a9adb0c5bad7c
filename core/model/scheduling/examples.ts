/** Questions to a model, with what happened: the states of a run before some of its events. */
import type { Code } from './ahead';
import { type Candidate, fromCodeAlone, placeOf, type Situation, situation, type Told } from './candidates';
import { likenesses, told as said } from './evidence';
import { fiveFeatures, lastEvents } from './markov';
import { Memory } from './memory';
import { prompt, promptFromCode } from './prompt';
import { SchedulerState } from './state';
import { isPredicted, type SchedulerEvent, type SchedulingEvent, type SchedulingTrace } from './trace';

/** What happened at one place of a run, and what the place is like. */
export interface Lesson {
  /** The event that happened. */
  event: SchedulerEvent;
  /** Its place among the predicted events of the trace, 0-based. */
  position: number;
  /** The same for runs that went the same way so far. */
  prefix: string;
  /** For Evidence. */
  likenesses: readonly string[];
  /** For Markov: of five features, and of the last events. */
  five: readonly string[];
  last: readonly string[];
}

/** With what a model is asked. */
export interface Example extends Lesson, Situation {
  /** Which candidate happened; -1: none, the trace is at odds with the state. */
  truth: number;
  /** Asked of one goroutine from its code alone: what it does next. */
  alone?: true;
  /** For a language model, where it is asked for. */
  prompt?: string;
}

/** Before the events at these places among the trace's predicted events; rising. */
export function lessons(trace: SchedulingTrace, positions: readonly number[]): Lesson[] {
  const found: Lesson[] = [];
  follow(trace, positions, (lesson) => found.push(lesson));
  return found;
}

/** The same, and what a model is told of each; with `alone` also what it is told of the code alone. `test` is the test that runs; without `code` less is told. */
export function examples(
  trace: SchedulingTrace,
  code: Code | undefined,
  test: string,
  positions: readonly number[],
  { prompts = false, alone = false, ...told }: Told & { prompts?: boolean; alone?: boolean } = {},
): Example[] {
  const memory = new Memory();
  const found: Example[] = [];
  follow(
    trace,
    positions,
    (lesson, state, event) => {
      const asked = situation(state, memory, code, test, told);
      found.push({
        ...lesson,
        ...asked,
        truth: asked.candidates.findIndex((candidate) => isWhat(candidate, event)),
        ...(prompts ? { prompt: prompt(state, code, test) } : {}),
      });
      const actor = alone && code && state.goroutines.get(event.by);
      const place = actor && placeOf(actor, code, test);
      if (place && place.steps.length > 0) {
        const from = fromCodeAlone(place, event.by);
        const truth = from.candidates.findIndex((candidate) => isWhat(candidate, event));
        const frames = actor.stack.length > 0 ? actor.stack : actor.entry;
        if (truth >= 0)
          found.push({
            ...{ ...lesson, ...from, truth, prefix: `${lesson.prefix} ${actor.path}`, alone: true },
            ...(prompts ? { prompt: promptFromCode(code, place, frames, code.on(frames)) } : {}),
          });
      }
    },
    (event) => memory.take(event),
  );
  return found;
}

function follow(
  trace: SchedulingTrace,
  positions: readonly number[],
  ask: (lesson: Lesson, state: SchedulerState, event: SchedulingEvent) => void,
  pass?: (event: SchedulingEvent) => void,
): void {
  const wanted = new Set(positions);
  const state = new SchedulerState(trace.procs);
  let hash = 0x811c9dc5;
  let position = 0;
  for (const event of trace.events) {
    const predicted = isPredicted(event);
    if (predicted && wanted.has(position)) {
      const prefix = `${position}:${hash >>> 0}`;
      const lesson = {
        event: event.kind as SchedulerEvent,
        position,
        prefix,
        likenesses: likenesses(state, prefix),
        five: fiveFeatures(state),
        last: lastEvents(state, MOST_ORDER),
      };
      ask(lesson, state, event);
    }
    if (predicted) {
      pass?.(event);
      position++;
    }
    // A new goroutine has a name only after, one that ends only before.
    const before = event.kind === 'GoCreate' ? '' : said(event, state);
    state.take(event);
    if (predicted) hash = mixed(hash, before || said(event, state));
  }
}

/** The longest Markov chain's. */
const MOST_ORDER = 5;

/** FNV-1a, 32 bits. */
function mixed(hash: number, text: string): number {
  let mix = hash;
  for (let index = 0; index < text.length; index++) mix = Math.imul(mix ^ text.charCodeAt(index), 0x01000193);
  return mix;
}

/** Places at these shares of a trace, 0 ≤ share < 1, of its predicted events. */
export function placesAt(trace: SchedulingTrace, shares: readonly number[]): number[] {
  const length = trace.events.filter(isPredicted).length;
  return [...new Set(shares.map((share) => Math.floor(length * share)))].filter((place) => place < length);
}

/** At most so many places, evenly spread, and these. Rising. */
export function placesThrough(trace: SchedulingTrace, most: number, also: readonly number[]): number[] {
  const length = trace.events.filter(isPredicted).length;
  const every = Math.max(1, Math.floor(length / most));
  const places = Array.from({ length: Math.floor(length / every) }, (_, index) => index * every);
  return [...new Set([...places, ...also])].sort((a, b) => a - b);
}

function isWhat({ event, goroutine }: Candidate, happened: SchedulingEvent): boolean {
  if (event !== happened.kind) return false;
  return goroutine === (event === 'GoCreate' || event === 'GoUnblock' ? happened.by : happened.goroutine);
}
