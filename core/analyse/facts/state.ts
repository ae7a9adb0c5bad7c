/**
 * What holds at a point of a trace: who holds which lock, who waits for what, what is in the channels. Found by
 * replaying the events; the trace page asks for any event, the analyses for the last.
 */
import { ABSENT, channelDirection, completed, eventAt, type Trace, type TraceEvent } from '../../trace/trace';

export type GoroutineStatus = 'unborn' | 'runnable' | 'blocked' | 'ended' | 'panicked';

export interface HeldLock {
  object: number;
  /** Event that took it. */
  event: number;
  /** Taken with RLock. */
  shared: boolean;
}

export interface GoroutineState {
  status: GoroutineStatus;
  /** Event that began to wait; ABSENT unless blocked. */
  blockedAt: number;
  /** `select-case` events of the select it waits in. */
  cases: number[];
  /** In the order taken. */
  held: HeldLock[];
  /** Its newest event; ABSENT before the first. */
  last: number;
}

export interface ChannelState {
  /** Values sent and not yet received; 0 for an unbuffered channel. */
  buffered: number;
  /** The `close`; ABSENT while open. */
  closedAt: number;
}

export interface TraceState {
  /** Number of events replayed. */
  position: number;
  /** The test function has returned. */
  returned: boolean;
  /** Index as in the header. */
  goroutines: GoroutineState[];
  /** Lock → the goroutines that hold it, as often as they do. */
  holders: Map<number, number[]>;
  /** By object index. */
  channels: Map<number, ChannelState>;
  /** Counter of each wait group. */
  waitGroups: Map<number, number>;
  /** Once → goroutine that runs its function now. */
  onces: Map<number, number>;
}

export function initialState(trace: Trace): TraceState {
  return {
    position: 0,
    returned: false,
    goroutines: trace.header.goroutines.map(() => ({
      status: 'unborn',
      blockedAt: ABSENT,
      cases: [],
      held: [],
      last: ABSENT,
    })),
    holders: new Map(),
    channels: new Map(),
    waitGroups: new Map(),
    onces: new Map(),
  };
}

/** A state of its own, which does not follow the other. */
export function copyOf(state: TraceState): TraceState {
  return {
    ...state,
    goroutines: state.goroutines.map((goroutine) => ({
      ...goroutine,
      cases: [...goroutine.cases],
      held: [...goroutine.held],
    })),
    holders: new Map([...state.holders].map(([object, holders]) => [object, [...holders]])),
    channels: new Map([...state.channels].map(([object, channel]) => [object, { ...channel }])),
    waitGroups: new Map(state.waitGroups),
    onces: new Map(state.onces),
  };
}

/** The state after the first `count` events; all of them by default. Linear. */
export function stateAfter(trace: Trace, count: number = trace.count): TraceState {
  const state = initialState(trace);
  while (state.position < Math.min(count, trace.count)) advance(trace, state);
  return state;
}

/** Takes one more event into the state. */
export function advance(trace: Trace, state: TraceState): void {
  const event = eventAt(trace, state.position++);
  const goroutine = state.goroutines[event.goroutine];
  // The clock's events stand in the name of whoever had the turn.
  if (!goroutine || event.operation === 'fire' || event.operation === 'clock') return;
  goroutine.last = event.index;
  moveGoroutine(goroutine, event);
  if (event.operation === 'go') {
    const child = state.goroutines[event.argument];
    if (child?.status === 'unborn') child.status = 'runnable';
  }
  if (event.operation === 'test-end') state.returned = true;
  if (completed(event)) takeEffect(state, event);
}

function moveGoroutine(goroutine: GoroutineState, event: TraceEvent): void {
  if (event.operation === 'select-case') {
    if (event.phase !== 'block') return;
    goroutine.cases.push(event.index);
    return;
  }
  if (goroutine.cases.length > 0) goroutine.cases = [];
  const blocks = event.phase === 'block';
  goroutine.blockedAt = blocks ? event.index : ABSENT;
  switch (event.operation) {
    case 'end':
    case 'test-end':
      goroutine.status = 'ended';
      break;
    case 'panic':
      goroutine.status = 'panicked';
      break;
    default:
      goroutine.status = blocks ? 'blocked' : 'runnable';
  }
}

function acquire(state: TraceState, event: TraceEvent): void {
  const { goroutine, object, index } = event;
  state.goroutines[goroutine]!.held.push({ object, event: index, shared: event.operation === 'rlock' });
  const holders = state.holders.get(object);
  if (holders) holders.push(goroutine);
  else state.holders.set(object, [goroutine]);
}

/** Unlock may be called by another goroutine than the one that locked. */
function release(state: TraceState, event: TraceEvent): void {
  const { object } = event;
  const shared = event.operation === 'runlock';
  const holders = state.holders.get(object) ?? [];
  const isReleasedBy = (position: number): boolean => {
    const { held } = state.goroutines[holders[position]!]!;
    const at = held.findLastIndex((lock) => lock.object === object && lock.shared === shared);
    if (at < 0) return false;
    held.splice(at, 1);
    holders.splice(position, 1);
    return true;
  };
  const own = holders.indexOf(event.goroutine);
  if (own >= 0 && isReleasedBy(own)) return;
  for (let position = 0; position < holders.length; position++) if (isReleasedBy(position)) return;
}

export function channelOf(state: TraceState, object: number): ChannelState {
  const known = state.channels.get(object);
  if (known) return known;
  const fresh = { buffered: 0, closedAt: ABSENT };
  state.channels.set(object, fresh);
  return fresh;
}

function takeEffect(state: TraceState, event: TraceEvent): void {
  const { object } = event;
  if (object < 0) return;
  switch (event.operation) {
    case 'lock':
    case 'rlock':
      acquire(state, event);
      break;
    case 'unlock':
    case 'runlock':
      release(state, event);
      break;
    case 'close':
      channelOf(state, object).closedAt = event.index;
      break;
    case 'make':
      channelOf(state, object);
      break;
    case 'wg-add':
      state.waitGroups.set(object, (state.waitGroups.get(object) ?? 0) + event.argument);
      break;
    case 'once-begin':
      state.onces.set(object, event.goroutine);
      break;
    case 'once':
      if (state.onces.get(object) === event.goroutine) state.onces.delete(object);
      break;
    default: {
      const direction = channelDirection(event);
      if (direction === undefined) return;
      const channel = channelOf(state, object);
      // A hand-over passes the count through 1 or, receive first, stays at 0 because a value cannot be owed.
      if (direction === 'send') channel.buffered++;
      else channel.buffered = Math.max(0, channel.buffered - 1);
    }
  }
}
