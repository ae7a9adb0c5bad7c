/**
 * Goroutines that are alike share a lane: hundreds of workers that run one function and wait at one place are one thing to
 * see, not hundreds.
 */
import type { TraceState } from '../analyse/facts/state';
import type { TraceNames } from '../trace/names';
import { ABSENT, siteAt, siteIndexOf, type Trace } from '../trace/trace';

/** Fewer than so many are left in lanes of their own. */
export const LEAST_FOLDED = 4;

/** Goroutine → the first of those that it shares a lane with; itself when it is alone. */
export type Folding = Int32Array;

/**
 * Alike are those that run the same function and ended in the same way: well, or at the same operation in the same place.
 * `unfolded` names groups that stay apart, by any of their goroutines. Linear in the goroutines.
 */
export function fold(
  trace: Trace,
  names: TraceNames,
  end: TraceState,
  unfolded: readonly number[] = [],
): { leader: Folding; groups: number } {
  const groups = new Map<string, number[]>();
  for (const [goroutine, { status, blockedAt }] of end.goroutines.entries()) {
    const name = names.functions[goroutine] ?? '';
    if (name === '' || goroutine < 1) continue;
    const at = blockedAt === ABSENT ? undefined : siteAt(trace, siteIndexOf(trace, blockedAt));
    const where = at ? `${at.operation} ${at.line} ${at.column} ${at.file}` : '';
    const key = `${status} ${where} ${name}`;
    const known = groups.get(key);
    if (known) known.push(goroutine);
    else groups.set(key, [goroutine]);
  }
  const leader = Int32Array.from(end.goroutines, (_, goroutine) => goroutine);
  const apart = new Set(unfolded);
  let folded = 0;
  for (const members of groups.values()) {
    if (members.length < LEAST_FOLDED) continue;
    folded++;
    if (members.some((goroutine) => apart.has(goroutine))) continue;
    for (const goroutine of members) leader[goroutine] = members[0]!;
  }
  return { leader, groups: folded };
}
