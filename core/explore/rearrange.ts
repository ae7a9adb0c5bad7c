/**
 * Other schedules of what a run has shown, with as few preemptions as possible. What a run shows depends on the order of
 * steps that conflict; any order of its steps that keeps those is the same run again (Mazurkiewicz), and one that keeps
 * only some of them may still show it. Here such an order becomes a schedule in which goroutines go on until they block
 * or have to wait for another one's step.
 */
import type { Step } from '../../protocol/schedule';
import type { Operation } from '../../protocol/trace';
import { ABSENT, eventAt, type Trace, type TraceEvent } from '../trace/trace';

/** The first step has to come before the second. */
export type Edge = readonly [number, number];

export interface Course {
  steps: readonly Step[];
  /** Of each step: a number for its goroutine. */
  whose: readonly number[];
  /** Of each step: its goroutine could not go on by itself after it. */
  stops: readonly boolean[];
  /** Of each step: it ends a wait that an earlier one has begun. */
  again: readonly boolean[];
  /** Steps that make others possible: a goroutine's beginning, the end of a wait; time that passes. */
  forced: readonly Edge[];
  /** Steps of different goroutines that conflict, the latest before each; those on one object are together. */
  conflicts: readonly Edge[];
}

const TIME = '0';
const ATOMIC_LOAD = 1;
const COMMUTING: ReadonlySet<Operation> = new Set<Operation>(['rlock', 'runlock', 'length', 'wg-add', 'read']);
/** Not of the object that they name, or only when the step begins with it. */
const ELSEWHERE: ReadonlySet<Operation> = new Set<Operation>([
  'go',
  'start',
  'end',
  'make',
  'read',
  'write',
  'test-end',
]);

/** Nothing where steps do not say which events are theirs. Linear in events. */
export function courseOf(trace: Trace, steps: readonly Step[]): Course | undefined {
  if (steps.some(({ at }) => at === undefined)) return undefined;
  const numbers = new Map<string, number>();
  for (const { g } of steps) if (!numbers.has(g)) numbers.set(g, numbers.size);
  const whose = steps.map(({ g }) => numbers.get(g)!);
  const index = new Map(trace.header.goroutines.map(({ path }, at) => [at, numbers.get(path)]));
  const stops = steps.map(() => false);
  const again = steps.map(() => false);
  const forced: Edge[] = [];
  const byObject = new Map<number, Edge[]>();
  const uses = new Map<number, Uses>();
  const newest = new Map<number, number>();
  const owed = new Map<number, number[]>();
  const blocked = new Set<number>();
  let passed = -1;
  for (const [step, { g, at = 0 }] of steps.entries()) {
    const me = whose[step]!;
    if (g === TIME) {
      for (const last of newest.values()) forced.push([last, step]);
      passed = step;
    } else {
      if (passed >= 0 && (newest.get(me) ?? -1) < passed) forced.push([passed, step]);
      for (const from of owed.get(me) ?? []) forced.push([from, step]);
      owed.delete(me);
      again[step] = blocked.delete(me);
      newest.set(me, step);
    }
    const end = Math.min(steps[step + 1]?.at ?? trace.count, trace.count);
    for (let at_ = at; at_ < end; at_++) {
      const event = eventAt(trace, at_);
      const other = index.get(event.goroutine);
      if (event.operation === 'go') owe(owed, index.get(event.argument), step);
      else if (event.phase === 'wake' && other !== me) owe(owed, other, step);
      if (event.phase === 'block' && other === me) {
        stops[step] = true;
        blocked.add(me);
      }
      if (event.object === ABSENT || (ELSEWHERE.has(event.operation) && !isOwn(event, steps[step]!))) continue;
      const list = byObject.get(event.object) ?? [];
      byObject.set(event.object, list);
      use(uses, event, step, (before) => {
        if (whose[before] !== me) list.push([before, step]);
      });
    }
  }
  for (const [step, { op }] of steps.entries()) {
    if (newest.get(whose[step]!) === step) stops[step] = true;
    // Who yields hands on: the switch before it is no preemption.
    if (op === 'yield' && step > 0) {
      const before = steps.findLastIndex((_, at) => at < step && whose[at] === whose[step]);
      if (before >= 0) stops[before] = true;
    }
  }
  const known = new Set(forced.map(String));
  const conflicts = [...byObject.values()].flat().filter((edge) => !known.has(String(edge)) && known.add(String(edge)));
  return { steps, whose, stops, again, forced, conflicts };
}

interface Uses {
  write: number;
  reads: number[];
}

