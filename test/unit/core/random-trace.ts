/** Random but possible traces: a small machine of goroutines, channels, locks and variables runs random programs. */
import fc from 'fast-check';
import { ABSENT, type Trace, type TraceEvent } from '../../../core/trace/trace';
import { emptyHeader, traceOfEvents } from '../../../core/trace/write';
import { NONE, type Site, type TraceObject } from '../../../protocol/trace';

const OBJECTS: TraceObject[] = [
  { kind: 'channel', site: NONE, capacity: 0 },
  { kind: 'channel', site: NONE, capacity: 2 },
  { kind: 'mutex', site: NONE },
  { kind: 'rwmutex', site: NONE },
  { kind: 'waitgroup', site: NONE },
  // Two fields of one struct, which is sometimes copied as a whole: an access of 16 bytes to the first.
  { kind: 'variable', site: NONE, region: 5, offset: 0 },
  { kind: 'variable', site: NONE, region: 5, offset: 8 },
  { kind: 'variable', site: NONE },
  { kind: 'timer', site: NONE },
];

/** Choices, each taken modulo what is possible at that point. */
const randomTraceOf = (goroutines: number, maxLength: number, timers = false): fc.Arbitrary<Trace> =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat(), fc.nat(5)), { minLength: 1, maxLength, size: 'max' })
    .map((choices) => runChoices(choices, goroutines, timers));

export const randomTrace = randomTraceOf(4, 60);
/** More goroutines than one node of a clock has room for. */
export const crowdedTrace = randomTraceOf(40, 400);
/** With a timer whose function runs in a goroutine of its own, each time that it has been set. */
export const timedTrace = randomTraceOf(6, 60, true);

function runChoices(choices: readonly (readonly [number, number, number])[], most: number, timers: boolean): Trace {
  const events: Omit<TraceEvent, 'index'>[] = [];
  const sites: Site[] = Array.from({ length: 6 }, (_, index) => ({
    id: index + 1,
    file: 'r.go',
    line: index + 1,
    column: 1,
    operation: 'none',
    function: 'F',
    expression: 'x',
  }));
  const emit = (goroutine: number, part: Partial<TraceEvent>): number =>
    events.push({
      operation: 'none',
      phase: 'done',
      aux: 0,
      goroutine,
      object: ABSENT,
      site: ABSENT,
      partner: ABSENT,
      argument: 0,
      time: events.length,
      ...part,
    }) - 1;
  let born = 1;
  const running = new Set([0]);
  let buffered = 0;
  let closed = ABSENT;
  let owner = ABSENT;
  let writer = ABSENT;
  let readers: number[] = [];
  let set = ABSENT;
  emit(0, { operation: 'start' });
  for (const [who, what, place] of choices) {
    const alive = [...running];
    const goroutine = alive[who % alive.length]!;
    const other = alive.find((it) => it !== goroutine);
    const site = place;
    const can: (() => void)[] = [
      ...[5, 6, 7].flatMap((object) => [
        () => void emit(goroutine, { operation: 'read', object, site, argument: 8 * (who % 3) }),
        () => void emit(goroutine, { operation: 'write', object, site, argument: 8 * (who % 3) }),
        () => void emit(goroutine, { operation: 'atomic', object, site, argument: 1 + (who % 2) }),
      ]),
      () => void emit(goroutine, { operation: 'wg-add', object: 4, argument: -1, site }),
      () => void emit(goroutine, { operation: 'wg-wait', object: 4, site }),
    ];
    if (born < most) {
      can.push(() => {
        const go = emit(goroutine, { operation: 'go', argument: born, site });
        emit(born, { operation: 'start', partner: go });
        running.add(born++);
      });
    }
    if (other !== undefined) {
      can.push(() => {
        const sent = emit(goroutine, { operation: 'send', object: 0, site, partner: events.length + 1 });
        emit(other, { operation: 'receive', object: 0, site, phase: 'wake', partner: sent });
      });
    }
    if (buffered < 2 && closed === ABSENT) {
      can.push(() => {
        buffered++;
        emit(goroutine, { operation: 'send', object: 1, site });
      });
      can.push(() => {
        closed = emit(goroutine, { operation: 'close', object: 1, site });
      });
    }
    if (buffered > 0) {
      can.push(() => {
        buffered--;
        emit(goroutine, { operation: 'receive', object: 1, site });
      });
    } else if (closed !== ABSENT) {
      can.push(() => void emit(goroutine, { operation: 'receive', object: 1, site, partner: closed, argument: 1 }));
    }
    if (owner === ABSENT) {
      can.push(() => {
        owner = goroutine;
        emit(goroutine, { operation: 'lock', object: 2, site });
      });
    } else if (owner === goroutine) {
      can.push(() => {
        owner = ABSENT;
        emit(goroutine, { operation: 'unlock', object: 2, site });
      });
    }
    if (writer === ABSENT && readers.length === 0) {
      can.push(() => {
        writer = goroutine;
        emit(goroutine, { operation: 'lock', object: 3, site });
      });
    }
    if (writer === goroutine) {
      can.push(() => {
        writer = ABSENT;
        emit(goroutine, { operation: 'unlock', object: 3, site });
      });
    }
    if (writer === ABSENT && !readers.includes(goroutine)) {
      can.push(() => {
        readers.push(goroutine);
        emit(goroutine, { operation: 'rlock', object: 3, site });
      });
    }
    if (readers.includes(goroutine)) {
      can.push(() => {
        readers = readers.filter((it) => it !== goroutine);
        emit(goroutine, { operation: 'runlock', object: 3, site });
      });
    }
    if (timers) {
      can.push(() => {
        set = emit(goroutine, { operation: 'timer', object: 8, argument: 1, site });
      });
    }
    if (set !== ABSENT && born < most) {
      can.push(() => {
        // Recordings do not see it fire.
        const partner = who % 2 === 0 ? set : emit(0, { operation: 'fire', object: 8, site });
        emit(born, { operation: 'start', partner });
        running.add(born++);
        set = ABSENT;
      });
    }
    can[what % can.length]!();
  }
  const goroutines = Array.from({ length: born }, (_, index) => ({
    path: index === 0 ? '1' : `1.${index}`,
    site: NONE,
  }));
  return traceOfEvents({ ...emptyHeader(), package: 'p', test: 'TestR', goroutines, objects: OBJECTS, sites }, events);
}
