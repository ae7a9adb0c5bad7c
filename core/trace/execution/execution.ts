/** An execution in memory: one column for each part of an event, so that ten million events are passed in a moment. */
import { ACTIONS, type Action, type Target, targetOf } from './actions';

export const ABSENT = -1;
/** Capacity of a channel of which nothing is known: there was room. */
export const UNBOUNDED = 0x7fffffff;

/** Whoever takes events as they come: an analysis in one pass, or the columns of an execution. */
export interface EventSink {
  event(action: number, thread: number, target: number, detail: number, place: number, source: number): void;
}

/** What the numbers in the columns stand for. */
export interface ExecutionNames {
  threads: string[];
  locks: string[];
  variables: string[];
  channels: string[];
  groups: string[];
  objects: string[];
  places: string[];
}

export interface Execution {
  count: number;
  /** Codes of ACTIONS. */
  action: Uint8Array;
  thread: Int32Array;
  /** Index of the target among those of its kind. */
  target: Int32Array;
  detail: Int32Array;
  /** Index into names.places, ABSENT where nothing is known. */
  place: Int32Array;
  /** The event of the trace it comes from: its index, or the number of its line from 0. Ascending. */
  source: Int32Array;
  names: ExecutionNames;
  /** Capacity of each channel with a buffer. */
  capacities: number[];
  /** Number of messages that are told. */
  messages: number;
  /** Sources of events that a select chose: another case, or its default, could have come instead of a wait. */
  choices: ReadonlySet<number>;
}

export const emptyNames = (): ExecutionNames => ({
  threads: [],
  locks: [],
  variables: [],
  channels: [],
  groups: [],
  objects: [],
  places: [],
});

/** Columns that grow. */
export class ExecutionBuilder implements EventSink {
  readonly names = emptyNames();
  readonly capacities: number[] = [];
  readonly choices = new Set<number>();
  messages = 0;
  count = 0;
  private action = new Uint8Array(1024);
  private columns = [0, 1, 2, 3, 4].map(() => new Int32Array(1024)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];

  event(action: number, thread: number, target: number, detail: number, place: number, source: number): void {
    if (this.count === this.action.length) this.grow();
    const at = this.count++;
    const columns = this.columns;
    this.action[at] = action;
    columns[0][at] = thread;
    columns[1][at] = target;
    columns[2][at] = detail;
    columns[3][at] = place;
    columns[4][at] = source;
  }

  build(): Execution {
    const { count, names, capacities, messages, choices } = this;
    const [thread, target, detail, place, source] = this.columns.map((column) => column.subarray(0, count)) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    const action = this.action.subarray(0, count);
    return { count, action, thread, target, detail, place, source, names, capacities, messages, choices };
  }

  private grow(): void {
    const room = this.action.length * 2;
    const action = new Uint8Array(room);
    action.set(this.action);
    this.action = action;
    this.columns = this.columns.map((column) => {
      const wider = new Int32Array(room);
      wider.set(column);
      return wider;
    }) as typeof this.columns;
  }
}

/** Hands all events to a sink, in order. */
export function feed(execution: Execution, sink: EventSink): void {
  const { action, thread, target, detail, place, source } = execution;
  for (let at = 0; at < execution.count; at++) {
    sink.event(action[at]!, thread[at]!, target[at]!, detail[at]!, place[at]!, source[at]!);
  }
}

export const actionAt = (execution: Execution, event: number): Action => ACTIONS[execution.action[event]!] ?? 'branch';

/** Name of what the event concerns; empty when it concerns nothing. */
export function targetName({ action, target, names }: Execution, event: number): string {
  const index = target[event]!;
  const lists: Record<Exclude<Target, 'nothing' | 'message'>, readonly string[]> = {
    variable: names.variables,
    lock: names.locks,
    thread: names.threads,
    channel: names.channels,
    group: names.groups,
    object: names.objects,
  };
  const kind = targetOf(action[event]!);
  if (kind === 'nothing') return '';
  if (kind === 'message') return `m${index}`;
  return lists[kind][index] ?? `${kind} ${index}`;
}

/** The events of each thread, in order. */
export function eventsByThread(execution: Execution): Int32Array[] {
  const sizes = new Int32Array(execution.names.threads.length);
  for (let at = 0; at < execution.count; at++) sizes[execution.thread[at]!]!++;
  const lists = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  for (let at = 0; at < execution.count; at++) {
    const thread = execution.thread[at]!;
    lists[thread]![sizes[thread]!++] = at;
  }
  return lists;
}

/** The execution of some of the events, in the order given; names stay. */
export function selected(execution: Execution, events: ArrayLike<number>): Execution {
  const pick = (column: Int32Array): Int32Array => Int32Array.from(events, (event) => column[event]!);
  return {
    ...execution,
    count: events.length,
    action: Uint8Array.from(events, (event) => execution.action[event]!),
    thread: pick(execution.thread),
    target: pick(execution.target),
    detail: pick(execution.detail),
    place: pick(execution.place),
    source: pick(execution.source),
  };
}
