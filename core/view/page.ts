/** From the bytes of a trace file to what the trace page draws: the one door for the webview, which may import only this room. */

import { caseChannel } from '../trace/names';
import { readTrace } from '../trace/read';
import { ABSENT, eventAt, siteAt } from '../trace/trace';
import { describeEvent, describeOutcome, describeState, type EventFamily, familyOf } from './describe';
import { type Arrow, type Lane, layOutTrace, type TraceLayout } from './lanes';

export interface TracePageEvent {
  /** Column, from 0. */
  index: number;
  lane: number;
  family: EventFamily;
  /** `lock`, `send`: fits into a narrow box. */
  short: string;
  /** Name of the object, or empty. */
  operand: string;
  /** One sentence: `goroutine 1.2 locks m.podStatusesLock at podstatus.go:46`. */
  sentence: string;
  blocks: boolean;
  wakes: boolean;
  refused: boolean;
  /** Column of the event on the other side, -1 when there is none. */
  partner: number;
  /** Virtual nanoseconds. */
  time: number;
  /** Undefined when there is no place to show. */
  place: { file: string; line: number; column: number; function: string } | undefined;
}

export interface TracePage {
  lanes: readonly Lane[];
  arrows: readonly Arrow[];
  /** Columns. */
  count: number;
  /** `index` in [0, count). */
  event(index: number): TracePageEvent;
  /** What holds after that event, line by line. Linear in the events before it. */
  stateAfter(index: number): string[];
  /** How the run ended, in words. */
  outcome: string;
  problems: readonly string[];
}

/** No page, and why, when not even the header can be read. Never throws. */
export function readTracePage(bytes: Uint8Array): { page?: TracePage; problems: string[] } {
  const { trace, problems } = readTrace(bytes);
  return trace ? { page: pageOf(layOutTrace(trace), problems), problems } : { problems };
}

export function pageOf(layout: TraceLayout, problems: readonly string[] = []): TracePage {
  const { trace, lanes, arrows, columns } = layout;
  return {
    lanes,
    arrows,
    count: columns.length,
    event: (index) => pageEvent(layout, index),
    stateAfter: (index) => describeState(layout, columns[index]!),
    outcome: describeOutcome(trace.header),
    problems,
  };
}

function pageEvent(layout: TraceLayout, index: number): TracePageEvent {
  const { trace, names, columns, columnOf, laneOf } = layout;
  const event = eventAt(trace, columns[index]!);
  const site = siteAt(trace, event.site);
  const chosen = event.operation === 'select' ? caseChannel(site?.cases?.[event.aux] ?? '') : '';
  return {
    index,
    lane: laneOf[index]!,
    family: familyOf(event.operation),
    short: event.operation,
    operand: event.object < 0 ? chosen : (names.objects[event.object] ?? ''),
    sentence: describeEvent(layout, event.index),
    blocks: event.phase === 'block',
    wakes: event.phase === 'wake',
    refused: event.phase === 'refused',
    partner: event.partner === ABSENT ? ABSENT : columnOf[event.partner]!,
    time: event.time,
    place: site && { file: site.file, line: site.line, column: site.column, function: site.function },
  };
}
