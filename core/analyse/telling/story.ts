/** Which events of a trace tell how something came about: few enough to be read. */
import { ABSENT, eventAt, type Trace } from '../../trace/trace';
import type { Subject } from '../analysis';
import { heldUp, isShown } from './held-up';

/** More than this nobody reads. */
export const MAX_STEPS = 12;
/** Events of others told of one time that a goroutine is held up. */
const MAX_BETWEEN = 3;

/**
 * The events that are needed, and, as far as there is room, where goroutines were held up before the last of them,
 * with what others did meanwhile to what they were about. Ascending.
 */
export function withSwitches(subject: Subject, needed: readonly number[]): number[] {
  const chosen = new Set(needed);
  const last = needed.length === 0 ? subject.trace.count : Math.max(...needed);
  // The switches nearest to the end are the ones that it takes.
  for (const { goroutine, before, after } of heldUp(subject).toReversed()) {
    if (before >= last) continue;
    const own = [before, ...(after === ABSENT || after > last ? [] : [after])];
    const end = after === ABSENT ? last : Math.min(after, last);
    const more = [...own, ...between(subject.trace, goroutine, { before, end }, own)].filter((it) => !chosen.has(it));
    if (chosen.size + more.length > MAX_STEPS) break;
    for (const event of more) chosen.add(event);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The newest of what other goroutines did to the objects of `own` events meanwhile. */
function between(
  trace: Trace,
  goroutine: number,
  { before, end }: { before: number; end: number },
  own: readonly number[],
): number[] {
  const objects = new Set(own.map((event) => eventAt(trace, event).object).filter((object) => object >= 0));
  const found: number[] = [];
  for (let index = end - 1; index > before && found.length < MAX_BETWEEN; index--) {
    const event = eventAt(trace, index);
    if (event.goroutine !== goroutine && objects.has(event.object) && isShown(trace, index)) found.push(index);
  }
  return found;
}

/** The newest events on an object before `end`, at most `limit`. */
export function lastOn({ trace }: Subject, object: number, end: number, limit: number): number[] {
  const found: number[] = [];
  for (let index = end - 1; object >= 0 && index >= 0 && found.length < limit; index--) {
    if (eventAt(trace, index).object === object && isShown(trace, index)) found.push(index);
  }
  return found;
}

/**
 * The newest events on objects that more than one goroutine used, at most `limit`: where their ways crossed. Of all
 * objects when none is shared.
 */
export function lastShared({ trace }: Subject, limit: number): number[] {
  const users = new Map<number, number>();
  const shared = new Set<number>();
  for (let index = 0; index < trace.count; index++) {
    const { object, goroutine } = eventAt(trace, index);
    if (object < 0) continue;
    const first = users.get(object);
    if (first === undefined) users.set(object, goroutine);
    else if (first !== goroutine) shared.add(object);
  }
  const found: number[] = [];
  for (let index = trace.count - 1; index >= 0 && found.length < limit; index--) {
    const { object } = eventAt(trace, index);
    if (object >= 0 && (shared.size === 0 || shared.has(object)) && isShown(trace, index)) found.push(index);
  }
  return found;
}
