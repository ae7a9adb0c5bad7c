/** Where a goroutine that could have gone on was held up while others ran: the switches that an interleaving is made of. */
import { ABSENT, eventAt, operationOf, siteAt, type Trace } from '../../trace/trace';
import type { Subject } from '../analysis';
import { advance, initialState } from '../facts/state';

export interface HeldUp {
  goroutine: number;
  /** Its last event before that stands in the user's code. */
  before: number;
  /** Its first one after; ABSENT when it never went on. */
  after: number;
}

const known = new WeakMap<Subject, readonly HeldUp[]>();

/** In the order of the trace. Nothing for a run that Go scheduled: there everybody is held up all the time. Linear. */
export function heldUp(subject: Subject): readonly HeldUp[] {
  const found = known.get(subject) ?? (subject.trace.header.mode === 'control' ? search(subject) : []);
  known.set(subject, found);
  return found;
}

function search({ trace, history }: Subject): HeldUp[] {
  const state = initialState(trace);
  const found: HeldUp[] = [];
  let running = ABSENT;
  for (let index = 0; index < trace.count; index++) {
    const { goroutine, operation, phase } = eventAt(trace, index);
    // The clock has no turn of its own, and who is woken need not have it yet.
    if (operation !== 'fire' && operation !== 'clock' && phase !== 'wake') {
      const other = running !== ABSENT && running !== goroutine ? state.goroutines[running] : undefined;
      // Who yields asks for it.
      if (other?.status === 'runnable' && operationOf(trace, other.last) !== 'yield') {
        const events = history.events[running] ?? [];
        const next = firstBehind(events, index);
        const before = events.slice(Math.max(0, next - NEAR), next).findLast((event) => isShown(trace, event));
        const after = events.slice(next, next + NEAR).find((event) => isShown(trace, event));
        // Who only begins was not there yet, and who only ends has done its part.
        if (before !== undefined && operationOf(trace, before) !== 'start' && !onlyEnds(trace, after)) {
          found.push({ goroutine: running, before, after: after ?? ABSENT });
        }
      }
      running = goroutine;
    }
    advance(trace, state);
  }
  return found;
}

const onlyEnds = (trace: Trace, after: number | undefined): boolean =>
  after !== undefined && ['end', 'test-end'].includes(operationOf(trace, after));

/** Events of a goroutine looked at for one in the user's code. */
const NEAR = 20;

/** Position of the first that is greater than `index`; `events` ascend. */
function firstBehind(events: readonly number[], index: number): number {
  let low = 0;
  for (let high = events.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (events[middle]! <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** It has a place in the user's code, and is more than a part of another event. */
export function isShown(trace: Trace, index: number): boolean {
  const { operation, site } = eventAt(trace, index);
  const place = siteAt(trace, site);
  return place !== undefined && !place.internal && operation !== 'select-case';
}
