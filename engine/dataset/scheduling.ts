/** Reads what training/scheduling prints of Go's execution traces. */
import type { Frame, SchedulingEvent, SchedulingTrace } from '../../core/model/scheduling/trace';

/** Mirrors `line` in training/scheduling/main.go. */
export interface SchedulingLine {
  file: string;
  procs: number;
  /** kind, goroutine, by, processor, detail, stack, nanoseconds. Detail: of GoCreate the new one's stack, else the reason. */
  events: [number, number, number, number, number, number, number][];
  reasons: string[];
  /** Indices into frames. */
  stacks: number[][];
  frames: Frame[];
  problem?: string;
}

const KINDS: readonly SchedulingEvent['kind'][] = [
  'GoCreate',
  'GoStart',
  'GoBlock',
  'GoUnblock',
  'GoSched',
  'GoEnd',
  'SyscallBegin',
  'SyscallEnd',
  'Known',
  'Other',
];
/** trace.GoState of golang.org/x/exp/trace. */
const STATES: Readonly<Record<number, SchedulingEvent['known']>> = {
  2: 'runnable',
  3: 'running',
  4: 'waiting',
  5: 'syscall',
};
const NOWHERE: readonly Frame[] = [];

/** Without the goroutines that `isOurs` names by where they begin. */
export function schedulingTrace(line: SchedulingLine, isOurs: (entry: Frame) => boolean): SchedulingTrace {
  const stacks = line.stacks.map((frames) => frames.map((frame) => line.frames[frame]!));
  const ours = new Set<number>();
  const events: SchedulingEvent[] = [];
  for (const [kind, goroutine, by, proc, detail, stack, time] of line.events) {
    const name = KINDS[kind] ?? 'Other';
    const entry = name === 'GoCreate' ? (stacks[detail] ?? NOWHERE) : NOWHERE;
    if (entry[0] && isOurs(entry[0])) ours.add(goroutine);
    if (ours.has(goroutine)) continue;
    const known = name === 'Known' ? STATES[detail] : undefined;
    const reason = name === 'GoBlock' || name === 'GoSched' ? (line.reasons[detail] ?? '') : '';
    events.push({
      kind: name,
      goroutine,
      by,
      proc,
      reason,
      stack: stacks[stack] ?? NOWHERE,
      entry,
      time,
      ...(known ? { known } : {}),
    });
  }
  return { procs: line.procs || 1, events };
}
