/**
 * What holds right after an event, for the state pane: where each goroutine stands and what it waits for, each channel's
 * buffer and waiters, each lock's holders and queue.
 */
import { phrase, type Say } from '../../protocol/phrase';
import { RECORD_WORDS } from '../../protocol/trace';
import type { TraceState } from '../analyse/facts/state';
import { goroutineName, objectName, type Wording, waitPhrase } from '../analyse/telling/wording';
import { waitOf } from '../analyse/waiting/wait-for';
import { ABSENT, channelDirection, completed, eventAt, siteAt, type Trace } from '../trace/trace';
import { type CallPlace, callsAt } from './calls';
import type { Groups } from './groups';
import { firstAtLeast } from './groups';

export interface Place {
  file: string;
  line: number;
  column: number;
  function: string;
}

/** Someone in a queue, or who put a value into a buffer; the event that shows it. */
export interface Party {
  goroutine: number;
  event: number;
}

export interface GoroutineMoment {
  goroutine: number;
  path: string;
  /** `waits` is said beside it when blocked. */
  status: 'running' | 'runnable' | 'blocked' | 'ended' | 'panicked';
  waits?: string;
  /** The event that began the wait. */
  since?: number;
  held: { object: string; event: number }[];
  /** Where it stands, then where it was started, where its starter was started, … */
  stack: (Place & { goroutine: string })[];
  /** The functions it is in, innermost first; empty where the run was not asked for call stacks. */
  calls: CallPlace[];
}

export interface ChannelMoment {
  name: string;
  capacity: number;
  /** Who has sent the values that lie in it, the oldest first. */
  buffer: Party[];
  /** The `close`; ABSENT while open. */
  closedAt: number;
  senders: Party[];
  receivers: Party[];
}

export interface LockMoment {
  name: string;
  holders: (Party & { shared: boolean })[];
  /** In the order they came. */
  queue: (Party & { shared: boolean })[];
}

export interface GroupMoment {
  name: string;
  counter: number;
  waiters: Party[];
}

/** A Once whose function runs, a condition that is waited for. */
export interface OtherMoment {
  name: string;
  kind: 'once' | 'cond';
  runs?: number;
  waiters: Party[];
}

export interface Moment {
  /** Whether the events of the run have call stacks. */
  hasCalls: boolean;
  goroutines: GoroutineMoment[];
  channels: ChannelMoment[];
  locks: LockMoment[];
  groups: GroupMoment[];
  others: OtherMoment[];
  /** Goroutines that have ended well and are not listed. */
  ended: number;
}

export interface MomentSource {
  wording: Wording;
  /** The state after the event. */
  state: TraceState;
  /** Object → its events. */
  uses: Groups;
  say: Say;
  /** Goroutine → the `go` that started it. */
  startedBy: ArrayLike<number>;
}

/** Time: goroutines, objects used until then, and for each channel with a buffer its newest events. */
export function momentAfter(source: MomentSource, index: number): Moment {
  const { wording, state } = source;
  const { trace } = wording;
  const running = runningAfter(trace, state, index);
  const waiting = new Map<number, Waiting[]>();
  const moment: Moment = {
    hasCalls: trace.stacks !== undefined,
    goroutines: [],
    channels: [],
    locks: [],
    groups: [],
    others: [],
    ended: 0,
  };
  for (const [goroutine, { status, held, blockedAt, last }] of state.goroutines.entries()) {
    if (status === 'unborn') continue;
    if (status === 'ended') {
      moment.ended++;
      continue;
    }
    const wait = waitOf(trace, state, goroutine);
    for (const { object, direction, event } of wait?.objects ?? []) {
      const list = waiting.get(object) ?? [];
      list.push({ goroutine, event, direction, shared: wait!.operation === 'rlock' });
      waiting.set(object, list);
    }
    moment.goroutines.push({
      goroutine,
      path: trace.header.goroutines[goroutine]!.path,
      status: goroutine === running ? 'running' : status,
      ...(wait ? { waits: source.say(waitPhrase(wording, wait)), since: blockedAt } : {}),
      held: held.map(({ object, event, shared }) => ({
        object: shared ? source.say(phrase`${objectName(wording, object)} (for reading)`) : objectName(wording, object),
        event,
      })),
      stack: stackOf(source, goroutine),
      calls: last === ABSENT ? [] : callsAt(trace, last),
    });
  }
  for (const queue of waiting.values()) queue.sort((a, b) => a.event - b.event);
  describeObjects(source, waiting, moment);
  return moment;
}

interface Waiting extends Party {
  direction: 'send' | 'receive' | undefined;
  shared: boolean;
}

