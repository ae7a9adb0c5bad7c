/**
 * What the scheduler can do next, and what speaks for each of it. Only events that the state allows are candidates, so
 * whatever scores them gives probability 0 to all others.
 */
import type { Op } from '../../static/flow/operations';
import type { Code, Place, Step } from './ahead';
import { saidBy } from './code-says';
import type { Memory } from './memory';
import type { GoroutineState, SchedulerState } from './state';
import type { Frame, SchedulerEvent, SchedulingEvent } from './trace';

export interface Candidate {
  event: SchedulerEvent;
  /** Who starts or acts; -1: a timer or the network, which wakes somebody. */
  goroutine: number;
  /** Features in words; features.ts makes numbers of them. */
  features: string[];
  /** The goroutine's code certainly comes to it first. */
  sure?: true;
}

/** What a model is told; all of it unless an ablation leaves something out. */
export interface Told {
  /** What the others wait for and hold. */
  synchronisation?: boolean;
}

export interface Situation {
  candidates: Candidate[];
  /** Features of the state as a whole. */
  features: string[];
}

const ACTS: readonly SchedulerEvent[] = ['GoCreate', 'GoBlock', 'GoUnblock', 'GoSched', 'GoEnd'];

const few = (count: number, most: number): string => (count > most ? `>${most}` : `${count}`);
/** Nanoseconds in powers of four: machines differ, orders of magnitude say enough. */
const span = (nanoseconds: number): string =>
  `${Math.max(0, Math.min(12, Math.floor(Math.log2(Math.max(nanoseconds, 1)) / 2)))}`;

/** Of a run of the test, by name. Without the code, the places on the stacks in the standard library still speak. */
export function situation(
  state: SchedulerState,
  memory: Memory,
  code: Code | undefined,
  test: string,
  { synchronisation = true }: Told = {},
): Situation {
  const all = [...state.goroutines.values()];
  const running = all.filter(({ status }) => status === 'running');
  const runnable = all.filter(({ status }) => status === 'runnable').sort((a, b) => a.at - b.at);
  const waiting = all.filter(({ status }) => status === 'waiting');
  const inSystem = all.filter(({ status }) => status === 'syscall');
  const last = state.recent.at(-1);
  const now = last?.time ?? 0;
  const idle = state.procs - running.length;
  const [a, b, c] = [-1, -2, -3].map((index) => shortly(state.recent.at(index)));
  const features = [
    `running ${few(running.length, 3)} runnable ${few(runnable.length, 3)}`,
    `idle ${few(Math.max(idle, 0), 2)} runnable ${few(runnable.length, 2)}`,
    `running ${few(running.length, 3)} system ${few(inSystem.length, 2)}`,
    `runnable ${few(runnable.length, 8)}`,
    `waiting ${few(waiting.length, 8)}`,
    `procs ${few(state.procs, 8)}`,
    `count ${span(state.count)}`,
    `last ${a}`,
    `last ${a} ${b}`,
    `last ${a} ${b} ${c}`,
    `asleep ${few(waiting.filter(({ reason }) => reason === 'sleep').length, 2)}`,
  ];
  const candidates: Candidate[] = [];
  const waiters = code && synchronisation ? waitersOf(waiting, code) : [];
  const holders = code && synchronisation ? [...running, ...runnable, ...waiting, ...inSystem] : [];
  for (const [rank, one] of runnable.entries()) {
    candidates.push({
      event: 'GoStart',
      goroutine: one.id,
      features: [
        `start rank ${few(rank, 4)} of ${few(runnable.length, 4)}`,
        `start newest ${rank === runnable.length - 1} idle ${idle > 0}`,
        `start woken ${one.woken?.kind ?? 'unseen'} ${topOf(one.woken?.stack)}`,
        `start by ${one.woken && one.woken.by < 0 ? 'nobody' : 'goroutine'} idle ${few(Math.max(idle, 0), 2)}`,
        `start waited ${span(now - (one.since?.time ?? 0))} idle ${few(Math.max(idle, 0), 2)}`,
        `start ago ${few(state.taken - one.at, 6)} idle ${few(Math.max(idle, 0), 2)} running ${few(running.length, 2)}`,
        `start entry ${libraryName(one.entry[0])}`,
        `start last ${last?.goroutine === one.id}`,
      ],
    });
  }
  for (const one of [...running, ...inSystem]) {
    const place = code ? placeOf(one, code, test) : undefined;
    const words = wordsOf(one, place, synchronisation ? { waiters, holders } : undefined, code, now);
    const said = place && saidBy(place.steps);
    const acted = `${last && (last.by === one.id || last.goroutine === one.id)}`;
    const before = memory.acted(one);
    const times = [...(before?.values() ?? [])].reduce((sum, each) => sum + each, 0);
    for (const event of ACTS) {
      const of = [`${event} ${one.status}`, `${event} alone ${running.length === 1} ${runnable.length > 0}`];
      of.push(`${event} last ${acted} running ${few(running.length, 2)}`);
      for (const word of words) of.push(`${event} ${word}`);
      of.push(`${event} before ${times === 0 ? 'never' : share(before?.get(event) ?? 0, times)} of ${few(times, 3)}`);
      candidates.push({ event, goroutine: one.id, features: of, ...(event === said ? { sure: true } : {}) });
    }
  }
  if (waiting.length > 0) {
    const of = [`outside running ${few(running.length, 2)} runnable ${few(runnable.length, 1)}`];
    for (const reason of new Set(waiting.map(({ reason }) => reason))) of.push(`outside waits ${reason}`);
    candidates.push({ event: 'GoUnblock', goroutine: -1, features: of });
  }
  for (const { event, goroutine, features: of } of candidates) {
    const { longest, known } = memory.agrees(event, goroutine);
    of.push(`${event} again ${longest} of ${known}`);
  }
  return { candidates, features };
}

