/**
 * The same question in words, for a language model: the code that the goroutines run, what each does, and what happened
 * last. It ends with the syllable that all events begin with, so that the next token tells which one comes.
 */
import type { FlowFunction } from '../../static/flow/operations';
import { outermost } from '../../static/flow/operations';
import type { Code, Place } from './ahead';
import { placeOf } from './candidates';
import { told } from './evidence';
import type { GoroutineState, SchedulerState } from './state';
import type { Frame, SchedulerEvent } from './trace';

/** What each event's name begins with; the prompt ends with it. */
export const COMMON = 'Go';

/** Characters of source: what does not fit is left out, function by function, the test's last. */
const MOST_SOURCE = 3000;
const MOST_LINE = 60;
const MOST_GOROUTINES = 24;

export function prompt(state: SchedulerState, code: Code | undefined, test: string): string {
  const all = [...state.goroutines.values()];
  const listed = all.filter(({ status }) => status !== 'waiting').slice(0, MOST_GOROUTINES);
  listed.push(...all.filter(({ status }) => status === 'waiting').slice(0, MOST_GOROUTINES - listed.length));
  const source = code ? sourceOf(listed, code, test) : '';
  return [
    ...(source ? ['Go program:', source] : []),
    `GOMAXPROCS: ${state.procs}`,
    'Goroutines:',
    ...listed.map((one) => describe(one, code, test)),
    'Events so far, the last ones:',
    ...state.recent.map((event) => told(event, state)),
    `Next event: ${COMMON}`,
  ].join('\n');
}

/** Operations ahead that are told, of each depth. */
const MOST_AHEAD = 4;

/** Of one goroutine, when nothing is known but where it is in the code: `frames`, innermost first. */
export function promptFromCode(
  code: Code,
  place: Place,
  frames: readonly Frame[],
  functions: readonly FlowFunction[],
): string {
  const source = fitting(new Set(functions.map(outermost)));
  return [
    ...(source ? ['Go program:', source] : []),
    `A goroutine is in ${described(frames, code)}${ahead(place)}`,
    `Its next event: ${COMMON}`,
  ].join('\n');
}

/** What is left to say of an event after the prompt. */
export const continuation = (event: SchedulerEvent): string => event.slice(COMMON.length);

function describe(one: GoroutineState, code: Code | undefined, test: string): string {
  const { path, status, reason, did, stack, entry } = one;
  const how = did && stack.length > 0 ? `after ${did.kind}` : 'new';
  const where = described(stack.length > 0 ? stack : entry, code);
  const next = code && status !== 'waiting' ? ahead(placeOf(one, code, test)) : '';
  return `- ${path} ${status}${reason ? ` (${reason})` : ''}, ${how} in ${where}${next}`;
}

/** The innermost function of the program with the text of its line, and who called it. */
function described(frames: readonly Frame[], code: Code | undefined): string {
  let quoted = false;
  const told = frames.slice(0, 4).map((frame) => {
    const text = quoted ? undefined : code?.lineAt(frame);
    quoted ||= text !== undefined;
    return `${short(frame.function)}${text === undefined ? '' : ` \`${text.slice(0, MOST_LINE)}\``}`;
  });
  return told.join(' < ') || 'unknown code';
}

function ahead(place: Place | undefined): string {
  const depths = [1, 2].map((depth) =>
    (place?.steps ?? [])
      .filter((step) => step.depth === depth)
      .slice(0, MOST_AHEAD)
      .map(({ kind, weight }) => `${kind} ${Math.round(weight * 100)} %`)
      .join(', '),
  );
  const told = depths.filter((each) => each !== '').join('; then ');
  return told === '' ? '' : `; comes to: ${told}`;
}

const short = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** The declared functions that stand on the stacks, and the test. */
function sourceOf(goroutines: readonly GoroutineState[], code: Code, test: string): string {
  const found = new Set<FlowFunction>(code.named(test).map(outermost));
  for (const { stack, entry } of goroutines) for (const fn of code.on([...stack, ...entry])) found.add(outermost(fn));
  return fitting(found);
}

function fitting(functions: ReadonlySet<FlowFunction>): string {
  let left = MOST_SOURCE;
  const parts: string[] = [];
  for (const { node } of functions) {
    const { text } = node;
    if (text.length > left) continue;
    left -= text.length;
    parts.push(text);
  }
  return parts.join('\n\n');
}
