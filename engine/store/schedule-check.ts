/** Whether a value is a schedule that can be replayed; what is wrong with it, and in which step. */
import { type Phrase, phrase } from '../../protocol/phrase';
import { SCHEDULE_VERSION, type Schedule, type Step, type StepSite } from '../../protocol/schedule';
import { OPERATIONS } from '../../protocol/trace';
import { type Attempt, failed, succeeded } from '../system/attempt';
import { hasFields, isRecord } from '../system/json';

/** The sentence of a failure begins with `path`. Linear in the steps. */
export function checkSchedule(value: unknown, path: string): Attempt<Schedule> {
  if (!isRecord(value) || typeof value.version !== 'number') return failed(phrase`${path} is not a schedule.`);
  if (value.version !== SCHEDULE_VERSION) {
    return failed(
      value.version > SCHEDULE_VERSION
        ? phrase`${path} has version ${value.version}; this Lockstep reads version ${SCHEDULE_VERSION}; it was written by a newer one.`
        : phrase`${path} has version ${value.version}; this Lockstep reads version ${SCHEDULE_VERSION}.`,
    );
  }
  if (!isSchedule(value)) return failed(phrase`${path} is not a schedule.`);
  for (const [index, site] of value.sites.entries()) {
    if (!isSite(site)) return failed(phrase`${path}: site ${index} is no place with file, line, column and operation.`);
  }
  for (const [index, step] of value.steps.entries()) {
    const wrong = wrongIn(step, value.sites);
    if (wrong !== undefined) return failed(phrase`${path}: step ${index + 1} ${wrong}.`);
  }
  return succeeded(value);
}

function isSchedule(value: Record<string, unknown>): value is Record<string, unknown> & Schedule {
  const fields = { test: 'string', package: 'string', seed: 'string', sites: 'array', steps: 'array' } as const;
  const { points } = value;
  return (
    hasFields(value, fields) && (points === undefined || (Array.isArray(points) && points.every(Number.isInteger)))
  );
}

const isSite = (value: unknown): value is StepSite =>
  hasFields(value, { file: 'string', line: 'number', column: 'number', function: 'string' }) &&
  isOperation(value.operation);

const isOperation = (value: unknown): boolean => OPERATIONS.some((operation) => operation === value);

function wrongIn(step: unknown, sites: readonly StepSite[]): Phrase | undefined {
  if (!isRecord(step)) return phrase`is not an object with g, op and site`;
  const { g, op, site, case: choice }: Partial<Record<keyof Step, unknown>> = step;
  if (typeof g !== 'string' || !/^\d+(\.\d+)*$/.test(g)) return phrase`names no goroutine: ${JSON.stringify(g)}`;
  if (!isOperation(op)) return phrase`names no operation: ${JSON.stringify(op)}`;
  if (typeof site !== 'number' || !Number.isInteger(site) || site < -1 || site >= sites.length) {
    return phrase`names site ${JSON.stringify(site)}, and there are ${sites.length}`;
  }
  if (choice !== undefined && !(Number.isInteger(choice) && Number(choice) >= 0)) {
    return phrase`takes case ${JSON.stringify(choice)}, which is no number of a case`;
  }
  return undefined;
}
