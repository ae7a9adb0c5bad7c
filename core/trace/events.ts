/**
 * Goroutine events in the vocabulary of Go's execution tracer (golang/go src/internal/trace: GoCreate, GoStart,
 * GoBlock, GoUnblock, GoSched, GoEnd), derived from a Lockstep trace, so that numbers compare with work on it.
 */
import type { Operation } from '../../protocol/trace';
import { eventsOf, type Trace, type TraceEvent } from './trace';

export type GoroutineEvent =
  | { type: 'GoCreate'; event: number; goroutine: number; created: number }
  | { type: 'GoStart'; event: number; goroutine: number }
  | { type: 'GoBlock'; event: number; goroutine: number; reason: string }
  | { type: 'GoUnblock'; event: number; goroutine: number }
  /** Gave the processor away although it could go on; preempted says that it did not ask for it. */
  | { type: 'GoSched'; event: number; goroutine: number; preempted: boolean }
  | { type: 'GoEnd'; event: number; goroutine: number };

/** Reasons as the execution tracer words them (runtime/runtime2.go, waitReason for traceBlock…). */
function blockReason(operation: Operation): string {
  switch (operation) {
    case 'send':
      return 'chan send';
    case 'receive':
      return 'chan receive';
    case 'select':
      return 'select';
    case 'cond-wait':
      return 'sync.(*Cond).Wait';
    case 'sleep':
      return 'sleep';
    default:
      return 'sync';
  }
}

/** Events that stand in a goroutine's name without it having the processor. */
const onBehalf = (event: TraceEvent): boolean =>
  event.phase === 'wake' || event.operation === 'fire' || event.operation === 'clock';

/** Linear. In record mode goroutines run in parallel, and a change of goroutine says nothing about preemption. */
export function goroutineEvents(trace: Trace): GoroutineEvent[] {
  const derived: GoroutineEvent[] = [];
  const blocked = new Set<number>();
  const started = new Set<number>();
  let running = -1;
  for (const event of eventsOf(trace)) {
    const { goroutine, index } = event;
    // Details of the select that blocked just before.
    if (event.operation === 'select-case') continue;
    if (onBehalf(event)) {
      if (blocked.delete(goroutine)) {
        started.delete(goroutine);
        derived.push({ type: 'GoUnblock', event: index, goroutine });
      }
      continue;
    }
    if (trace.header.mode === 'control' && running !== goroutine && running >= 0) {
      derived.push({ type: 'GoSched', event: index, goroutine: running, preempted: true });
      started.delete(running);
    }
    if (!started.has(goroutine)) derived.push({ type: 'GoStart', event: index, goroutine });
    started.add(goroutine);
    running = goroutine;
    const leave = (): void => {
      started.delete(goroutine);
      running = -1;
    };
    if (event.phase === 'block') {
      derived.push({ type: 'GoBlock', event: index, goroutine, reason: blockReason(event.operation) });
      blocked.add(goroutine);
      leave();
    } else if (event.operation === 'go') {
      derived.push({ type: 'GoCreate', event: index, goroutine, created: event.argument });
    } else if (event.operation === 'yield') {
      derived.push({ type: 'GoSched', event: index, goroutine, preempted: false });
      leave();
    } else if (event.operation === 'end' || event.operation === 'panic' || event.operation === 'test-end') {
      derived.push({ type: 'GoEnd', event: index, goroutine });
      leave();
    }
  }
  return derived;
}

/** Number of times a goroutine lost the processor although it could have gone on. Control mode only. */
export const preemptionsOf = (trace: Trace): number =>
  goroutineEvents(trace).filter((event) => event.type === 'GoSched' && event.preempted).length;
