/**
 * The layout of the trace page, without a pixel: one lane for each goroutine, one column for each event that is shown, in
 * the order of the trace and not by time, because what came before what is the question. In typed arrays throughout, so
 * that a million events are laid out in a fraction of a second and handed from the worker to the page without a copy.
 */
import type { Say } from '../../protocol/phrase';
import { OPERATIONS, type Operation, RECORD_WORDS } from '../../protocol/trace';
import type { Wording } from '../analyse/telling/wording';
import { ABSENT, argumentOf, partnerOf, type Trace } from '../trace/trace';
import { ARROW_KINDS, ArrowBuilder, type ArrowKind, type Arrows } from './arrows';
import { type Filter, NO_FILTER, shownEvents } from './filter';
import type { Folding } from './folding';
import { type Groups, groupBy } from './groups';
import { SpanBuilder } from './span-builder';
import type { Spans } from './spans';

export interface Layout {
  /** Column → event. */
  events: Int32Array;
  /** Column → lane. */
  lane: Int32Array;
  /** Column → goroutine. */
  goroutine: Int32Array;
  /** Column → operation code. */
  operation: Uint8Array;
  /** Column → phase code. */
  phase: Uint8Array;
  /** Column → object, ABSENT for none. */
  object: Int32Array;
  /** Column → column of the event on the other side, ABSENT for none. */
  partner: Int32Array;
  /** Lane → goroutine, the first of those that share it; ascending. */
  goroutines: Int32Array;
  /** Lane → the goroutines in it, those that have columns. */
  members: Groups;
  /** Lane → its columns. */
  columns: Groups;
  /** A row for each lane. */
  waits: Spans;
  /** A row for each lock that a goroutine holds at once: lane l has the rows holdRows[l] … holdRows[l + 1] - 1. */
  holds: Spans;
  holdRows: Int32Array;
  arrows: Arrows;
  /** What spans are called: `waits for mu`, `holds mu`. */
  labels: string[];
  /** Lane → how it stood at the end when it did not end well; 0: well, otherwise index into MARKS. */
  mark: Uint8Array;
}

export const MARKS = ['', 'blocked', 'blocked for ever', 'panicked'] as const;

const START = OPERATIONS.indexOf('start');

/** Linear in the events, apart from sorting what is unordered in a damaged trace. Without `leader` each has its own lane. */
export function layOut(wording: Wording, say: Say, filter: Filter = NO_FILTER, leader?: Folding): Layout {
  const { trace } = wording;
  const { words } = trace;
  const events = shownEvents(trace, filter);
  const columnOf = new Int32Array(trace.count).fill(ABSENT);
  const seen = new Uint8Array(trace.header.goroutines.length);
  for (let column = 0; column < events.length; column++) {
    columnOf[events[column]!] = column;
    seen[words[events[column]! * RECORD_WORDS + 1]!] = 1;
  }
  const { laneOf, lanes } = lanesOf(seen, leader);
  const members = groupBy(laneOf, lanes);
  const goroutines = Int32Array.from({ length: lanes }, (_, at) => members.items[members.offsets[at]!]!);

  const goroutine = new Int32Array(events.length);
  const lane = new Int32Array(events.length);
  const operation = new Uint8Array(events.length);
  const phase = new Uint8Array(events.length);
  const object = new Int32Array(events.length);
  const partner = new Int32Array(events.length);
  for (let column = 0; column < events.length; column++) {
    const at = events[column]! * RECORD_WORDS;
    goroutine[column] = words[at + 1]!;
    lane[column] = laneOf[words[at + 1]!]!;
    operation[column] = words[at]! & 0xff;
    phase[column] = (words[at]! >> 8) & 0xff;
    object[column] = words[at + 2]!;
    const other = partnerOf(trace, events[column]!);
    partner[column] = other < 0 ? ABSENT : columnOf[other]!;
  }
  const spans = new SpanBuilder(wording, columnOf, laneOf, members, say).build();
  const columns = groupBy(lane, lanes);
  const arrows = arrowsBetween(trace, { events, lane, operation, partner, columnOf });
  const byColumn = { events, lane, goroutine, operation, phase, object, partner };
  return { ...byColumn, goroutines, members, columns, arrows, ...spans };
}

/** Of those that are seen; lanes ascend with the first goroutine in them. */
function lanesOf(seen: Uint8Array, leader: Folding | undefined): { laneOf: Int32Array; lanes: number } {
  const laneOf = new Int32Array(seen.length).fill(ABSENT);
  const led = new Int32Array(seen.length).fill(ABSENT);
  let lanes = 0;
  for (let goroutine = 0; goroutine < seen.length; goroutine++) {
    if (seen[goroutine] === 0) continue;
    const first = leader?.[goroutine] ?? goroutine;
    if (led[first] === ABSENT) led[first] = lanes++;
    laneOf[goroutine] = led[first]!;
  }
  return { laneOf, lanes };
}

interface Sides {
  events: Int32Array;
  lane: Int32Array;
  operation: Uint8Array;
  partner: Int32Array;
  columnOf: Int32Array;
}

const KINDS = Uint8Array.from(OPERATIONS, (operation) => ARROW_KINDS.indexOf(kindOf(operation)));

function arrowsBetween(trace: Trace, { events, lane, operation, partner, columnOf }: Sides): Arrows {
  // A column has one partner and, when it is a start, one `go`.
  const arrows = new ArrowBuilder(partner.length);
  const add = (one: number, other: number): void => {
    if (lane[one] !== lane[other]) arrows.add(one, other, KINDS[operation[Math.min(one, other)]!]!);
  };
  const started = startsOf(trace);
  for (let column = 0; column < partner.length; column++) {
    const other = partner[column]!;
    if (other === ABSENT) {
      if (operation[column] !== START) continue;
      const go = started[trace.words[events[column]! * RECORD_WORDS + 1]!]!;
      if (go !== ABSENT && columnOf[go] !== ABSENT) add(columnOf[go]!, column);
      // Mutual partners are one arrow.
    } else if (other < column || partner[other] !== column) add(column, other);
  }
  return arrows.build();
}

/** Goroutine → the `go` that started it. */
function startsOf(trace: Trace): Int32Array {
  const starts = new Int32Array(trace.header.goroutines.length).fill(ABSENT);
  const go = OPERATIONS.indexOf('go');
  for (let index = 0; index < trace.count; index++) {
    if ((trace.words[index * RECORD_WORDS]! & 0xff) !== go) continue;
    const child = argumentOf(trace, index);
    if (starts[child] === ABSENT) starts[child] = index;
  }
  return starts;
}

/** By the earlier of the two. */
function kindOf(operation: Operation): ArrowKind {
  switch (operation) {
    case 'go':
      return 'create';
    case 'send':
    case 'receive':
    case 'select':
    case 'close':
      return 'message';
    case 'unlock':
    case 'runlock':
    case 'lock':
    case 'rlock':
      return 'lock';
    default:
      return 'signal';
  }
}
