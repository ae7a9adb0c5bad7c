/**
 * What distinguishes two runs of one test. An event is the same in both when it is the n-th of its goroutine with that
 * operation at that place; each then occurs once, so that the longest common subsequence is the longest increasing one
 * (Hunt & Szymanski, "A Fast Algorithm for Computing Longest Common Subsequences", CACM 1977).
 */
import { eventAt, siteAt, type Trace, type TraceEvent } from '../trace/trace';

export interface CompareRow {
  /** Events; one is left out where only the other run has it. */
  left?: number;
  right?: number;
  /** `moved`: both have it, in another order than the rest. */
  kind: 'same' | 'moved' | 'left' | 'right';
}

/** Two operations on one object that came in the other order. Events of the two runs. */
export interface Reversal {
  object: number;
  left: [number, number];
  right: [number, number];
}

export interface Comparison {
  /** So many leading events are the same. */
  common: number;
  /** From there on, in the order of the left run; of the first MAX_ROWS. */
  rows: CompareRow[];
  /** Rows left out. */
  more: number;
  reversals: Reversal[];
}

export const MAX_ROWS = 2_000;
const MAX_REVERSALS = 20;

/** Nearly linear: n log n in the events behind the common beginning. */
export function compare(left: Trace, right: Trace): Comparison {
  const [keysLeft, keysRight] = [keysOf(left), keysOf(right)];
  let common = 0;
  while (common < keysLeft.length && common < keysRight.length && keysLeft[common] === keysRight[common]) common++;
  const positions = new Map<string, number>();
  for (let index = common; index < keysRight.length; index++) positions.set(keysRight[index]!, index);
  const partner = keysLeft.map((key, index) => (index < common ? index : (positions.get(key) ?? -1)));
  const kept = increasing(partner, common);
  const rows = rowsOf(partner, kept, common, keysRight.length);
  return {
    common,
    rows: rows.slice(0, MAX_ROWS),
    more: Math.max(0, rows.length - MAX_ROWS),
    reversals: reversalsOf(left, partner, common),
  };
}

function keysOf(trace: Trace): string[] {
  const seen = new Map<string, number>();
  return Array.from({ length: trace.count }, (_, index) => {
    const event = eventAt(trace, index);
    const site = siteAt(trace, event.site);
    const path = trace.header.goroutines[event.goroutine]?.path ?? '?';
    const where = site ? `${site.file}:${site.line}:${site.column}` : '';
    const key = `${path} ${event.operation} ${event.phase === 'wake' ? 'wake' : ''} ${where}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return `${key} ${times}`;
  });
}

/** Indices of a longest increasing subsequence of the values that are not negative, from `from` on. */
function increasing(values: readonly number[], from: number): Set<number> {
  const tails: number[] = [];
  const before = new Int32Array(values.length).fill(-1);
  for (let index = from; index < values.length; index++) {
    const value = values[index]!;
    if (value < 0) continue;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? tails[low - 1]! : -1;
    tails[low] = index;
  }
  const kept = new Set<number>();
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index]!) kept.add(index);
  return kept;
}

function rowsOf(partner: readonly number[], kept: ReadonlySet<number>, common: number, rights: number): CompareRow[] {
  const matched = new Set(partner.filter((right, left) => left >= common && right >= 0));
  const rows: CompareRow[] = [];
  let next = common;
  const onlyRight = (upTo: number): void => {
    for (; next < upTo; next++) if (!matched.has(next)) rows.push({ right: next, kind: 'right' });
  };
  for (let left = common; left < partner.length; left++) {
    const right = partner[left]!;
    if (right < 0) rows.push({ left, kind: 'left' });
    else if (kept.has(left)) {
      onlyRight(right);
      next = right + 1;
      rows.push({ left, right, kind: 'same' });
    } else rows.push({ left, right, kind: 'moved' });
  }
  onlyRight(rights);
  return rows;
}

const MATTERS = (event: TraceEvent): boolean =>
  event.object >= 0 && event.phase !== 'refused' && event.operation !== 'select-case' && event.operation !== 'make';

/** Neighbours on one object, of different goroutines, that came the other way round. */
function reversalsOf(trace: Trace, partner: readonly number[], common: number): Reversal[] {
  const last = new Map<number, number>();
  const found: Reversal[] = [];
  for (let index = 0; index < trace.count && found.length < MAX_REVERSALS; index++) {
    const event = eventAt(trace, index);
    const right = partner[index]!;
    if (right < 0 || !MATTERS(event)) continue;
    const before = last.get(event.object);
    last.set(event.object, index);
    if (before === undefined || index < common || partner[before]! < right) continue;
    if (eventAt(trace, before).goroutine === event.goroutine) continue;
    found.push({ object: event.object, left: [before, index], right: [right, partner[before]!] });
  }
  return found;
}
