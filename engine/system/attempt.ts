/** What an engine function gives back when it may fail for a reason that the user should read. */
import { english, phrase, type Value } from '../../protocol/phrase';

export type Attempt<T> = { ok: true; value: T } | Failure;

export interface Failure {
  ok: false;
  /** One clear sentence, in English: what, where, and what to do. */
  problem: string;
  /** The same, for who reads another language. */
  said: Value;
  /** The caller's signal ended it; nothing is wrong. */
  cancelled?: boolean;
}

export function succeeded<T>(value: T): Attempt<T> {
  return { ok: true, value };
}

/** What the toolchain has said stays as it is; words of ours are a phrase. */
export function failed(said: Value): Failure {
  return { ok: false, problem: english(said), said };
}

export const CANCELLED: Failure = { ...failed(phrase`Cancelled.`), cancelled: true };

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error (`ENOENT`), or an empty string. */
export function errorCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}
