/**
 * The same question in words, for a language model: the code that the goroutines run, what each does, and what happened
 * last. It ends with the syllable that all events begin with, so that the next token tells which one comes.
 */
import type { FlowFunction } from '../../static/flow/operations';
import { outermost } from '../../static/flow/operations';
import type { Code } from './ahead';
import { told } from './evidence';
import type { GoroutineState, SchedulerState } from './state';
import { SCHEDULER_EVENTS, type SchedulerEvent } from './trace';

/** What each event's name begins with; the prompt ends with it. */
const COMMON = 'Go';

/** Characters of source: what does not fit is left out, function by function, the test's last. */
const MOST_SOURCE = 6000;
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
    ...listed.map(describe),
    'Events so far, the last ones:',
    ...state.recent.map((event) => told(event, state)),
    `Next event: ${COMMON}`,
  ].join('\n');
}

/** What is left to say of an event after the prompt. */
export const continuation = (event: SchedulerEvent): string => event.slice(COMMON.length);

/** The event that a token begins to say; undefined where it says none, or may yet become one of two. */
export function eventOf(token: string): SchedulerEvent | undefined {
  const said = token.trim();
  if (said === '') return undefined;
  const meant = SCHEDULER_EVENTS.filter((event) => continuation(event).startsWith(said));
  return meant.length === 1 ? meant[0] : undefined;
}

function describe(one: GoroutineState): string {
  const frames = one.stack.length > 0 ? one.stack : one.entry;
  const where = frames.slice(0, 4).map(({ function: name, line }) => `${short(name)}:${line}`);
  const did = one.did && one.stack.length > 0 ? `after ${one.did.kind}` : 'new';
  return `- ${one.path} ${one.status}${one.reason ? ` (${one.reason})` : ''}, ${did} in ${where.join(' < ') || 'unknown code'}`;
}

const short = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** The declared functions that stand on the stacks, and the test. */
function sourceOf(goroutines: readonly GoroutineState[], code: Code, test: string): string {
  const found = new Set<FlowFunction>(code.named(test).map(outermost));
  for (const { stack, entry } of goroutines) for (const fn of code.on([...stack, ...entry])) found.add(outermost(fn));
  let left = MOST_SOURCE;
  const parts: string[] = [];
  for (const { node } of found) {
    const { text } = node;
    if (text.length > left) continue;
    left -= text.length;
    parts.push(text);
  }
  return parts.join('\n\n');
}
