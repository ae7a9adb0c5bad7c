/**
 * The layout of the trace page, without a pixel: one lane for each goroutine, one column for each event that is shown, in
 * the order of the trace and not by time, because what came before what is the question. Events inside rewritten
 * standard packages, and the cases listed behind a blocked select, get no column.
 */
import { type History, historyOf } from '../analyse/facts/history';
import { advance, initialState, type TraceState } from '../analyse/facts/state';
import { objectName, type Wording, waitPhrase } from '../analyse/telling/wording';
import { waitOf } from '../analyse/waiting/wait-for';
import { namesOf, type TraceNames } from '../trace/names';
import { ABSENT, completed, eventAt, eventsOf, siteAt, type Trace, type TraceEvent } from '../trace/trace';

/** Columns, both inclusive. */
export interface Span {
  from: number;
  to: number;
  /** It goes on to the end of the run. */
  open: boolean;
  /** `waits for m.mu`, `holds m.mu`. */
  label: string;
}

export interface Hold extends Span {
  object: number;
  /** Row among the locks the goroutine holds at once, from 0. */
  depth: number;
}

export interface Lane {
  /** Index as in the header. */
  goroutine: number;
  path: string;
  /** The function it runs; empty when unknown. */
  function: string;
  /** Its first and last column. */
  start: number;
  end: number;
  /** Its columns, ascending. */
  events: number[];
  waits: Span[];
  holds: Hold[];
  /** Rows of holds. */
  depth: number;
  /** How it stood at the end when it did not end well: `blocked for ever`, `blocked`, `panicked`. */
  mark?: string;
}

/** From a send to its receive, from `go` to the first event, from unlock to lock: columns, the earlier first. */
export interface Arrow {
  from: number;
  to: number;
}

export interface TraceLayout {
  trace: Trace;
  names: TraceNames;
  history: History;
  /** Goroutines that have columns. */
  lanes: Lane[];
  /** Column → event. */
  columns: Int32Array;
  /** Event → column; ABSENT when it is not shown. */
  columnOf: Int32Array;
  /** Column → lane. */
  laneOf: Int32Array;
  arrows: Arrow[];
}

const isShown = (trace: Trace, event: TraceEvent): boolean =>
  event.operation !== 'select-case' && siteAt(trace, event.site)?.internal !== true;

/** Linear in the events, apart from a factor of the locks one goroutine holds at once. */
export function layOutTrace(trace: Trace): TraceLayout {
  const names = namesOf(trace);
  const history = historyOf(trace);
  const shown = [...eventsOf(trace)].filter((event) => isShown(trace, event)).map(({ index }) => index);
  const columns = Int32Array.from(shown);
  const columnOf = new Int32Array(trace.count).fill(ABSENT);
  for (const [column, index] of shown.entries()) columnOf[index] = column;

  const byGoroutine = new Map<number, Lane>();
  for (const column of columns.keys()) {
    const { goroutine } = eventAt(trace, columns[column]!);
    const lane = byGoroutine.get(goroutine);
    if (lane) {
      lane.events.push(column);
      lane.end = column;
    } else byGoroutine.set(goroutine, emptyLane(trace, names, goroutine, column));
  }
  const lanes = [...byGoroutine.values()].sort((a, b) => a.goroutine - b.goroutine);
  const laneOf = new Int32Array(columns.length);
  for (const [index, lane] of lanes.entries()) for (const column of lane.events) laneOf[column] = index;
  const layout = {
    trace,
    names,
    history,
    lanes,
    columns,
    columnOf,
    laneOf,
    arrows: arrowsOf(trace, columns, columnOf),
  };
  drawSpans(layout, byGoroutine);
  return layout;
}

const emptyLane = (trace: Trace, names: TraceNames, goroutine: number, column: number): Lane => ({
  goroutine,
  path: trace.header.goroutines[goroutine]?.path ?? '?',
  function: names.functions[goroutine] ?? '',
  start: column,
  end: column,
  events: [column],
  waits: [],
  holds: [],
  depth: 0,
});

