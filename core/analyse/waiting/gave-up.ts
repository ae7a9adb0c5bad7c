/** Who gave up waiting because of a timeout whose time came although others could still run. */
import { completed, eventAt, eventsOf, type Trace, type TraceEvent } from '../../trace/trace';

/** argument of a `clock` that ran ahead of goroutines that could move. */
export const RAN_AHEAD = 1;

/**
 * Goroutines that took the case of a timer or of a context in a select, when the clock had run ahead to it. A sleep, or a
 * wait for nothing but a timer, is no giving up. Linear.
 */
export function gaveUpEarly(trace: Trace): ReadonlySet<number> {
  const gaveUp = new Set<number>();
  if (!trace.header.early) return gaveUp;
  /** Timer or its channel → the last time it fired was too early. */
  const tooEarly = new Map<number, boolean>();
  const earlyFires = new Set<number>();
  /** Started by a timer that fired too early: time.AfterFunc, which ends contexts. */
  const startedEarly = new Set<number>();
  let ahead = false;
  for (const event of eventsOf(trace)) {
    switch (event.operation) {
      case 'clock':
        ahead = event.argument === RAN_AHEAD;
        continue;
      case 'fire':
        tooEarly.set(event.object, ahead);
        if (ahead) earlyFires.add(event.index);
        continue;
      case 'start':
        if (earlyFires.has(event.partner)) startedEarly.add(event.goroutine);
        break;
      case 'select':
        if (completed(event) && (tooEarly.get(event.object) || endedBy(trace, event, startedEarly))) {
          gaveUp.add(event.goroutine);
        }
        break;
    }
    // Whoever a timer wakes is written where it fires.
    if (event.phase !== 'wake') ahead = false;
  }
  return gaveUp;
}

/** It found closed what one of these has closed. */
const endedBy = (trace: Trace, { partner }: TraceEvent, closers: ReadonlySet<number>): boolean =>
  partner >= 0 && closers.has(eventAt(trace, partner).goroutine) && eventAt(trace, partner).operation === 'close';
