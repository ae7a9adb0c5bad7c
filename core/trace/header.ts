/** Validates the JSON header of a trace. What people read may be missing; what indices point into may not. */
import { type Phrase, phrase } from '../../protocol/phrase';
import {
  OBJECT_KINDS,
  OPERATIONS,
  OUTCOMES,
  type Site,
  TRACE_VERSION,
  type TraceFrame,
  type TraceGoroutine,
  type TraceHeader,
  type TraceObject,
} from '../../protocol/trace';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isIndex = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const oneOf = <T extends string>(values: readonly T[], value: unknown): value is T =>
  (values as readonly unknown[]).includes(value);

function siteOf(value: unknown): Site | undefined {
  if (!isFields(value)) return undefined;
  const { id, file, line, column, operation, expression, cases, internal } = value;
  if (!isIndex(id) || typeof file !== 'string' || !isIndex(line) || !isIndex(column)) return undefined;
  if (!oneOf(OPERATIONS, operation) || typeof value.function !== 'string') return undefined;
  const site: Site = { id, file, line, column, operation, function: value.function, expression: '' };
  if (typeof expression === 'string') site.expression = expression;
  if (Array.isArray(cases)) site.cases = cases.map(String);
  if (internal === true) site.internal = true;
  return site;
}

function objectOf(value: unknown): TraceObject | undefined {
  if (!isFields(value) || !oneOf(OBJECT_KINDS, value.kind) || !isIndex(value.site)) return undefined;
  const object: TraceObject = { kind: value.kind, site: value.site };
  if (isIndex(value.capacity)) object.capacity = value.capacity;
  if (isIndex(value.region)) object.region = value.region;
  if (isIndex(value.offset)) object.offset = value.offset;
  return object;
}

function goroutineOf(value: unknown): TraceGoroutine | undefined {
  if (!isFields(value) || typeof value.path !== 'string' || !isIndex(value.site)) return undefined;
  const goroutine: TraceGoroutine = { path: value.path, site: value.site };
  if (typeof value.test === 'string') goroutine.test = value.test;
  return goroutine;
}

function frameOf(value: unknown): TraceFrame | undefined {
  if (!isFields(value) || typeof value.function !== 'string' || typeof value.file !== 'string') return undefined;
  if (!isIndex(value.line) || !(value.caller === undefined || isIndex(value.caller))) return undefined;
  const frame: TraceFrame = { function: value.function, file: value.file, line: value.line };
  if (value.caller !== undefined) frame.caller = value.caller;
  if (value.outside === true) frame.outside = true;
  return frame;
}

/** Nothing where one is not valid: the events are worth reading without their stacks. */
function framesIn(fields: Fields, said: Phrase[]): TraceFrame[] {
  const frames = table(fields, 'frames', frameOf, said) ?? [];
  const wrong = frames.findIndex(({ caller }, index) => caller !== undefined && caller >= index);
  if (wrong < 0) return frames;
  said.push(phrase`Frame ${wrong} of the trace header does not come behind its caller.`);
  return [];
}

/** Go writes an empty slice that was never made as null. */
function table<T>(
  fields: Fields,
  name: string,
  entryOf: (value: unknown) => T | undefined,
  said: Phrase[],
): T[] | undefined {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) {
    said.push(phrase`The trace header's ${name} is not a list.`);
    return undefined;
  }
  const entries: T[] = [];
  for (const [index, item] of value.entries()) {
    const entry = entryOf(item);
    if (entry === undefined) {
      said.push(phrase`Entry ${index} of ${name} in the trace header is not valid.`);
      return undefined;
    }
    entries.push(entry);
  }
  return entries;
}

/** The header, or nothing and why. Missing words about the run are filled in and named in what is `said`. */
export function readHeader(value: unknown, said: Phrase[]): TraceHeader | undefined {
  if (!isFields(value)) {
    said.push(phrase`The trace header is not a JSON object.`);
    return undefined;
  }
  if (value.version !== TRACE_VERSION) {
    said.push(phrase`The trace header has version ${String(value.version)}; this reader knows ${TRACE_VERSION}.`);
    return undefined;
  }
  const goroutines = table(value, 'goroutines', goroutineOf, said);
  const objects = table(value, 'objects', objectOf, said);
  const sites = table(value, 'sites', siteOf, said);
  const siteIds = table(value, 'siteIds', (id) => (isIndex(id) ? id : undefined), said);
  if (!goroutines || !objects || !sites || !siteIds) return undefined;
  if (!isIndex(value.events)) {
    said.push(phrase`The trace header does not say how many events follow.`);
    return undefined;
  }
  const text = (name: string): string => {
    const field = value[name];
    if (typeof field === 'string') return field;
    said.push(phrase`The trace header has no ${name}.`);
    return '';
  };
  const header: TraceHeader = {
    version: TRACE_VERSION,
    mode: value.mode === 'record' ? 'record' : 'control',
    package: text('package'),
    test: text('test'),
    seed: text('seed'),
    strategy: text('strategy'),
    outcome: oneOf(OUTCOMES, value.outcome) ? value.outcome : 'pass',
    returned: value.returned === true,
    foreign: value.foreign === true,
    early: value.early === true,
    events: value.events,
    dropped: isIndex(value.dropped) ? value.dropped : 0,
    goroutines,
    objects,
    sites,
  };
  if (!oneOf(OUTCOMES, value.outcome)) said.push(phrase`The trace header does not say how the run ended.`);
  if (isIndex(value.ahead)) header.ahead = value.ahead;
  if (typeof value.message === 'string') header.message = value.message;
  if (siteIds.length > 0) header.siteIds = siteIds;
  const frames = framesIn(value, said);
  if (frames.length > 0) header.frames = frames;
  return header;
}