function arrowsOf(trace: Trace, columns: Int32Array, columnOf: Int32Array): Arrow[] {
  const arrows: Arrow[] = [];
  for (const [column, index] of columns.entries()) {
    const { partner } = eventAt(trace, index);
    const other = partner === ABSENT ? ABSENT : columnOf[partner]!;
    if (other === ABSENT) continue;
    // Mutual partners are one arrow.
    const mutual = eventAt(trace, partner).partner === index;
    if (other < column || !mutual) arrows.push({ from: Math.min(column, other), to: Math.max(column, other) });
  }
  return arrows;
}

/** Waits and held locks, by replaying the trace once. */
function drawSpans(layout: TraceLayout, lanes: ReadonlyMap<number, Lane>): void {
  const { trace } = layout;
  const wording: Wording = layout;
  const state = initialState(trace);
  const waiting = new Map<number, Span>();
  const holding = new Map<number, Hold[]>();
  // The newest column up to the event being replayed: where a span stands whose own event is not shown.
  let column = 0;
  while (state.position < trace.count) {
    const event = eventAt(trace, state.position);
    column = layout.columnOf[event.index] === ABSENT ? column : layout.columnOf[event.index]!;
    const lane = lanes.get(event.goroutine);
    advance(trace, state);
    const wait = waiting.get(event.goroutine);
    if (wait && state.goroutines[event.goroutine]?.status !== 'blocked') {
      wait.to = column;
      waiting.delete(event.goroutine);
    }
    if (!lane) continue;
    if (event.phase === 'block' && event.operation !== 'select-case') {
      const span = { from: column, to: column, open: false, label: '' };
      lane.waits.push(span);
      waiting.set(event.goroutine, span);
    }
    if (state.goroutines[event.goroutine]?.status === 'blocked') labelWait(wording, state, event.goroutine, waiting);
    if (completed(event) && isShown(trace, event)) drawHold(wording, lane, holding, event, column);
  }
  const last = Math.max(0, layout.columns.length - 1);
  const ending = trace.header.outcome === 'blocked' ? ' for ever' : ' when the run ended';
  for (const span of waiting.values()) Object.assign(span, { to: last, open: true, label: span.label + ending });
  for (const hold of [...holding.values()].flat()) Object.assign(hold, { to: last, open: true });
  for (const lane of layout.lanes) markEnd(lane, state, trace);
}

function labelWait(wording: Wording, state: TraceState, goroutine: number, waiting: ReadonlyMap<number, Span>): void {
  const span = waiting.get(goroutine);
  const wait = waitOf(wording.trace, state, goroutine);
  if (span && wait) span.label = waitPhrase(wording, wait);
}

function drawHold(wording: Wording, lane: Lane, holding: Map<number, Hold[]>, event: TraceEvent, column: number): void {
  const open = holding.get(event.object) ?? [];
  switch (event.operation) {
    case 'lock':
    case 'rlock': {
      const taken = new Set(lane.holds.filter((hold) => hold.open).map(({ depth }) => depth));
      let depth = 0;
      while (taken.has(depth)) depth++;
      const word = event.operation === 'lock' ? 'holds' : 'holds for reading';
      const label = `${word} ${objectName(wording, event.object)}`;
      const hold = { from: column, to: column, open: true, label, object: event.object, depth };
      lane.holds.push(hold);
      lane.depth = Math.max(lane.depth, depth + 1);
      holding.set(event.object, [...open, hold]);
      break;
    }
    case 'unlock':
    case 'runlock': {
      // Another goroutine may unlock; its own holds first.
      const hold = open.findLast((it) => lane.holds.includes(it)) ?? open[0];
      if (!hold) return;
      Object.assign(hold, { to: column, open: false });
      holding.set(
        event.object,
        open.filter((it) => it !== hold),
      );
      break;
    }
    default:
  }
}

function markEnd(lane: Lane, state: TraceState, trace: Trace): void {
  const status = state.goroutines[lane.goroutine]?.status;
  if (status === 'panicked') lane.mark = 'panicked';
  if (status === 'blocked') lane.mark = trace.header.outcome === 'blocked' ? 'blocked for ever' : 'blocked';
}
