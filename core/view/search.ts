/**
 * Finds events by words. Each word must be in one of: the operation, the object's name, the goroutine's path or function,
 * the place. The words are looked up in the tables, so that a million events cost one look at numbers each.
 */
import { OPERATIONS, PHASES, RECORD_WORDS } from '../../protocol/trace';
import type { TraceNames } from '../trace/names';
import type { Trace } from '../trace/trace';

/** Bits: the value of a table has the n-th word in it. More words than bits are not looked for. */
const MAX_WORDS = 30;

function bitsOf(texts: readonly string[], words: readonly string[]): Int32Array {
  return Int32Array.from(texts, (text) => {
    const lower = text.toLowerCase();
    let bits = 0;
    for (const [at, word] of words.entries()) if (lower.includes(word)) bits |= 1 << at;
    return bits;
  });
}

/** Of `events`, those that match; none for an empty query. Upper and lower case are the same. */
export function search(trace: Trace, names: TraceNames, query: string, events: Int32Array): Int32Array {
  const wanted = query.toLowerCase().split(/\s+/u).filter(Boolean).slice(0, MAX_WORDS);
  if (wanted.length === 0) return new Int32Array(0);
  const all = (1 << wanted.length) - 1;
  const { header, words } = trace;
  const operations = bitsOf(OPERATIONS, wanted);
  const phases = bitsOf(
    PHASES.map((phase) => (phase === 'block' ? 'block waits' : phase)),
    wanted,
  );
  const objects = bitsOf(names.objects, wanted);
  const goroutines = bitsOf(
    header.goroutines.map(({ path }, index) => `goroutine ${path} ${names.functions[index]}`),
    wanted,
  );
  const sites = bitsOf(
    header.sites.map((site) => `${site.file}:${site.line} ${site.function}`),
    wanted,
  );
  const found = new Int32Array(events.length);
  let count = 0;
  for (const index of events) {
    const at = index * RECORD_WORDS;
    const head = words[at]!;
    const bits =
      operations[head & 0xff]! |
      phases[(head >> 8) & 0xff]! |
      goroutines[words[at + 1]!]! |
      (words[at + 2]! < 0 ? 0 : objects[words[at + 2]!]!) |
      (words[at + 3]! < 0 ? 0 : (sites[words[at + 3]!] ?? 0));
    if (bits === all) found[count++] = index;
  }
  return found.slice(0, count);
}
