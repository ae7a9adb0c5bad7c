/**
 * What Go's scheduler did in a native run, as runtime/trace tells it: the states that goroutines went through, and where
 * in the code they were.
 */

/** The six events that are predicted (Weave, arXiv 2606.17508). The order is that of the model's outputs. */
export const SCHEDULER_EVENTS = ['GoCreate', 'GoStart', 'GoBlock', 'GoUnblock', 'GoSched', 'GoEnd'] as const;
export type SchedulerEvent = (typeof SCHEDULER_EVENTS)[number];

/** These change the state but are not predicted: whether a call of the system takes long is not the program's doing. */
export type OtherEvent = 'SyscallBegin' | 'SyscallEnd' | 'Known' | 'Other';

export interface Frame {
  /** With its package, as Go prints it: `example.com/a.(*T).m.func1`. */
  function: string;
  file: string;
  /** 1-based. */
  line: number;
}

export interface SchedulingEvent {
  kind: SchedulerEvent | OtherEvent;
  /** Whose state changes. */
  goroutine: number;
  /** Who brings it about; -1: nobody, it is a timer, the network, or the scheduler itself. */
  by: number;
  /** The processor it happens on, a P; -1: none. */
  proc: number;
  /** Of GoBlock and GoSched: `chan receive`, `sync`, `sleep` … */
  reason: string;
  /** Of Known: what it was when tracing began. */
  known?: 'runnable' | 'running' | 'waiting' | 'syscall';
  /** Where the one who brings it about is, innermost first. Empty where the trace has none. */
  stack: readonly Frame[];
  /** Of GoCreate: where the new goroutine begins. */
  entry: readonly Frame[];
  /** Nanoseconds since the trace began. */
  time: number;
}

export interface SchedulingTrace {
  /** GOMAXPROCS. */
  procs: number;
  events: readonly SchedulingEvent[];
}

export const isPredicted = ({ kind }: SchedulingEvent): boolean =>
  (SCHEDULER_EVENTS as readonly string[]).includes(kind);
