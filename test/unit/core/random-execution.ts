/** Random but possible executions: a small machine runs random choices. */
import fc from 'fast-check';
import * as a from '../../../core/trace/execution/actions';
import { type Execution, ExecutionBuilder } from '../../../core/trace/execution/execution';

export interface Shape {
  threads: number;
  locks: number;
  variables: number;
  maxLength: number;
  /** Which of the kinds of actions there are, besides accesses, locks, fork and join. */
  kinds?: readonly ('shared' | 'atomic' | 'channel' | 'message' | 'group' | 'object' | 'hand-over')[];
  /** Locks are released in the order opposite to that of taking. */
  nested?: boolean;
}

export const ALL_KINDS = ['shared', 'atomic', 'channel', 'message', 'group', 'object', 'hand-over'] as const;

/** Number of random cases: CI's, or what LOCKSTEP_PROPERTY_RUNS asks for, as in a nightly run. */
export const RUNS = Number(process.env.LOCKSTEP_PROPERTY_RUNS ?? 0);
/** The cases are those of `npm test`, of which it is known that they show what a property is about. */
export const USUAL = RUNS === 0 && process.env.LOCKSTEP_PROPERTY_SEED === undefined;
/** Longest executions: with short ones, for which the slow references are quick, many more are tried in the same time. */
const LONGEST = Number(process.env.LOCKSTEP_PROPERTY_LENGTH ?? Number.POSITIVE_INFINITY);
export const property = (runs: number): fc.Parameters<unknown> => ({ numRuns: RUNS > 0 ? RUNS : runs });

export const randomExecution = (shape: Shape): fc.Arbitrary<Execution> =>
  fc
    .array(fc.tuple(fc.nat(0xffff), fc.nat(0xffff)), {
      minLength: 1,
      maxLength: Math.min(shape.maxLength, LONGEST),
      size: 'max',
    })
    .map((choices) => runChoices(choices, shape));

function runChoices(choices: readonly (readonly [number, number])[], shape: Shape): Execution {
  const builder = new ExecutionBuilder();
  const { names } = builder;
  for (let thread = 0; thread < shape.threads; thread++) names.threads.push(`T${thread}`);
  for (let lock = 0; lock < shape.locks; lock++) names.locks.push(`L${lock}`);
  for (let variable = 0; variable < shape.variables; variable++) names.variables.push(`V${variable}`);
  names.channels.push('c0', 'c1');
  names.groups.push('g');
  names.objects.push('o');
  names.places.push('p');
  builder.capacities.push(1, 2);
  const emit = (action: number, thread: number, target: number, detail = 0): void =>
    builder.event(action, thread, target, detail, 0, builder.count);
  const running = new Set([0]);
  const ended = new Set<number>();
  const joined = new Set<number>();
  let born = 1;
  const owner = new Map<number, number>();
  const held: number[][] = Array.from({ length: shape.threads }, () => []);
  const readers = new Map<number, number[]>();
  const sent = [0, 0];
  const received = [0, 0];
  const closed = new Set<number>();
  let group = 0;
  const has = (kind: (typeof ALL_KINDS)[number]): boolean => shape.kinds?.includes(kind) === true;
  for (const [who, what] of choices) {
    const alive = [...running];
    const thread = alive[who % alive.length];
    if (thread === undefined) break;
    const can: (() => void)[] = [];
    for (let variable = 0; variable < shape.variables; variable++) {
      can.push(() => emit(a.READ, thread, variable));
      can.push(() => emit(a.WRITE, thread, variable));
      if (has('atomic')) can.push(() => emit([a.LOAD, a.STORE, a.UPDATE][who % 3]!, thread, variable));
    }
    for (let lock = 0; lock < shape.locks; lock++) {
      const readBy = readers.get(lock) ?? [];
      if (!owner.has(lock) && readBy.length === 0) {
        can.push(() => {
          owner.set(lock, thread);
          held[thread]!.push(lock);
          emit(a.ACQUIRE, thread, lock);
        });
      }
      const mine = held[thread]!;
      const own = owner.get(lock) === thread && (!shape.nested || mine[mine.length - 1] === lock);
      if (own || (owner.has(lock) && has('hand-over') && who % 7 === 0)) {
        can.push(() => {
          const holder = held[owner.get(lock)!]!;
          holder.splice(holder.indexOf(lock), 1);
          owner.delete(lock);
          emit(a.RELEASE, thread, lock);
        });
      }
      if (has('shared') && !owner.has(lock)) {
        can.push(() => {
          readers.set(lock, [...readBy, thread]);
          emit(a.READ_ACQUIRE, thread, lock);
        });
      }
      if (readBy.includes(thread) || (readBy.length > 0 && has('hand-over') && who % 7 === 0)) {
        can.push(() => {
          const at = readBy.lastIndexOf(thread);
          readers.set(lock, readBy.toSpliced(Math.max(at, 0), 1));
          emit(a.READ_RELEASE, thread, lock);
        });
      }
    }
    if (born < shape.threads) {
      can.push(() => {
        running.add(born);
        emit(a.FORK, thread, born++);
      });
    }
    if (thread !== 0 && held[thread]!.length === 0) {
      can.push(() => {
        running.delete(thread);
        ended.add(thread);
        emit(a.END, thread, 0);
      });
    }
    for (const other of ended) {
      if (joined.has(other)) continue;
      can.push(() => {
        joined.add(other);
        emit(a.JOIN, thread, other);
      });
    }
    for (const channel of has('channel') ? [0, 1] : []) {
      if (sent[channel]! - received[channel]! < builder.capacities[channel]! && !closed.has(channel)) {
        can.push(() => emit(a.SEND, thread, channel, sent[channel]!++));
      }
      if (sent[channel]! > received[channel]!) {
        can.push(() => emit(a.RECEIVE, thread, channel, received[channel]!++));
      } else if (closed.has(channel)) can.push(() => emit(a.RECEIVE_CLOSED, thread, channel));
      if (!closed.has(channel) && who % 5 === 0) {
        can.push(() => {
          closed.add(channel);
          emit(a.CLOSE, thread, channel);
        });
      }
    }
    const other = alive.find((it) => it !== thread);
    if (has('message') && other !== undefined) {
      // A rendezvous: each learns what the other knew before.
      can.push(() => {
        emit(a.TELL, thread, builder.messages);
        emit(a.TELL, other, builder.messages + 1);
        emit(a.HEAR, other, builder.messages);
        emit(a.HEAR, thread, builder.messages + 1);
        builder.messages += 2;
      });
    }
    if (has('group')) {
      can.push(() => {
        group++;
        emit(a.ADD, thread, 0, 1);
      });
      if (group > 0) {
        can.push(() => {
          group--;
          emit(a.ADD, thread, 0, -1);
        });
      } else can.push(() => emit(a.WAIT, thread, 0));
    }
    if (has('object')) {
      can.push(() => emit(a.LEAVE_NOTE, thread, 0));
      can.push(() => emit(a.TAKE_NOTES, thread, 0));
    }
    can[what % can.length]?.();
  }
  return builder.build();
}
