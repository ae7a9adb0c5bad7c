/** The goroutines of a run after some of its scheduler events. */
import type { Frame, SchedulingEvent } from './trace';

export interface GoroutineState {
  id: number;
  /** The same in each run: `1.2` is the second that goroutine 1 has made. */
  path: string;
  children: number;
  status: 'runnable' | 'running' | 'waiting' | 'syscall';
  /** Where it began; empty where the trace did not see that. */
  entry: readonly Frame[];
  /** Where it was last seen; empty: it has not done anything yet. */
  stack: readonly Frame[];
  /** What it did there: an event that it brought about, GoUnblock of another included. */
  did: SchedulingEvent | undefined;
  /** Why it waits or gave way, while it does. */
  reason: string;
  /** What made it runnable, if it is or was: GoCreate, GoUnblock, GoSched or a call of the system. */
  woken: SchedulingEvent | undefined;
  /** The event that gave it its status, and that event's place in the trace. */
  since: SchedulingEvent | undefined;
  at: number;
  /** Events it has brought about since it began to run, and ever. */
  steps: number;
  allSteps: number;
  proc: number;
}

/** Replays events; lenient, since a trace may begin late and drop what it likes. */
export class SchedulerState {
  readonly goroutines = new Map<number, GoroutineState>();
  /** Events taken so far, and the last of them, newest last. */
  taken = 0;
  readonly recent: SchedulingEvent[] = [];
  /** Predicted events only. */
  count = 0;

  constructor(readonly procs: number) {}

  of(id: number): GoroutineState {
    let found = this.goroutines.get(id);
    if (!found) {
      found = {
        id,
        path: id === 1 ? '1' : 'system',
        children: 0,
        status: 'waiting',
        entry: [],
        stack: [],
        did: undefined,
        reason: '',
        woken: undefined,
        since: undefined,
        at: 0,
        steps: 0,
        allSteps: 0,
        proc: -1,
      };
      this.goroutines.set(id, found);
    }
    return found;
  }

  take(event: SchedulingEvent): void {
    const { kind } = event;
    const one = this.of(event.goroutine);
    this.taken++;
    switch (kind) {
      case 'GoCreate':
        one.entry = event.entry;
        if (event.by >= 0) {
          const parent = this.of(event.by);
          one.path = `${parent.path}.${++parent.children}`;
        }
        this.turn(one, 'runnable', event);
        one.woken = event;
        this.does(event.by, event);
        break;
      case 'GoUnblock':
        this.turn(one, 'runnable', event);
        one.woken = event;
        this.does(event.by, event);
        break;
      case 'GoStart':
        this.turn(one, 'running', event);
        one.proc = event.proc;
        one.steps = 0;
        break;
      case 'GoBlock':
        this.does(event.goroutine, event);
        this.turn(one, 'waiting', event);
        one.reason = event.reason;
        break;
      case 'GoSched':
        this.does(event.goroutine, event);
        this.turn(one, 'runnable', event);
        one.woken = event;
        one.reason = event.reason;
        break;
      case 'GoEnd':
        this.goroutines.delete(event.goroutine);
        break;
      case 'SyscallBegin':
        this.does(event.goroutine, event);
        this.turn(one, 'syscall', event);
        break;
      case 'SyscallEnd':
        // It may have lost its processor meanwhile; a GoStart says so then.
        this.turn(one, event.proc < 0 ? 'runnable' : 'running', event);
        break;
      case 'Known':
        if (!one.since) this.turn(one, event.known ?? 'waiting', event);
        break;
      case 'Other':
        break;
    }
    if (kind === 'Known' || kind === 'Other') return;
    if (kind !== 'SyscallBegin' && kind !== 'SyscallEnd') {
      this.count++;
      this.recent.push(event);
      if (this.recent.length > 8) this.recent.shift();
    }
  }

  private turn(one: GoroutineState, status: GoroutineState['status'], event: SchedulingEvent): void {
    one.status = status;
    one.since = event;
    one.at = this.taken;
    one.reason = '';
  }

  private does(id: number, event: SchedulingEvent): void {
    if (id < 0) return;
    const one = this.of(id);
    // Who acts runs, whatever was seen of it before.
    if (one.status !== 'running' && id !== event.goroutine) one.status = 'running';
    one.did = event;
    if (event.stack.length > 0) one.stack = event.stack;
    one.steps++;
    one.allSteps++;
  }
}