const share = (part: number, whole: number): string =>
  part === 0 ? 'none' : part === whole ? 'all' : part * 2 > whole ? 'most' : 'some';

function shortly(event: SchedulingEvent | undefined): string {
  if (!event) return '-';
  return event.kind === 'GoBlock' || event.kind === 'GoSched' ? `${event.kind} ${event.reason}` : event.kind;
}

const LIBRARY = /^(?:[a-z][a-z0-9]*(?:\/[a-z0-9]+)*)\.[^/]*$/u;

/** Of the standard library or the generated main; other names mean nothing in other programs. */
function libraryName(frame: Frame | undefined): string {
  if (!frame) return 'none';
  const { function: name } = frame;
  const path = name.slice(0, name.indexOf('.', name.lastIndexOf('/') + 1));
  return LIBRARY.test(name) && !path.includes('_test') && isStandard(frame) ? name : 'user';
}

const isStandard = ({ file, function: name }: Frame): boolean =>
  /[\\/]src[\\/](?:runtime|sync|testing|time|context|internal|os|net|io|bufio|fmt|log|reflect|iter|crypto|database|encoding|syscall)\b/u.test(
    file,
  ) || name === 'main.main';

/** The functions of the library on top of the stack, and whether the user's code called them. */
function topOf(stack: readonly Frame[] | undefined): string {
  if (!stack || stack.length === 0) return 'nowhere';
  const names = stack.map(libraryName);
  const user = names.indexOf('user');
  const top = user < 0 ? names : names.slice(0, user);
  const outer = top.filter((name) => !name.startsWith('runtime.')).at(-1) ?? top.at(-1);
  return `${outer ?? 'user'}`;
}

export function placeOf(one: GoroutineState, code: Code, test: string): Place | undefined {
  if (one.stack.length > 0) return code.after(one.stack);
  return one.entry.length > 0 ? code.from(one.entry, test) : undefined;
}

interface Waiter {
  one: GoroutineState;
  ops: readonly Op[];
}

/** Of an operation's goroutine: who waits for what, and who may hold what. */
interface Others {
  waiters: readonly Waiter[];
  holders: readonly GoroutineState[];
}

function waitersOf(waiting: readonly GoroutineState[], code: Code): Waiter[] {
  return waiting.flatMap((one) => {
    const op = one.stack.length > 0 ? code.after(one.stack).op : undefined;
    return op ? [{ one, ops: op.info ? op.info.cases : [op] }] : [];
  });
}

const OPPOSITE: Readonly<Record<string, RegExp>> = {
  unlock: /^lock$/u,
  send: /^receive$/u,
  receive: /^send$/u,
  close: /^(?:send|receive)$/u,
  'wg-done': /^wg-wait$/u,
  'cond-signal': /^cond-wait$/u,
  'cond-broadcast': /^cond-wait$/u,
};

/** Whether the two mean one thing: surely for fields and variables, perhaps where types are all that fits. */
function same(a: Op, b: Op): 'same' | 'perhaps' | undefined {
  if (!a.place || !b.place) return 'perhaps';
  if (a.place.owner === b.place.owner) return 'same';
  const parameter = a.place.root.parameter !== undefined || b.place.root.parameter !== undefined;
  return parameter && a.place.owner.startsWith('#') !== b.place.owner.startsWith('#') ? 'perhaps' : undefined;
}

function partners(op: Op, waiters: readonly Waiter[]): string {
  const wanted = OPPOSITE[op.kind];
  if (!wanted) return '';
  let best = 'no';
  for (const { ops } of waiters) {
    for (const other of ops) {
      if (!wanted.test(other.kind)) continue;
      const fits = same(op, other);
      if (fits === 'same') return 'same';
      if (fits) best = fits;
    }
  }
  return best;
}