/** Whose event it was, when it can go on and one goroutine runs at a time. */
function runningAfter(trace: Trace, state: TraceState, index: number): number {
  if (trace.header.mode !== 'control' || index < 0) return ABSENT;
  const goroutine = trace.words[index * RECORD_WORDS + 1]!;
  return state.goroutines[goroutine]?.status === 'runnable' ? goroutine : ABSENT;
}

/** The chain of `go` statements, at most so long. */
const MAX_STACK = 32;

function stackOf({ wording, state, startedBy, say }: MomentSource, goroutine: number): GoroutineMoment['stack'] {
  const { trace } = wording;
  const stack: GoroutineMoment['stack'] = [];
  const add = (event: number, by: number): void => {
    const site = event === ABSENT ? undefined : siteAt(trace, trace.words[event * RECORD_WORDS + 3]!);
    if (!site || site.internal) return;
    const { file, line, column } = site;
    stack.push({ file, line, column, function: site.function, goroutine: say(goroutineName(wording, by)) });
  };
  add(state.goroutines[goroutine]!.last, goroutine);
  for (let at = startedBy[goroutine] ?? ABSENT; at !== ABSENT && stack.length < MAX_STACK; ) {
    const starter = trace.words[at * RECORD_WORDS + 1]!;
    add(at, starter);
    const earlier = startedBy[starter] ?? ABSENT;
    if (earlier >= at) break;
    at = earlier;
  }
  return stack;
}

function describeObjects(source: MomentSource, waiting: ReadonlyMap<number, Waiting[]>, moment: Moment): void {
  const { wording, state } = source;
  const { objects } = wording.trace.header;
  const channels = new Set([...state.channels.keys(), ...keysOfKind(wording.trace, waiting, 'channel')]);
  for (const object of [...channels].sort((a, b) => a - b)) {
    const { buffered = 0, closedAt = ABSENT } = state.channels.get(object) ?? {};
    const queue = waiting.get(object) ?? [];
    const capacity = objects[object]?.capacity ?? 0;
    moment.channels.push({
      name: objectName(wording, object),
      capacity,
      buffer: capacity > 0 ? lastSends(source, object, buffered) : [],
      closedAt,
      senders: queue.filter(({ direction }) => direction === 'send'),
      receivers: queue.filter(({ direction }) => direction === 'receive'),
    });
  }
  const locks = new Set([
    ...[...state.holders].filter(([, holders]) => holders.length > 0).map(([object]) => object),
    ...keysOfKind(wording.trace, waiting, 'mutex'),
    ...keysOfKind(wording.trace, waiting, 'rwmutex'),
  ]);
  for (const object of [...locks].sort((a, b) => a - b)) {
    const holders = [...new Set(state.holders.get(object) ?? [])].flatMap((goroutine) =>
      state.goroutines[goroutine]!.held.filter((held) => held.object === object).map(({ event, shared }) => ({
        goroutine,
        event,
        shared,
      })),
    );
    moment.locks.push({ name: objectName(wording, object), holders, queue: waiting.get(object) ?? [] });
  }
  const groups = new Set([...state.waitGroups.keys(), ...keysOfKind(wording.trace, waiting, 'waitgroup')]);
  for (const object of [...groups].sort((a, b) => a - b)) {
    const counter = state.waitGroups.get(object) ?? 0;
    moment.groups.push({ name: objectName(wording, object), counter, waiters: waiting.get(object) ?? [] });
  }
  const others = new Set([
    ...state.onces.keys(),
    ...keysOfKind(wording.trace, waiting, 'once'),
    ...keysOfKind(wording.trace, waiting, 'cond'),
  ]);
  for (const object of [...others].sort((a, b) => a - b)) {
    const runs = state.onces.get(object);
    const kind = objects[object]?.kind === 'cond' ? 'cond' : 'once';
    const waiters = waiting.get(object) ?? [];
    moment.others.push({ name: objectName(wording, object), kind, ...(runs === undefined ? {} : { runs }), waiters });
  }
}

const keysOfKind = (trace: Trace, waiting: ReadonlyMap<number, unknown>, kind: string): number[] =>
  [...waiting.keys()].filter((object) => trace.header.objects[object]?.kind === kind);

/** A channel is a queue: the values in it are those of its newest sends. */
function lastSends({ wording: { trace }, state, uses }: MomentSource, object: number, buffered: number): Party[] {
  const sends: Party[] = [];
  const before = firstAtLeast(uses, object, state.position);
  for (let at = before - 1; at >= uses.offsets[object]! && sends.length < buffered; at--) {
    const event = eventAt(trace, uses.items[at]!);
    if (completed(event) && channelDirection(event) === 'send') {
      sends.push({ goroutine: event.goroutine, event: event.index });
    }
  }
  return sends.reverse();
}
