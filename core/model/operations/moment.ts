/** What a run is like before a step: who can go on, what each goroutine is about to do or waits to do, and on what. */
import type { Operation } from '../../../protocol/trace';
import { advance, copyOf, initialState, type TraceState } from '../../analyse/facts/state';
import { Acquaintance, unreached } from '../../analyse/waiting/unreached';
import { waitOf } from '../../analyse/waiting/wait-for';
import { ABSENT, channelDirection, completed, eventAt, siteIndexOf } from '../../trace/trace';
import { ChannelNames } from './channel-names';
import { eventFrom, type SeenRun, stepFrom, wasWoken } from './seen-run';

/** A channel that a select may use. */
export interface KnownCase {
  index: number;
  object: number;
  direction: 'send' | 'receive' | undefined;
}

/** What a goroutine is about to do, or waits to do. */
export interface Doing {
  goroutine: number;
  path: string;
  operation: Operation;
  /** Index in the header's table; ABSENT when not known. */
  site: number;
  /** ABSENT: none, or a select. */
  object: number;
  /** Of a select those that are known: it waits, or the goroutine has waited there before. */
  cases: readonly KnownCase[];
  /** Of a select that comes: by its cases, the channels that have gone by the names of their operands until now. */
  named: readonly (readonly KnownCase[])[];
  waiting: boolean;
  /** It has done or got what it waited for, and only goes on. */
  over: boolean;
  /** By TryLock or TryRLock. */
  tries: boolean;
  /** How often the goroutine has been here before. */
  before: number;
}

export interface Moment {
  run: SeenRun;
  step: number;
  /** Events before it. */
  position: number;
  /** Names the steps before it. */
  prefix: string;
  state: TraceState;
  /** Who had the turn before; ABSENT at the beginning. */
  current: number;
  /** Of the live goroutines whose next operation the run shows, by index. */
  doing: ReadonlyMap<number, Doing>;
  /** Who can go on, lowest index first. */
  free: readonly number[];
  /** Who can never be unblocked. */
  unreached: ReadonlySet<number>;
  /** Object → who has done what with it until now. */
  users: ReadonlyMap<number, ReadonlyMap<string, ReadonlySet<number>>>;
}

/** Before each of these steps, which rise. Time: events, and for each step the goroutines and what they know. */
export function* momentsOf(run: SeenRun, steps: Iterable<number>): Generator<Moment> {
  const { trace } = run;
  const state = initialState(trace);
  const acquaintance = new Acquaintance(trace);
  const past = new Past(run);
  let taken = 0;
  let hash = FNV_BASIS;
  for (const step of steps) {
    const at = run.steps[step]?.at;
    if (at === undefined) return;
    while (state.position < Math.min(at, trace.count)) {
      past.take(state.position);
      advance(trace, state);
    }
    acquaintance.advance(state.position);
    for (; taken < step; taken++) {
      const { g, op, case: chosen } = run.steps[taken]!;
      hash = mixed(hash, `${g} ${op} ${chosen ?? ''};`);
    }
    const now = copyOf(state);
    const doing = new Map<number, Doing>();
    for (const goroutine of now.goroutines.keys()) {
      const one = doingOf(run, now, past, goroutine, step);
      if (one) doing.set(goroutine, one);
    }
    yield {
      run,
      step,
      position: state.position,
      prefix: `${step}:${hash >>> 0}`,
      state: now,
      current: step === 0 ? ABSENT : (run.indexOf.get(run.steps[step - 1]!.g) ?? ABSENT),
      doing,
      free: [...now.goroutines.keys()].filter((goroutine) => isFree(run, now, goroutine)),
      unreached: unreached(trace, now, acquaintance),
      users: past.copyOfUsers(),
    };
  }
}

const FNV_BASIS = 0x811c9dc5;

/** FNV-1a, 32 bits. */
function mixed(hash: number, text: string): number {
  let mix = hash;
  for (let index = 0; index < text.length; index++) mix = Math.imul(mix ^ text.charCodeAt(index), 0x01000193);
  return mix;
}

/** What is remembered of the events before. */
class Past {
  private readonly visits = new Map<string, number>();
  private readonly casesAt = new Map<string, KnownCase[]>();
  private readonly users = new Map<number, Map<string, Set<number>>>();
  readonly names: ChannelNames;

  constructor(private readonly run: SeenRun) {
    this.names = new ChannelNames(run.trace);
  }

  take(index: number): void {
    const event = eventAt(this.run.trace, index);
    const key = `${event.goroutine} ${event.site}`;
    this.names.take(event);
    if (event.operation === 'select-case') {
      const cases = this.casesAt.get(key) ?? [];
      this.casesAt.set(
        key,
        cases
          .filter((known) => known.index !== event.aux)
          .concat({ index: event.aux, object: event.object, direction: channelDirection(event) }),
      );
    }
    const isDone = completed(event) || (event.phase === 'refused' && event.operation !== 'select-case');
    if (isDone) this.visits.set(key, (this.visits.get(key) ?? 0) + 1);
    if (event.object === ABSENT || event.operation === 'read' || event.operation === 'write') return;
    const use =
      channelDirection(event) ?? (event.operation === 'wg-add' && event.argument < 0 ? 'done' : event.operation);
    const uses = this.users.get(event.object) ?? new Map<string, Set<number>>();
    this.users.set(event.object, uses);
    const of = uses.get(use) ?? new Set<number>();
    uses.set(use, of);
    of.add(event.goroutine);
  }

