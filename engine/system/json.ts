/** JSON that others wrote. */

import { readFile } from 'node:fs/promises';
import { phrase } from '../../protocol/phrase';
import { type Attempt, errorText, failed, succeeded } from './attempt';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type FieldType = 'string' | 'number' | 'array' | 'record';

/** Whether the value is an object with these fields. */
export function hasFields<F extends Record<string, FieldType>>(
  value: unknown,
  fields: F,
): value is Record<string, unknown> & { [K in keyof F]: Field<F[K]> } {
  if (!isRecord(value)) return false;
  return Object.entries(fields).every(([name, type]) => {
    const field = value[name];
    if (type === 'array') return Array.isArray(field);
    return type === 'record' ? isRecord(field) : typeof field === type;
  });
}

type Field<T extends FieldType> = T extends 'string'
  ? string
  : T extends 'number'
    ? number
    : T extends 'array'
      ? unknown[]
      : Record<string, unknown>;

/** The value in a file, or a warning that names it, and says where it is one of many that it is `skipped`. */
export async function readJson(path: string, skipped = true): Promise<Attempt<unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return succeeded(value);
  } catch (error) {
    const why = errorText(error);
    return failed(
      skipped ? phrase`${path} cannot be read (${why}); it is skipped.` : phrase`${path} cannot be read (${why}).`,
    );
  }
}
