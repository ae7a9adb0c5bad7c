/**
 * RAPID's STD format (github.com/umangm/rapid, README "STD (Standard) Format"): a line for each event,
 *
 *     T0|acq(L1)|12        thread | operation(operand) | location
 *
 * with r, w, acq, rel, fork, join; `begin`, `end` and `dummy` have no effect. What RAPID does not know has our own names
 * for the actions (`read-acquire(l)`, `send(c)`, `add(g:-1)`, …). Blank lines and lines that begin with # are passed over.
 */

import { unique } from '../names';
import { ACTIONS, type Action, ADD, RECEIVE, SEND, type Target, targetOf } from './actions';
import {
  type EventSink,
  type Execution,
  ExecutionBuilder,
  type ExecutionNames,
  targetName,
  UNBOUNDED,
} from './execution';
import { Interner } from './interner';
import { Possible } from './possible';

/** Names in the file, where they are not those of the actions. The last name of an action is the one that is written. */
const SPELLINGS: readonly (readonly [string, Action])[] = [
  ['r', 'read'],
  ['w', 'write'],
  ['acq', 'acquire'],
  ['rel', 'release'],
  ['req', 'request'],
  ['enter-again', 'enter-again'],
  ['leave-again', 'leave-again'],
  ['dummy', 'branch'],
];
const CODES = new Map<string, number>([
  ...ACTIONS.map((action, code) => [action, code] as const),
  ...SPELLINGS.map(([name, action]) => [name, ACTIONS.indexOf(action)] as const),
]);
const spelled = (code: number): string => {
  const action = ACTIONS[code]!;
  // A lock that is taken again is an acquire to everybody else.
  if (action === 'enter-again') return 'acq';
  if (action === 'leave-again') return 'rel';
  return SPELLINGS.find(([, known]) => known === action)?.[0] ?? action;
};

/** Does RAPID know the action? */
export const inRapid = (code: number): boolean =>
  code <= CODES.get('join')! || /^(?:begin|end|dummy|acq|rel)$/u.test(spelled(code));

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HASH = 35;
const OPEN = 40;
const CLOSED = 41;
const BAR = 124;
/** Some editors put it in front of UTF-8. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Bytes of a line; a longer one is no event, and not kept. */
const LONGEST_LINE = 1 << 20;

/** In what is said of lines that are none of this format at all. */
export const NO_EVENT = 'is not an event';

/** Lines are too short for indexOf to be worth its call. */
function newlineIn(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === NEWLINE) return at;
  return -1;
}

/** Takes a file in pieces of any length, which may be used again, and hands its events on. Not to be used after it has told a problem. */
export class StdReader {
  private rest = new Uint8Array(0);
  private lines = 0;
  private readonly threads: Interner;
  private readonly places: Interner;
  private readonly targets: Partial<Record<Target, Interner>>;
  private readonly operations = new Interner([]);
  private readonly codes: number[] = [];
  private readonly possible: Possible;
  private readonly sent: number[] = [];
  private readonly received: number[] = [];
  private messages = 0;

  constructor(
    private readonly sink: EventSink,
    names: ExecutionNames,
  ) {
    this.threads = new Interner(names.threads);
    this.places = new Interner(names.places);
    this.targets = {
      variable: new Interner(names.variables),
      lock: new Interner(names.locks),
      thread: this.threads,
      channel: new Interner(names.channels),
      group: new Interner(names.groups),
      object: new Interner(names.objects),
      message: new Interner([]),
    };
    this.possible = new Possible(names);
  }

  /** Number of messages told until now. */
  get told(): number {
    return this.messages;
  }

  /** Some lock was released by another thread than the one that took it. */
  get handedOver(): boolean {
    return this.possible.handedOver;
  }

  /** What is wrong, with the number of its line; undefined while all is well. */
  push(piece: Uint8Array): string | undefined {
    let from = 0;
    if (this.rest.length > 0) {
      // Ends the line that began in the piece before.
      const to = newlineIn(piece, 0);
      const begun = new Uint8Array(this.rest.length + (to < 0 ? piece.length : to));
      begun.set(this.rest);
      begun.set(piece.subarray(0, begun.length - this.rest.length), this.rest.length);
      this.rest = begun;
      if (to < 0) return this.tooLong(begun.length);
      const problem = this.end();
      if (problem !== undefined) return problem;
      from = to + 1;
    }
    for (;;) {
      const to = newlineIn(piece, from);
      if (to < 0) break;
      const problem = this.line(piece, from, to);
      if (problem !== undefined) return problem;
      from = to + 1;
    }
    this.rest = Uint8Array.from(piece.subarray(from));
    return this.tooLong(this.rest.length);
  }

  /** Of the line that comes next. */
  private tooLong(length: number): string | undefined {
    if (length <= LONGEST_LINE) return undefined;
    return `Line ${this.lines + 1} ${NO_EVENT}: it has more than ${LONGEST_LINE} bytes.`;
  }

  /** The last line needs no newline. */
  end(): string | undefined {
    const { rest } = this;
    this.rest = new Uint8Array(0);
    return rest.length > 0 ? this.line(rest, 0, rest.length) : undefined;
  }