  before(goroutine: number, site: number): number {
    return this.visits.get(`${goroutine} ${site}`) ?? 0;
  }

  cases(goroutine: number, site: number): readonly KnownCase[] {
    return this.casesAt.get(`${goroutine} ${site}`) ?? [];
  }

  copyOfUsers(): Moment['users'] {
    return new Map(
      [...this.users].map(([object, uses]) => [object, new Map([...uses].map(([use, who]) => [use, new Set(who)]))]),
    );
  }
}

function doingOf(run: SeenRun, state: TraceState, past: Past, goroutine: number, step: number): Doing | undefined {
  const { trace } = run;
  const { status, blockedAt, last } = state.goroutines[goroutine]!;
  const { path } = trace.header.goroutines[goroutine]!;
  if (status === 'blocked') {
    const wait = waitOf(trace, state, goroutine);
    if (!wait) return undefined;
    const { site, argument } = eventAt(trace, blockedAt);
    const cases = wait.objects.map(({ object, direction, event }) => ({
      index: eventAt(trace, event).aux,
      object,
      direction,
    }));
    const select = wait.operation === 'select';
    return {
      ...{ goroutine, path, operation: wait.operation, site, waiting: true, over: false, tries: argument === BY_TRY },
      object: select ? ABSENT : (wait.objects[0]?.object ?? ABSENT),
      cases: select ? cases : [],
      named: [],
      before: past.before(goroutine, site),
    };
  }
  if (status !== 'runnable') return undefined;
  const next = stepFrom(run, goroutine, step);
  const operation = next === ABSENT ? undefined : run.steps[next]!.op;
  if (operation === undefined) return undefined;
  const over = wasWoken(trace, last) && eventAt(trace, last).operation === operation;
  if (over) {
    const site = siteIndexOf(trace, last);
    const done = { operation, site, waiting: false, over, tries: false };
    return { goroutine, path, ...done, object: ABSENT, cases: [], named: [], before: past.before(goroutine, site) };
  }
  const event = eventFrom(run, goroutine, state.position);
  if (!event || event.operation !== operation) {
    const unknown = {
      site: ABSENT,
      object: ABSENT,
      cases: [],
      named: [],
      waiting: false,
      over,
      tries: false,
      before: 0,
    };
    return { goroutine, path, operation, ...unknown };
  }
  const { site } = event;
  const select = operation === 'select';
  return {
    ...{ goroutine, path, operation, site, waiting: false, over },
    // Which channel a select has met says how it went.
    object: select ? ABSENT : event.object,
    cases: select ? past.cases(goroutine, site) : [],
    named: select ? past.names.ofCases(site) : [],
    tries: event.operation.endsWith('lock') && (event.phase === 'refused' || event.argument === BY_TRY),
    before: past.before(goroutine, site),
  };
}

const BY_TRY = 1;

/** Whoever waits for a lock goes on by itself when the lock is free; others are woken by who lets them go. */
function isFree(run: SeenRun, state: TraceState, goroutine: number): boolean {
  const { trace } = run;
  const { status, blockedAt } = state.goroutines[goroutine]!;
  if (status === 'runnable') return true;
  if (status !== 'blocked' || blockedAt === ABSENT) return false;
  const { operation, object, site } = eventAt(trace, blockedAt);
  switch (operation) {
    case 'lock':
    case 'rlock': {
      const holders = state.holders.get(object) ?? [];
      if (operation === 'rlock' && holders.length > 0) return false;
      return holders.length === 0 && isFirst(run, state, goroutine, object);
    }
    case 'wg-wait':
      return (state.waitGroups.get(object) ?? 0) <= 0;
    case 'once':
      return !state.onces.has(object);
    case 'sleep':
      return hasFired(run, site, blockedAt, state.position);
    default:
      return false;
  }
}

/** Unlock wakes who has waited longest; readers it wakes all. */
function isFirst({ trace }: SeenRun, state: TraceState, goroutine: number, object: number): boolean {
  const mine = eventAt(trace, state.goroutines[goroutine]!.blockedAt);
  return state.goroutines.every(({ status, blockedAt }, other) => {
    if (other === goroutine || status !== 'blocked' || blockedAt === ABSENT || blockedAt > mine.index) return true;
    const theirs = eventAt(trace, blockedAt);
    return theirs.object !== object || (mine.operation === 'rlock' && theirs.operation === 'rlock');
  });
}

function hasFired({ trace }: SeenRun, site: number, from: number, to: number): boolean {
  for (let index = to - 1; index > from; index--) {
    const event = eventAt(trace, index);
    if (event.operation === 'fire' && event.site === site) return true;
  }
  return false;
}

/** The goroutine that a step belongs to. */
export const whoseTurn = ({ run, step }: Moment): number => run.indexOf.get(run.steps[step]?.g ?? '') ?? ABSENT;