function use(uses: Map<number, Uses>, event: TraceEvent, step: number, behind: (step: number) => void): void {
  const known = uses.get(event.object) ?? { write: -1, reads: [] };
  uses.set(event.object, known);
  const { operation, phase, argument } = event;
  const commutes =
    COMMUTING.has(operation) || phase === 'refused' || (operation === 'atomic' && argument === ATOMIC_LOAD);
  if (commutes) {
    if (known.write >= 0) behind(known.write);
    known.reads.push(step);
    return;
  }
  if (known.reads.length > 0) known.reads.forEach(behind);
  else if (known.write >= 0) behind(known.write);
  known.write = step;
  known.reads = [];
}

const isOwn = ({ operation }: TraceEvent, { op }: Step): boolean =>
  operation === op && (op === 'read' || op === 'write');

function owe(owed: Map<number, number[]>, to: number | undefined, step: number): void {
  if (to === undefined) return;
  const list = owed.get(to) ?? [];
  owed.set(to, list);
  list.push(step);
}

/** Positions that are looked at, at most: then the best so far is taken to its end without looking around. */
const MOST_POSITIONS = 20_000;

/**
 * The operations of a course in an order that keeps `kept` and takes the fewest preemptions, as far as looked: for the
 * strategy `follow`. Where nobody waits for anybody, goroutines go on.
 */
export function calmest({ steps, whose, stops, again, forced }: Course, kept: readonly Edge[]): Step[] {
  const width = Math.max(0, ...whose) + 1;
  const own: number[][] = Array.from({ length: width }, () => []);
  const nth: number[] = [];
  for (const [step, g] of whose.entries()) nth[step] = own[g]!.push(step);
  const behind: number[][] = steps.map(() => []);
  for (const edges of [forced, kept]) for (const [first, second] of edges) behind[second]!.push(first);

  const isOpen = (at: readonly number[], g: number): boolean => {
    const next = own[g]![at[g]!];
    return next !== undefined && behind[next]!.every((first) => at[whose[first]!]! >= nth[first]!);
  };
  const isDone = (at: readonly number[]): boolean => at.every((done, g) => done === own[g]!.length);
  /** Takes steps of a goroutine until it stops, or has to wait: to leave it sooner never saves a preemption. */
  const go = (from: Position, g: number): Position => {
    const at = [...from.at];
    const taken: number[] = [];
    do taken.push(own[g]![at[g]!++]!);
    while (!stops[taken.at(-1)!] && isOpen(at, g));
    return { at, g, free: stops[taken.at(-1)!]!, before: from, taken };
  };

  const queue: Position[][] = [[{ at: own.map(() => 0), g: -1, free: true, taken: [] }]];
  const seen = new Set<string>();
  let looked = 0;
  let furthest: Position = queue[0]![0]!;
  for (let cost = 0; cost < queue.length; cost++) {
    for (let position = queue[cost]?.pop(); position; position = queue[cost]?.pop()) {
      const key = `${position.at.join()} ${position.free}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (isDone(position.at)) return orderOf(position, steps, again);
      furthest = progress(position) > progress(furthest) ? position : furthest;
      if (++looked > MOST_POSITIONS) {
        for (let rest: Position | undefined = furthest; rest; ) {
          furthest = rest;
          const g: number = own.findIndex((_, other) => isOpen(furthest.at, other));
          rest = g < 0 ? undefined : go(furthest, g);
        }
        return orderOf(furthest, steps, again);
      }
      const next = cost + (position.free ? 0 : 1);
      queue[next] ??= [];
      for (let g = width - 1; g >= 0; g--) if (isOpen(position.at, g)) queue[next].push(go(position, g));
    }
  }
  return [];
}

/** How far each goroutine is, and whose turn it was. */
interface Position {
  at: readonly number[];
  g: number;
  /** The next one is no preemption. */
  free: boolean;
  before?: Position;
  /** Steps taken since then. */
  taken: readonly number[];
}

const progress = ({ at }: Position): number => at.reduce((sum, done) => sum + done, 0);

function orderOf(position: Position, steps: readonly Step[], again: readonly boolean[]): Step[] {
  const parts: (readonly number[])[] = [];
  for (let one: Position | undefined = position; one; one = one.before) parts.push(one.taken);
  return parts
    .reverse()
    .flat()
    .filter((step) => !again[step] && steps[step]!.g !== TIME)
    .map((step) => {
      const { at: _, ...taken } = steps[step]!;
      return taken;
    });
}
