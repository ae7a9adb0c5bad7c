/** Writes trace files: fixtures, conversions, and the runtime's own files once the engine knows their sites. */
import { phrase } from '../../protocol/phrase';
import {
  NONE,
  OPERATIONS,
  PHASES,
  RECORD_BYTES,
  RECORD_WORDS,
  type Site,
  TRACE_MAGIC,
  TRACE_VERSION,
  type TraceFrame,
  type TraceHeader,
} from '../../protocol/trace';
import { reading, readTrace, type TraceReading } from './read';
import type { Trace, TraceEvent } from './trace';
import { encodeUtf8 } from './utf8';

/** Header and records in the layout of protocol/trace. header.events is set to the number of records. */
export function writeTrace(trace: Trace): Uint8Array {
  const { frames, ...rest } = trace.header;
  const stacks = frames && trace.stacks ? trace.stacks : new Int32Array(0);
  const header: TraceHeader = { ...rest, version: TRACE_VERSION, events: trace.count };
  if (frames && trace.stacks) header.frames = frames;
  const json = encodeUtf8(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const stacksAt = 16 + headerBytes + trace.count * RECORD_BYTES;
  const bytes = new Uint8Array(stacksAt + stacks.length * 4).fill(0x20, 16, 16 + headerBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeUtf8(TRACE_MAGIC), 0);
  view.setUint32(8, TRACE_VERSION, true);
  view.setUint32(12, headerBytes, true);
  bytes.set(json, 16);
  for (let index = 0; index < trace.count * RECORD_WORDS; index++) {
    view.setInt32(16 + headerBytes + index * 4, trace.words[index] ?? 0, true);
  }
  for (const [index, frame] of stacks.entries()) view.setInt32(stacksAt + index * 4, frame, true);
  return bytes;
}

/** Words for events that are spelled out; an event's own `index` is not looked at. */
export function traceOfEvents(header: TraceHeader, events: readonly Omit<TraceEvent, 'index'>[]): Trace {
  const words = new Int32Array(events.length * RECORD_WORDS);
  for (const [index, event] of events.entries()) {
    const low = ((event.time % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000;
    words.set(
      [
        OPERATIONS.indexOf(event.operation) | (PHASES.indexOf(event.phase) << 8) | (event.aux << 16),
        event.goroutine,
        event.object,
        event.site,
        event.partner,
        event.argument,
        low | 0,
        Math.floor(event.time / 0x1_0000_0000),
      ],
      index * RECORD_WORDS,
    );
  }
  return { header: { ...header, events: events.length }, count: events.length, words };
}

/**
 * Replaces the runtime's `siteIds` with the `sites` that the rewriter gave those ids (protocol/tracer). The caller
 * makes the files of `sites` relative to the module root. An id that is not in `sites` becomes a site without a
 * file, marked internal, and a problem. `place` names the files of call stacks as stored files do.
 */
export function withSites(
  bytes: Uint8Array,
  sites: ReadonlyMap<number, Site>,
  place: (file: string) => Pick<TraceFrame, 'file' | 'outside'> = (file) => ({ file }),
): TraceReading {
  const { trace, said } = readTrace(bytes);
  if (!trace) return reading(said);
  const { siteIds, ...header } = trace.header;
  if (siteIds) {
    header.sites = siteIds.map((id) => {
      const site = sites.get(id);
      if (site) return site;
      said.push(phrase`The trace names site ${id}, which is not among those of this build.`);
      const unknown = { file: '', line: 0, column: 0, operation: 'none', function: '', expression: '' } as const;
      return { id, ...unknown, internal: true };
    });
  }
  if (header.frames) header.frames = header.frames.map((frame) => ({ ...frame, ...place(frame.file) }));
  return reading(said, { ...trace, header });
}

/** A header for a trace made by hand: an empty run that passed. */
export function emptyHeader(): TraceHeader {
  return {
    version: TRACE_VERSION,
    mode: 'control',
    package: '',
    test: '',
    seed: '0',
    strategy: '',
    outcome: 'pass',
    returned: true,
    foreign: false,
    early: false,
    events: 0,
    dropped: 0,
    goroutines: [{ path: '1', site: NONE }],
    objects: [],
    sites: [],
  };
}
