/** Reads the textual form of a trace; text.ts describes it. */
import { type Phrase, phrase } from '../../protocol/phrase';
import {
  NONE,
  OPERATIONS,
  type Operation,
  PHASES,
  type Phase,
  TRACE_VERSION,
  type TraceHeader,
} from '../../protocol/trace';
import { readHeader } from './header';
import { reading, type TraceReading } from './read';
import { ABSENT, type TraceEvent } from './trace';
import { traceOfEvents } from './write';

interface Line {
  /** undefined for a bare `-`. */
  words: (string | undefined)[];
  fields: Record<string, string>;
}

/** Words of a line; a JSON string is one word, and `name=value` words (the value may be JSON) are set apart. */
function split(line: string): Line {
  const words: Line['words'] = [];
  const fields: Record<string, string> = {};
  for (const [piece] of line.matchAll(/[a-z]+=\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]|(?:[a-z]+=)?"(?:[^"\\]|\\.)*"|\S+/gu)) {
    const field = /^(partner|case|argument|time|id|at|cases|internal|path|capacity|caller|outside|stack)=(.*)$/su.exec(
      piece,
    );
    if (field) fields[field[1]!] = field[2]!;
    else if (piece === '-') words.push(undefined);
    else words.push(piece.startsWith('"') ? String(json(piece)) : piece);
  }
  return { words, fields };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `a.go:3:14` → its three parts. */
function positionOf(label: string): unknown[] {
  const match = /^(.*):(\d+):(\d+)$/su.exec(label);
  return match ? [match[1], Number(match[2]), Number(match[3])] : [];
}

/**
 * Never throws. A line that cannot be understood becomes a problem with its number; when it belongs to the header
 * there is no trace, when it is an event the trace ends before it.
 */
export function parseTrace(text: string): TraceReading {
  const said: Phrase[] = [];
  const header: Record<string, unknown> = { version: TRACE_VERSION, events: 0 };
  const tables = {
    site: new Map<string, number>(),
    goroutine: new Map<string, number>(),
    object: new Map<string, number>(),
  };
  const lists: Record<'sites' | 'goroutines' | 'objects' | 'frames', unknown[]> = {
    sites: [],
    goroutines: [],
    objects: [],
    frames: [],
  };
  const events: Omit<TraceEvent, 'index'>[] = [];
  const stacks: number[] = [];
  let inEvents = false;
  let time = 0;

  const siteIndex = (word: string | undefined): number | undefined => {
    if (word === undefined) return NONE;
    return tables.site.get(word) ?? (/^#\d+$/u.test(word) ? Number(word.slice(1)) : undefined);
  };
  const eventOf = ({ words, fields }: Line): Omit<TraceEvent, 'index'> | undefined => {
    const [number, routine = '', operation = '', phase = '', object, place] = words;
    const goroutine = tables.goroutine.get(routine);
    const site = siteIndex(place);
    const objectIndex = object === undefined ? ABSENT : tables.object.get(object);
    if (Number(number) !== events.length || goroutine === undefined || site === undefined) return undefined;
    if (objectIndex === undefined || !OPERATIONS.includes(operation as Operation)) return undefined;
    if (!PHASES.includes(phase as Phase)) return undefined;
    const numbers = ['partner', 'case', 'argument', 'time'].map((name) => fields[name]).map(Number);
    if (['partner', 'case', 'argument', 'time'].some((name, at) => fields[name] && !Number.isInteger(numbers[at]))) {
      return undefined;
    }
    if (fields.time !== undefined) time = numbers[3]!;
    return {
      operation: operation as Operation,
      phase: phase as Phase,
      aux: fields.case === undefined ? 0 : numbers[1]!,
      goroutine,
      object: objectIndex,
      site: site === NONE ? ABSENT : site,
      partner: fields.partner === undefined ? ABSENT : numbers[0]!,
      argument: fields.argument === undefined ? 0 : numbers[2]!,
      time,
    };
  };

  const lines = text.split('\n');
  for (const [at, raw] of lines.entries()) {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('//')) continue;
    const line = split(trimmed);
    if (inEvents) {
      const event = eventOf(line);
      if (!event) {
        said.push(phrase`Line ${at + 1} is not a valid event; it and the rest are left out.`);
        break;
      }
      events.push(event);
      const stack = Number(line.fields.stack ?? ABSENT);
      stacks.push(stack < lists.frames.length ? stack : ABSENT);
      continue;
    }
    const [word = '', value = ''] = line.words;
    if (Object.keys(header).length === 2 && lists.sites.length === 0 && word !== 'lockstep-trace' && !header.begun) {
      return reading([phrase`This is not a Lockstep trace in textual form: it does not begin with lockstep-trace.`]);
    }
    switch (word) {
      case 'lockstep-trace':
        header.begun = true;
        if (value !== String(TRACE_VERSION)) {
          return reading([phrase`The trace has format version ${value}; this reader knows ${TRACE_VERSION}.`]);
        }
        break;
      case 'package':
      case 'test':
      case 'mode':
      case 'seed':
      case 'strategy':
      case 'outcome':
      case 'message':
        header[word] = value;
        break;
      case 'returned':
      case 'foreign':
      case 'early':
        header[word] = value === 'yes';
        break;
      case 'dropped':
      case 'ahead':
        header[word] = Number(value);
        break;
      case 'site-ids':
        header.siteIds = value.split(',').map(Number);
        break;
      case 'site': {
        const position = line.fields.at === undefined ? positionOf(value) : json(line.fields.at);
        const [file, row, column] = Array.isArray(position) ? (position as unknown[]) : [];
        tables.site.set(value, lists.sites.length);
        lists.sites.push({
          id: Number(line.fields.id ?? lists.sites.length + 1),
          file,
          line: row,
          column,
          operation: line.words[2],
          function: line.words[3] ?? '',
          expression: line.words[4] ?? '',
          cases: line.fields.cases === undefined ? undefined : json(line.fields.cases),
          internal: line.fields.internal === 'yes',
        });
        break;
      }
      case 'goroutine': {
        const path = line.fields.path === undefined ? value : json(line.fields.path);
        tables.goroutine.set(value, lists.goroutines.length);
        lists.goroutines.push({ path, site: siteIndex(line.words[2]) });
        break;
      }
      case 'object': {
        const { capacity } = line.fields;
        tables.object.set(value, lists.objects.length);
        lists.objects.push({
          kind: line.words[2],
          site: siteIndex(line.words[3]),
          capacity: capacity === undefined ? undefined : Number(capacity),
        });
        break;
      }
      case 'frame': {
        const [, file, row] = /^(.*):(\d+)$/su.exec(line.words[2] ?? '') ?? [];
        const { caller } = line.fields;
        lists.frames.push({
          function: value,
          file,
          line: Number(row),
          caller: caller === undefined ? undefined : Number(caller),
          outside: line.fields.outside === 'yes',
        });
        break;
      }
      case 'events':
        header.events = Number(value);
        inEvents = true;
        break;
      default:
        said.push(phrase`Line ${at + 1} begins with ${JSON.stringify(word)}, which is not known.`);
        return reading(said);
    }
  }
  const valid: TraceHeader | undefined = readHeader({ ...header, ...lists }, said);
  if (!valid) return reading(said);
  const announced = valid.events;
  if (events.length < announced)
    said.push(phrase`The trace was cut off after ${events.length} of ${announced} events.`);
  const trace = traceOfEvents(valid, events);
  trace.header.events = Math.max(announced, events.length);
  if (valid.frames) trace.stacks = Int32Array.from(stacks, (stack) => (Number.isInteger(stack) ? stack : ABSENT));
  return reading(said, trace);
}
