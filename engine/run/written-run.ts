/** What a test binary wrote about a run: its trace, with the places of the build, and its schedule. */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from '../../core/trace/trace';
import { withSites } from '../../core/trace/write';
import { phrase } from '../../protocol/phrase';
import type { RawSchedule, RunLine } from '../../protocol/run';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';
import { isRecord } from '../system/json';
import { framePlaces } from './positions';
import type { ProcessRun } from './run';
import type { TestSubject } from './subject';

/** Fails when the files of the run are missing or not valid. */
export function writtenRun(
  subject: TestSubject,
  run: ProcessRun,
  line: RunLine,
): Attempt<{ trace: Trace; raw: RawSchedule }> {
  if (line.trace === undefined || line.schedule === undefined) {
    return failed(phrase`Run ${line.index} of ${subject.test} has no trace.`);
  }
  let bytes: Uint8Array;
  let raw: unknown;
  try {
    bytes = partOf(join(run.out, line.trace), line.parts?.trace);
    raw = JSON.parse(partOf(join(run.out, line.schedule), line.parts?.schedule).toString('utf8'));
  } catch (error) {
    return failed(phrase`Run ${line.index} of ${subject.test} cannot be read: ${errorText(error)}`);
  }
  const { trace, said } = withSites(bytes, subject.sites, framePlaces(subject.package.moduleDir, subject.goroot));
  if (!trace)
    return failed(phrase`Run ${line.index} of ${subject.test} left a trace that is not valid: ${said[0] ?? ''}`);
  if (!isRawSchedule(raw))
    return failed(phrase`Run ${line.index} of ${subject.test} left a schedule that is not valid.`);
  return succeeded({ trace, raw });
}

/** At once: what has just been written is read sooner than the thread pool would be asked. Throws system errors. */
function partOf(path: string, part: [number, number] | undefined): Buffer {
  if (!part) return readFileSync(path);
  const [begin, size] = part;
  const bytes = Buffer.alloc(size);
  const file = openSync(path, 'r');
  try {
    const read = readSync(file, bytes, 0, size, begin);
    return bytes.subarray(0, read);
  } finally {
    closeSync(file);
  }
}

function isRawSchedule(value: unknown): value is RawSchedule {
  return (
    isRecord(value) &&
    typeof value.seed === 'string' &&
    typeof value.preemptions === 'number' &&
    (value.points === undefined || (Array.isArray(value.points) && value.points.every(Number.isInteger))) &&
    Array.isArray(value.steps) &&
    value.steps.every(
      (step) =>
        isRecord(step) && typeof step.g === 'string' && typeof step.op === 'string' && typeof step.site === 'number',
    )
  );
}