/** Who waits for what an operation does, those first that surely do. */
export function partnersOf(op: Op, waiting: readonly GoroutineState[], code: Code): GoroutineState[] {
  const ops = op.info ? op.info.cases : [op];
  const likely = (waiter: Waiter) => {
    const found = ops.map((each) => partners(each, [waiter]));
    return found.includes('same') ? 2 : found.includes('perhaps') ? 1 : 0;
  };
  return waitersOf(waiting, code)
    .map((waiter) => ({ one: waiter.one, how: likely(waiter) }))
    .filter(({ how }) => how > 0)
    .sort((a, b) => b.how - a.how)
    .map(({ one }) => one);
}

/** How an operation stands to what the others wait for and hold. */
function standing(op: Op, { waiters, holders: others }: Others, one: GoroutineState, code: Code): string {
  if (op.kind === 'select' && op.info) {
    const found = op.info.cases.map((each) => partners(each, waiters));
    const ready = found.includes('same') ? 'same' : found.includes('perhaps') ? 'perhaps' : 'no';
    return `${ready} default ${op.info.hasDefault} cases ${few(op.info.cases.length, 3)}`;
  }
  if (op.kind === 'lock') {
    const held = others.some((other) => other !== one && code.holds(other.stack, op));
    return `held ${held} waiters ${waiters.some(({ ops }) => ops.some((each) => each.kind === 'lock' && same(op, each) === 'same'))}`;
  }
  if (op.kind === 'send' || op.kind === 'receive') return `${partners(op, waiters)} buffer ${code.buffer(op)}`;
  if (op.kind === 'wg-wait')
    return `pending ${others.some((other) => other !== one && code.willDo(other, 'wg-done', op))}`;
  return partners(op, waiters);
}

const level = ({ weight }: Step): string => (weight > 0.75 ? 'sure' : weight > 0.3 ? 'likely' : 'maybe');

function wordsOf(
  one: GoroutineState,
  place: Place | undefined,
  others: Others | undefined,
  code: Code | undefined,
  now: number,
): string[] {
  const did = one.did && one.stack.length > 0 ? one.did : undefined;
  const top = did ? topOf(one.stack) : 'new';
  const words = [
    `did ${shortly(did)} in ${top}`,
    `did ${shortly(did)}`,
    `exactly ${did ? libraryPlace(one.stack) : `new ${libraryName(one.entry[0])}`}`,
    `entry ${libraryName(one.entry[0])} did ${shortly(did)}`,
    `steps ${few(one.steps, 4)}`,
    `age ${few(one.allSteps, 6)}`,
    `since ${span(now - (one.since?.time ?? 0))}`,
    `acted ${span(now - (did?.time ?? 0))}`,
    `woken ${one.woken?.kind ?? 'unseen'} started ${one.steps === 0}`,
  ];
  return place && code
    ? [...words, ...codeWords(place, did, (op) => others && standing(op, others, one, code))]
    : words;
}

/** What the code ahead says; `stands` of an operation with others, where that is known. */
function codeWords(
  place: Place,
  did: SchedulingEvent | undefined,
  stands: (op: Op) => string | undefined = () => undefined,
): string[] {
  const words = [`at ${place.op?.kind ?? 'entry'} did ${shortly(did)}`];
  const path: string[] = [];
  for (const step of place.steps) {
    const how = (step.op && stands(step.op)) ?? '';
    words.push(
      `ahead ${step.depth} ${step.kind} ${level(step)}`,
      `ahead ${step.depth} ${step.kind} ${how} ${level(step)}`,
    );
    if (step.weight > 0.6) path.push(`${step.kind} ${how}`);
  }
  if (path.length > 0) words.push(`path ${path.slice(0, 2).join(', ')}`, `path ${path.slice(0, 3).join(', ')}`);
  words.push(`path ${place.steps.some(({ depth }) => depth === 1) ? 'seen' : 'unseen'}`);
  return words;
}

/** What a goroutine may do from a place on when nothing else is known: neither what it did nor what the others do. */
export function fromCodeAlone(place: Place, goroutine: number): Situation {
  const words = codeWords(place, undefined);
  const said = saidBy(place.steps);
  const candidates = ACTS.map(
    (event): Candidate => ({
      ...{ event, goroutine },
      features: words.map((word) => `${event} ${word}`),
      ...(event === said ? { sure: true } : {}),
    }),
  );
  return { candidates, features: [] };
}

/** The innermost frames of the library with their lines, down to the user's code. */
function libraryPlace(stack: readonly Frame[]): string {
  const names: string[] = [];
  for (const frame of stack) {
    const name = libraryName(frame);
    if (name === 'user') return `${names.slice(-1).join()} user`;
    if (!name.startsWith('runtime.') || names.length === 0) names.push(`${name}:${frame.line}`);
    if (names.length > 3) break;
  }
  return names.join();
}
