/**
 * The run that a process died in, put together from what it had written until then (RunConfig.stream). The Go side is
 * tracer/runtime/stream.go.
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyHeader, writeTrace } from '../../core/trace/write';
import { MARK_FILE, type RawSchedule, type RunConfig, type RunLine, type StreamLine } from '../../protocol/run';
import { OPERATIONS, RECORD_BYTES, RECORD_WORDS, type TraceHeader } from '../../protocol/trace';
import { errorCode } from '../system/attempt';
import { isRecord } from '../system/json';

/** Number of the iteration that a process was in; nothing when it had begun none, or where none is kept. */
export async function iterationOf(out: string): Promise<number | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(join(out, MARK_FILE));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const number = bytesRead === 8 ? Number(buffer.readBigUInt64LE()) : 0;
    return number > 0 ? number - 1 : undefined;
  } finally {
    await file.close();
  }
}

/** Writes trace and schedule of the run into `out` and gives its line; nothing when it wrote nothing of use. */
export async function streamedRun(
  out: string,
  index: number,
  of: Pick<RunConfig, 'package' | 'test' | 'points'>,
): Promise<RunLine | undefined> {
  let lines: string;
  let events: Buffer;
  try {
    lines = await readFile(join(out, `${index}.stream`), 'utf8');
    events = await readFile(join(out, `${index}.events`));
  } catch (error) {
    // It ended before it could begin, or the run itself had ended in an orderly way.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const count = Math.floor(events.length / RECORD_BYTES);
  const header: TraceHeader = {
    ...emptyHeader(),
    package: of.package,
    test: of.test,
    outcome: 'died',
    returned: false,
    goroutines: [],
    siteIds: [],
  };
  const schedule: RawSchedule = { version: 1, seed: '0', strategy: '', preemptions: 0, stream: true, steps: [] };
  if (of.points) schedule.points = of.points;
  for (const line of lines.split('\n')) {
    const value = streamLine(line);
    if (value) take(value, header, schedule);
  }
  // The bytes of a Buffer may begin anywhere; words may not.
  const words = new Int32Array(new Uint8Array(events.subarray(0, count * RECORD_BYTES)).buffer);
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    if (OPERATIONS[words[at]! & 0xff] === 'test-end') header.returned = true;
  }
  header.early = schedule.steps.some(({ g }) => g === '0');
  const line: RunLine = {
    type: 'run',
    test: of.test,
    index,
    seed: schedule.seed,
    outcome: 'died',
    returned: header.returned,
    foreign: header.foreign,
    early: header.early,
    steps: schedule.steps.length,
    preemptions: schedule.preemptions,
    trace: `${index}.trace`,
    schedule: `${index}.schedule.json`,
  };
  await writeFile(join(out, `${index}.trace`), writeTrace({ header: { ...header, events: count }, count, words }));
  await writeFile(join(out, `${index}.schedule.json`), JSON.stringify(schedule));
  return line;
}

/** The process may have died while it wrote the last one. */
function streamLine(text: string): StreamLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function take(line: StreamLine, header: TraceHeader, schedule: RawSchedule): void {
  if (line.run) {
    Object.assign(schedule, line.run);
    header.seed = line.run.seed;
    header.strategy = line.run.strategy;
  }
  if (line.siteId !== undefined) header.siteIds?.push(line.siteId);
  if (line.goroutine) header.goroutines.push(line.goroutine);
  if (line.object) header.objects.push(line.object);
  if (line.foreign) header.foreign = true;
  const named = line.named && header.goroutines[line.named.index];
  if (named) named.test = line.named?.test;
  if (line.step) {
    schedule.steps.push(line.step);
    schedule.preemptions = line.preempted ?? 0;
  }
  const last = schedule.steps.at(-1);
  if (line.case !== undefined && last) last.case = line.case;
}
