/** Flags, read strictly: an unknown flag or a bad value is one line that names it. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Shard } from '../core/explore/shard';
import { type Attempt, errorText, failed, succeeded } from '../engine/system/attempt';

export interface Flags {
  /** Given values of flags that take one. */
  text: ReadonlyMap<string, string>;
  /** Given flags that take none. */
  switches: ReadonlySet<string>;
  positionals: string[];
}

/** Each flag of a verb, without dashes, and whether it takes a value. */
export type FlagSpec = Readonly<Record<string, 'value' | 'switch'>>;

export function readFlags(args: string[], spec: FlagSpec): Attempt<Flags> {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, kind] of Object.entries(spec)) options[name] = { type: kind === 'value' ? 'string' : 'boolean' };
  const text = new Map<string, string>();
  const switches = new Set<string>();
  try {
    // Go's own flags have one dash; people will type `-run` here too.
    const dashed = args.map((arg) => arg.replace(/^-(?=[a-z]{2,})/, '--'));
    const { values, positionals } = parseArgs({ args: dashed, options, allowPositionals: true, strict: true });
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') text.set(name, value);
      else if (value === true) switches.add(name);
    }
    return succeeded({ text, switches, positionals });
  } catch (error) {
    return failed(errorText(error).split('. ')[0] ?? 'bad arguments');
  }
}

/** Seconds of a duration as Go writes it: `30s`, `1m30s`, `500ms`, `2h`; a bare number means seconds. */
export function readSeconds(text: string): Attempt<number> {
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };
  if (/^\d+(\.\d+)?$/.test(text)) return positive(Number(text), text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return failed(`"${text}" is not a duration such as 30s or 2m`);
  let seconds = 0;
  for (const [, amount, unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    seconds += Number(amount) * (units[unit] ?? 1);
  }
  return positive(seconds, text);
}

function positive(seconds: number, text: string): Attempt<number> {
  return seconds > 0 ? succeeded(seconds) : failed(`a duration is longer than ${text}`);
}

/** A whole number from 1 on. */
export function readCount(flag: string, text: string): Attempt<number> {
  const count = Number(text);
  return /^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count)
    ? succeeded(count)
    : failed(`--${flag} takes a whole number from 1 on, not "${text}"`);
}

/** A seed: a decimal number below 2^64. */
export function readSeed(text: string): Attempt<string> {
  return /^\d{1,20}$/.test(text) && BigInt(text) < 1n << 64n
    ? succeeded(BigInt(text).toString())
    : failed(`--seed takes a whole number below 2^64, not "${text}"`);
}

/** `2/5`: the second of five. */
export function readShard(text: string): Attempt<Shard> {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  return index !== undefined && of !== undefined && index >= 1 && index <= of
    ? succeeded({ index, of })
    : failed(`--shard takes I/N, such as 1/4 for the first of four, not "${text}"`);
}

/** One of a flag's words. */
export function readWord<T extends string>(flag: string, text: string, words: readonly T[]): Attempt<T> {
  const word = words.find((known) => known === text);
  return word ? succeeded(word) : failed(`--${flag} takes ${words.join(', ')}, not "${text}"`);
}