  private line(bytes: Uint8Array, start: number, end: number): string | undefined {
    const long = this.tooLong(end - start);
    if (long !== undefined) return long;
    const number = this.lines++;
    let from = start;
    if (number === 0 && BYTE_ORDER_MARK.every((byte, at) => bytes[from + at] === byte)) from += BYTE_ORDER_MARK.length;
    let to = end;
    while (to > from && (bytes[to - 1] === RETURN || bytes[to - 1] === SPACE)) to--;
    while (from < to && bytes[from] === SPACE) from++;
    if (from === to || bytes[from] === HASH) return undefined;
    let [bars, bar, second, open] = [0, 0, 0, -1];
    for (let at = from; at < to; at++) {
      const sign = bytes[at];
      if (sign === BAR) {
        if (++bars === 1) bar = at;
        else second = at;
      } else if (sign === OPEN && bars === 1 && open < 0) open = at;
    }
    if (bars !== 2 || bar === from) return this.malformed(number, bytes, from, to);
    if (open < 0) open = second;
    const code = this.codeOf(bytes, bar + 1, open);
    if (code < 0) return this.malformed(number, bytes, from, to);
    const kind = targetOf(code);
    if (kind !== 'nothing' && (open === second || bytes[second - 1] !== CLOSED || second - open < 3)) {
      return this.malformed(number, bytes, from, to);
    }
    let detail = 0;
    let operandEnd = second - 1;
    if (code === ADD) {
      const delta = /^(.+):([+-]?\d+)$/u.exec(String.fromCharCode(...bytes.subarray(open + 1, operandEnd)));
      if (!delta) return this.malformed(number, bytes, from, to);
      detail = Number(delta[2]);
      operandEnd = open + 1 + delta[1]!.length;
    }
    const thread = this.threads.intern(bytes, from, bar);
    const target = kind === 'nothing' ? 0 : this.targets[kind]!.intern(bytes, open + 1, operandEnd);
    if (kind === 'message') this.messages = Math.max(this.messages, target + 1);
    if (code === SEND) detail = this.sent[target] = (this.sent[target] ?? -1) + 1;
    if (code === RECEIVE) {
      detail = this.received[target] = (this.received[target] ?? -1) + 1;
      if (detail > (this.sent[target] ?? -1))
        return `Line ${number + 1}: nothing was sent that could be received here.`;
    }
    const taken = this.possible.take(code, thread, target, number);
    if (typeof taken === 'string') return `Line ${number + 1}: ${taken}.`;
    const place = second + 1 < to ? this.places.intern(bytes, second + 1, to) : -1;
    this.sink.event(taken, thread, target, detail, place, number);
    return undefined;
  }

  private codeOf(bytes: Uint8Array, from: number, to: number): number {
    const spelling = this.operations.intern(bytes, from, to);
    const known = this.codes[spelling];
    if (known !== undefined) return known;
    const code = CODES.get(String.fromCharCode(...bytes.subarray(from, to))) ?? -1;
    this.codes[spelling] = code;
    return code;
  }

  private malformed(number: number, bytes: Uint8Array, from: number, to: number): string {
    const text = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 40))).replace(/[^ -~]/gu, '?');
    const shown = to - from > 40 ? `${text}…` : text;
    return `Line ${number + 1}: "${shown}" ${NO_EVENT} of the form T0|acq(L1)|12.`;
  }
}

export interface ExecutionReading {
  /** Absent when there is a problem: half an execution would be judged wrongly. */
  execution?: Execution;
  problem?: string;
}

export function readStd(bytes: Uint8Array): ExecutionReading {
  const builder = new ExecutionBuilder();
  const reader = new StdReader(builder, builder.names);
  const problem = reader.push(bytes) ?? reader.end();
  return problem === undefined ? executionRead(builder, reader) : { problem };
}

/** What a reader has put into columns until the end of its file. */
export function executionRead(builder: ExecutionBuilder, reader: StdReader): ExecutionReading {
  if (builder.count === 0) return { problem: 'There is no event in it.' };
  builder.messages = reader.told;
  // Nothing is said of capacities: there was room.
  for (let channel = 0; channel < builder.names.channels.length; channel++) builder.capacities.push(UNBOUNDED);
  return { execution: builder.build() };
}

/** Names as operands and fields may have them, still different from each other. */
const fields = (names: readonly string[]): string[] =>
  unique(names.map((name) => name.replace(/[\s|()]+/gu, '_') || '_')).map((name) => name.replace(' ', ''));

/** Lines of the file, each with its newline; of some events, in the order given. */
export function* stdLines(execution: Execution, events?: readonly number[]): Generator<string> {
  const { thread, action, detail, place } = execution;
  const { threads, locks, variables, channels, groups, objects, places } = execution.names;
  const names = {
    threads: fields(threads),
    locks: fields(locks),
    variables: fields(variables),
    channels: fields(channels),
    groups: fields(groups),
    objects: fields(objects),
    places: places.map((place) => place.replace(/[\n\r|]+/gu, '_') || '0'),
  };
  const renamed = { ...execution, names };
  const count = events?.length ?? execution.count;
  for (let index = 0; index < count; index++) {
    const at = events?.[index] ?? index;
    const code = action[at]!;
    const operand = targetName(renamed, at) + (code === ADD ? `:${detail[at]}` : '');
    const operation = targetOf(code) === 'nothing' ? spelled(code) : `${spelled(code)}(${operand})`;
    yield `${names.threads[thread[at]!]}|${operation}|${place[at]! < 0 ? '0' : names.places[place[at]!]}\n`;
  }
}

export const writeStd = (execution: Execution): string => [...stdLines(execution)].join('');
