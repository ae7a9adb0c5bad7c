/** Reads and validates a trace file (layout: protocol/trace). Linear in the size of the file. */
import { english, type Phrase, phrase } from '../../protocol/phrase';
import {
  NONE,
  OPERATIONS,
  PHASES,
  RECORD_BYTES,
  RECORD_WORDS,
  TRACE_MAGIC,
  TRACE_VERSION,
  type TraceHeader,
} from '../../protocol/trace';
import { readHeader } from './header';
import type { Trace } from './trace';
import { decodeUtf8 } from './utf8';

export interface TraceReading {
  /** Absent when not even the header could be read. */
  trace?: Trace;
  /** One sentence each; empty for a whole and valid file. */
  problems: string[];
  /** The same, for who reads another language. */
  said: Phrase[];
}

/** What was read, in English as well. */
export const reading = (said: Phrase[], trace?: Trace): TraceReading => ({
  ...(trace ? { trace } : {}),
  problems: said.map(english),
  said,
});

const PROLOGUE_BYTES = 16;

/**
 * A file that was cut off, or in which a record is not valid, gives the whole events before that place and a
 * problem. Never throws. The words may share memory with `bytes`.
 */
export function readTrace(bytes: Uint8Array): TraceReading {
  const said: Phrase[] = [];
  if (bytes.length < PROLOGUE_BYTES) return reading([phrase`A trace has at least 16 bytes; this has ${bytes.length}.`]);
  if (decodeUtf8(bytes.subarray(0, 8)) !== TRACE_MAGIC) {
    return reading([phrase`This is not a Lockstep trace: it does not begin with LOCKSTEP.`]);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== TRACE_VERSION) {
    return reading([phrase`The trace has format version ${version}; this reader knows ${TRACE_VERSION}.`]);
  }
  const headerBytes = view.getUint32(12, true);
  const recordsAt = PROLOGUE_BYTES + headerBytes;
  if (recordsAt > bytes.length) return reading([phrase`The trace was cut off inside its header.`]);
  let json: unknown;
  try {
    json = JSON.parse(decodeUtf8(bytes.subarray(PROLOGUE_BYTES, recordsAt)));
  } catch {
    return reading([phrase`The trace header is not JSON.`]);
  }
  const header = readHeader(json, said);
  if (!header) return reading(said);
  checkTables(header, said);

  const room = Math.floor((bytes.length - recordsAt) / RECORD_BYTES);
  const announced = Math.min(room, header.events);
  if (room < header.events) said.push(phrase`The trace was cut off after ${room} of ${header.events} events.`);
  const stacksAt = recordsAt + announced * RECORD_BYTES;
  const stacks = room < header.events ? undefined : stacksOf(bytes, stacksAt, header, said);
  if (room >= header.events && bytes.length > stacksAt + (stacks?.byteLength ?? 0)) {
    said.push(phrase`The trace goes on after its last event; the rest is not read.`);
  }
  const words = wordsOf(bytes, recordsAt, announced * RECORD_WORDS);
  const count = validRecords(words, announced, header, said);
  const trace: Trace = { header, count, words: words.subarray(0, count * RECORD_WORDS) };
  if (stacks) trace.stacks = stacks.subarray(0, count);
  else delete header.frames;
  return reading(said, trace);
}

/** The section behind the records, where the header says that there is one and it is whole. */
function stacksOf(bytes: Uint8Array, at: number, header: TraceHeader, said: Phrase[]): Int32Array | undefined {
  const { frames, events } = header;
  if (!frames) return undefined;
  if (bytes.length < at + events * 4) {
    said.push(phrase`The trace was cut off in the call stacks of its events; they are left out.`);
    return undefined;
  }
  const stacks = wordsOf(bytes, at, events);
  const wrong = stacks.findIndex((frame) => frame !== -1 && frame >>> 0 >= frames.length);
  if (wrong < 0) return stacks;
  said.push(phrase`The call stack of event ${wrong} is frame ${stacks[wrong]! >>> 0}, which does not exist.`);
  return undefined;
}

/** A view when the platform and the alignment allow it, a copy otherwise. */
function wordsOf(bytes: Uint8Array, at: number, length: number): Int32Array {
  const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  const start = bytes.byteOffset + at;
  if (littleEndian && start % 4 === 0) return new Int32Array(bytes.buffer, start, length);
  const view = new DataView(bytes.buffer, start, length * 4);
  return Int32Array.from({ length }, (_, index) => view.getInt32(index * 4, true));
}

/** Number of sites that records may point to; the runtime's own file lists only their ids. */
const siteCount = (header: TraceHeader): number => Math.max(header.sites.length, header.siteIds?.length ?? 0);

function checkTables(header: TraceHeader, said: Phrase[]): void {
  const sites = siteCount(header);
  for (const table of [header.goroutines, header.objects]) {
    for (const entry of table) {
      if (entry.site === NONE || entry.site < sites) continue;
      said.push(phrase`The trace header points to site ${entry.site} of ${sites}.`);
      entry.site = NONE;
    }
  }
}

/** How many records are valid, counting from the first. */
function validRecords(words: Int32Array, records: number, header: TraceHeader, said: Phrase[]): number {
  const goroutines = header.goroutines.length;
  const objects = header.objects.length;
  const sites = siteCount(header);
  const within = (value: number, bound: number): boolean => value === -1 || value >>> 0 < bound;
  for (let index = 0; index < records; index++) {
    const at = index * RECORD_WORDS;
    const head = words[at]!;
    const wrong =
      (head & 0xff) >= OPERATIONS.length
        ? phrase`operation code ${head & 0xff}`
        : ((head >> 8) & 0xff) >= PHASES.length
          ? phrase`phase code ${(head >> 8) & 0xff}`
          : words[at + 1]! >>> 0 >= goroutines
            ? phrase`goroutine ${words[at + 1]! >>> 0}`
            : !within(words[at + 2]!, objects)
              ? phrase`object ${words[at + 2]! >>> 0}`
              : !within(words[at + 3]!, sites)
                ? phrase`site ${words[at + 3]! >>> 0}`
                : !within(words[at + 4]!, header.events)
                  ? phrase`partner ${words[at + 4]! >>> 0}`
                  : undefined;
    if (wrong === undefined) continue;
    said.push(phrase`Event ${index} of the trace names ${wrong}, which does not exist; it and the rest are left out.`);
    return index;
  }
  return records;
}
