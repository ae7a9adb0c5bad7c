/** Whether a value is a finding, in all its parts: files of a store, and documents to be merged, may be anybody's. */
import { FINDING_KINDS, type Finding, type OutcomeCount } from '../../protocol/finding';
import { hasFields, isRecord } from '../system/json';

/** Whatever it is given: linear in its size, and never throws. */
export function isFinding(value: unknown): value is Finding {
  const texts = { id: 'string', message: 'string', package: 'string' } as const;
  if (!hasFields(value, { ...texts, explanation: 'array', analysis: 'record', sites: 'array' })) return false;
  const { id, kind, verdict, sites, explanation, analysis } = value;
  return (
    /^[0-9a-f]{12}$/.test(id) &&
    isKind(kind) &&
    (verdict === 'confirmed' || verdict === 'predicted' || verdict === 'suspected') &&
    explanation.every(isText) &&
    typeof analysis.name === 'string' &&
    sites.length > 0 &&
    sites.every(isSite) &&
    ['test', 'schedule', 'trace', 'severity', 'intended'].every((name) => isOptional(value[name], isText)) &&
    ['events', 'witness'].every((name) => isOptional(value[name], (list) => isListOf(list, Number.isInteger))) &&
    isOptional(value.steps, (list) => isListOf(list, isStep)) &&
    isOptional(value.alsoSeen, (list) => isListOf(list, isOtherView)) &&
    isOptional(value.stats, isStats) &&
    isOptional(value.fixes, (list) => isListOf(list, isFix)) &&
    isOptional(value.phrases, (list) => isListOf(list, (one) => isPhrase(one)))
  );
}

export function isCount(value: unknown): value is OutcomeCount {
  const fields = {
    file: 'string',
    line: 'number',
    column: 'number',
    operation: 'string',
    expression: 'string',
  } as const;
  if (!hasFields(value, { ...fields, runs: 'number', outcomes: 'record' })) return false;
  return (
    Object.values(value.outcomes).every((times) => typeof times === 'number') &&
    isOptional(value.cases, (list) => isListOf(list, isText))
  );
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isOptional = (value: unknown, fits: (value: unknown) => boolean): boolean => value === undefined || fits(value);
const isListOf = (value: unknown, fits: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every((one) => fits(one));
const isKind = (value: unknown): boolean => FINDING_KINDS.some((known) => known === value);

/** Lines and columns count from 1; a race detector's report has no columns. */
const isPosition = (value: unknown): boolean =>
  isRecord(value) && [value.line, value.column].every((number) => Number.isInteger(number) && Number(number) >= 0);

const isSite = (value: unknown): boolean =>
  hasFields(value, { file: 'string', role: 'string', operation: 'string' }) &&
  isPosition(value) &&
  isOptional(value.goroutine, isText);

const isStep = (value: unknown): boolean =>
  hasFields(value, { text: 'string', file: 'string', goroutine: 'string' }) && isPosition(value);

const isOtherView = (value: unknown): boolean =>
  hasFields(value, { message: 'string', sites: 'array' }) &&
  isKind(value.kind) &&
  value.sites.every(isSite) &&
  [value.id, value.test].every((text) => isOptional(text, isText));

/** No sentence has so many parts in each other. */
const MOST_LEVELS = 20;

const isPhrase = (value: unknown, levels = MOST_LEVELS): boolean =>
  levels > 0 &&
  hasFields(value, { key: 'string', values: 'array' }) &&
  isOptional(value.capital, (capital) => capital === true) &&
  value.values.every((one) => isText(one) || typeof one === 'number' || isPhrase(one, levels - 1));

const isStats = (value: unknown): boolean =>
  isRecord(value) &&
  ['schedules', 'firstAt', 'preemptions', 'replays', 'replayed', 'seconds'].every(
    (name) => typeof value[name] === 'number',
  );

const isFix = (value: unknown): boolean =>
  hasFields(value, { title: 'string', edits: 'array' }) &&
  value.edits.every(
    (edit) => hasFields(edit, { file: 'string', text: 'string' }) && isPosition(edit.start) && isPosition(edit.end),
  );
