/** A trace in memory: the header as it is, the records as words, and functions that say what a word means. */
import {
  OPERATIONS,
  type Operation,
  PHASES,
  type Phase,
  RECORD_WORDS,
  type Site,
  type TraceFrame,
  type TraceHeader,
} from '../../protocol/trace';

/** Absent object, site or partner: NONE of the file, seen through an Int32Array. */
export const ABSENT = -1;

export interface Trace {
  header: TraceHeader;
  /** Whole, valid records; at most header.events. */
  count: number;
  /** count × RECORD_WORDS words, as laid out in protocol/trace. */
  words: Int32Array;
  /** Event → innermost frame of its call stack (index into header.frames), ABSENT for none. Not of every run. */
  stacks?: Int32Array;
}

/** One record, spelled out. Indices are ABSENT where the file has NONE. */
export interface TraceEvent {
  index: number;
  operation: Operation;
  phase: Phase;
  /** Index of the select case, DEFAULT_CASE for its default; 0 otherwise. */
  aux: number;
  goroutine: number;
  object: number;
  site: number;
  partner: number;
  argument: number;
  /** Virtual nanoseconds since the run began. Exact up to 2^53 (104 days). */
  time: number;
}

const word = (trace: Trace, index: number, at: number): number => trace.words[index * RECORD_WORDS + at] ?? ABSENT;

export const operationOf = (trace: Trace, index: number): Operation =>
  OPERATIONS[word(trace, index, 0) & 0xff] ?? 'none';
export const phaseOf = (trace: Trace, index: number): Phase => PHASES[(word(trace, index, 0) >> 8) & 0xff] ?? 'done';
export const goroutineOf = (trace: Trace, index: number): number => word(trace, index, 1);
export const objectOf = (trace: Trace, index: number): number => word(trace, index, 2);
export const siteIndexOf = (trace: Trace, index: number): number => word(trace, index, 3);
export const argumentOf = (trace: Trace, index: number): number => word(trace, index, 5);

/** ABSENT also when the partner lies in the part of the file that was cut off. */
export function partnerOf(trace: Trace, index: number): number {
  const partner = word(trace, index, 4);
  return partner < trace.count ? partner : ABSENT;
}

/** Nanoseconds. */
export const timeOf = (trace: Trace, index: number): number =>
  word(trace, index, 7) * 0x1_0000_0000 + (word(trace, index, 6) >>> 0);

/** The call stack of an event, innermost frame first; empty where it is not known. */
export function framesOf({ header, stacks }: Trace, index: number): TraceFrame[] {
  const found: TraceFrame[] = [];
  for (let at = stacks?.[index] ?? ABSENT; at >= 0; at = found.at(-1)?.caller ?? ABSENT) {
    const frame = header.frames?.[at];
    if (!frame) break;
    found.push(frame);
  }
  return found;
}

/** The event at `index`, which must be in [0, trace.count). */
export function eventAt(trace: Trace, index: number): TraceEvent {
  return {
    index,
    operation: operationOf(trace, index),
    phase: phaseOf(trace, index),
    aux: word(trace, index, 0) >>> 16,
    goroutine: goroutineOf(trace, index),
    object: objectOf(trace, index),
    site: siteIndexOf(trace, index),
    partner: partnerOf(trace, index),
    argument: argumentOf(trace, index),
    time: timeOf(trace, index),
  };
}

export function* eventsOf(trace: Trace): Generator<TraceEvent> {
  for (let index = 0; index < trace.count; index++) yield eventAt(trace, index);
}

/** The site at an index of the header's table; undefined for ABSENT or while the engine has not filled it in. */
export const siteAt = (trace: Trace, site: number): Site | undefined =>
  site < 0 ? undefined : trace.header.sites[site];

/** What the event does to its channel, seen through select: it may send, receive, or neither. */
export function channelDirection(event: TraceEvent): 'send' | 'receive' | undefined {
  switch (event.operation) {
    case 'send':
    case 'receive':
      return event.operation;
    case 'select':
    case 'select-case':
      return event.argument === 1 ? 'send' : event.argument === 2 ? 'receive' : undefined;
    default:
      return undefined;
  }
}

/** The operation took effect: it did not start to wait and was not refused. */
export const completed = (event: TraceEvent): boolean =>
  (event.phase === 'done' || event.phase === 'wake') && event.operation !== 'select-case';
