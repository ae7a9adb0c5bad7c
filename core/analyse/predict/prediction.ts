/** What an analysis of an execution says, before it is told to people. */
import type { FindingKind } from '../../../protocol/finding';
import type { EventSink, Execution, ExecutionNames } from '../../trace/execution/execution';
import type { Trace } from '../../trace/trace';

export interface Prediction {
  kind: FindingKind;
  /** Some execution of the program that was traced shows it for certain. */
  sound: boolean;
  /** Indices in the execution: the two accesses of a race, the inner acquires of a lock cycle. */
  events: number[];
  /** What the events have in common, and why they meet: one sentence each. */
  reasons: string[];
  /** The events are those at which everybody waits who has not ended. */
  standstill?: boolean;
  /** Events of a correct reordering, in order, that ends just before all of `events` can come next. */
  witness?: number[];
}

/** An analysis in one pass. */
export interface Stream {
  sink: EventSink;
  /** When all events have been given to the sink; as many as are kept. */
  predictions(names: ExecutionNames): Prediction[];
  /** How many there are. */
  total(): number;
}

export interface Subject {
  execution: Execution;
  /** Which events of the whole these are, where the execution is a part of it. */
  positions?: readonly number[];
  /** Of a Go program. */
  trace?: Trace;
  search?: WitnessSearch;
}

/** How witnesses are searched for; without: thoroughly. */
export interface WitnessSearch {
  /** Steps for all candidates of an analysis together. */
  steps: number;
  /** Candidates that are of no interest: indices in the execution, as in Prediction.events. */
  skip(events: readonly number[]): boolean;
}
