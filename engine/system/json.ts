/** JSON that others wrote. */
import { readFile } from 'node:fs/promises';
import { type Attempt, errorText, failed, succeeded } from './attempt';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value in a file, or a warning that names it and ends with what becomes of it. */
export async function readJson(path: string, fate = '; it is skipped'): Promise<Attempt<unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return succeeded(value);
  } catch (error) {
    return failed(`${path} cannot be read (${errorText(error)})${fate}.`);
  }
}
