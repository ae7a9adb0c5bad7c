/**
 * What the trace would probably say of a candidate if it happened: where in the code, why, and who is woken or made. A
 * prediction of several steps goes on from there; what is guessed wrong here makes the next steps worse, as it should.
 */
import type { FlowFunction, Op, OpKind } from '../../static/flow/operations';
import type { Code } from './ahead';
import { type Candidate, partnersOf, placeOf } from './candidates';
import type { GoroutineState, SchedulerState } from './state';
import type { Frame, SchedulerEvent, SchedulingEvent } from './trace';

/** The operations that may show as an event; `end` and `call …` are steps without one. */
const DOES: Readonly<Record<Exclude<SchedulerEvent, 'GoStart'>, (kind: string) => boolean>> = {
  GoCreate: (kind) => kind === 'go' || kind.startsWith('call context.With') || kind === 'call time.AfterFunc',
  GoBlock: (kind) => kind in REASONS || kind === 'call time.Sleep',
  GoUnblock: (kind) => !['go', 'wg-wait', 'cond-wait', 'call time.Sleep'].includes(kind),
  GoSched: (kind) => kind === 'call runtime.Gosched',
  GoEnd: (kind) => kind === 'end',
};

/** What Go's tracer calls it. */
const REASONS: Readonly<Partial<Record<OpKind, string>>> = {
  lock: 'sync',
  send: 'chan send',
  receive: 'chan receive',
  select: 'select',
  'wg-wait': 'sync',
  'cond-wait': 'sync.(*Cond).Wait',
  once: 'sync',
};

/** A microsecond: what a step takes, about. */
const STEP_NANOSECONDS = 1000;

/** `test` is the test that runs. */
export function imagine(
  { event, goroutine }: Candidate,
  state: SchedulerState,
  code: Code | undefined,
  test: string,
): SchedulingEvent {
  const time = (state.recent.at(-1)?.time ?? 0) + STEP_NANOSECONDS;
  const nothing = { kind: event, by: goroutine, proc: -1, reason: '', stack: [], entry: [], time };
  if (event === 'GoStart') return { ...nothing, goroutine, by: -1, proc: freeProcessor(state) };
  const actor = state.goroutines.get(goroutine);
  if (!actor) return { ...nothing, goroutine: sleeper(state) };
  const place = code && placeOf(actor, code, test);
  const step = place?.steps
    .filter(({ kind }) => DOES[event](kind))
    .sort((a, b) => a.depth - b.depth || b.weight - a.weight)[0];
  const stack = step?.op && code ? stackAt(step.op, actor, code) : actor.stack;
  const acted = { ...nothing, stack, proc: actor.proc };
  switch (event) {
    case 'GoCreate':
      return { ...acted, goroutine: Math.max(...state.goroutines.keys()) + 1, entry: entryOf(step?.op, code) };
    case 'GoUnblock':
      return { ...acted, goroutine: woken(state, step?.op, code) };
    case 'GoBlock':
      return { ...acted, goroutine, reason: step?.op ? (REASONS[step.op.kind] ?? 'sleep') : 'unknown' };
    default:
      return { ...acted, goroutine };
  }
}

function freeProcessor({ goroutines, procs }: SchedulerState): number {
  const taken = new Set([...goroutines.values()].filter(({ status }) => status === 'running').map(({ proc }) => proc));
  for (let proc = 0; proc < procs; proc++) if (!taken.has(proc)) return proc;
  return 0;
}

const waitingOf = ({ goroutines }: SchedulerState): GoroutineState[] =>
  [...goroutines.values()].filter(({ status }) => status === 'waiting').sort((a, b) => a.at - b.at);

/** Whom a timer wakes: who sleeps longest, or else who waits longest. */
function sleeper(state: SchedulerState): number {
  const waiting = waitingOf(state);
  return (waiting.find(({ reason }) => reason === 'sleep') ?? waiting[0])?.id ?? -1;
}

function woken(state: SchedulerState, op: Op | undefined, code: Code | undefined): number {
  const waiting = waitingOf(state);
  const [partner] = op && code ? partnersOf(op, waiting, code) : [];
  return (partner ?? waiting[0])?.id ?? -1;
}

/** The frames that the actor stands on, with the operation's function on top. */
function stackAt(op: Op, { stack, entry }: GoroutineState, code: Code): Frame[] {
  const frames = stack.length > 0 ? stack : entry;
  const below = frames.findIndex((frame) => code.on([frame])[0] === op.fn);
  const rest = below >= 0 ? frames.slice(below + 1) : stack.filter((frame) => code.on([frame]).length > 0);
  return [frameOf(op.fn, code.lineOf(op)), ...rest];
}

function entryOf(op: Op | undefined, code: Code | undefined): Frame[] {
  const target = op?.call?.literal ?? (op && code?.functionRunBy(op));
  return target && code ? [frameOf(target, code.firstLine(target))] : [];
}

const frameOf = (fn: FlowFunction, line: number): Frame => ({
  function: `imagined.${fn.name}`,
  file: fn.file.path,
  line,
});
