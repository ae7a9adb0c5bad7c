/** Analyses of executions that are read and forgotten: one pass for what is found, another for where it stands. */
import { type EventSink, ExecutionBuilder, type ExecutionNames } from '../../trace/execution/execution';
import type { OrderOptions } from '../relations/synchronisation';
import { ANALYSES } from './analyses';
import { type ExecutionFindings, findingOf, MAX_TOLD, tooMany } from './findings';
import type { Prediction, Stream } from './prediction';

/** Executions up to here are kept, and searched for witnesses. */
export const KEPT_EVENTS = 200_000;

/** Of these analyses; undefined when one of them has to see the whole at once. */
export function streamsOf(only: readonly string[] | undefined): Streams | undefined {
  const chosen = ANALYSES.filter(({ name }) => !only || only.includes(name));
  return chosen.every(({ stream }) => stream !== undefined) ? new Streams(chosen.map(({ name }) => name)) : undefined;
}

export class Streams {
  constructor(private readonly names: readonly string[]) {}

  start(options: OrderOptions): RunningStreams {
    const streams = ANALYSES.filter(({ name }) => this.names.includes(name));
    return new RunningStreams(streams.map(({ name, stream }) => ({ name, stream: stream!(options, MAX_TOLD) })));
  }
}

interface Named {
  name: string;
  stream: Stream;
}

export class RunningStreams implements EventSink {
  count = 0;

  constructor(private readonly all: readonly Named[]) {}

  event(action: number, thread: number, target: number, detail: number, place: number, source: number): void {
    this.count++;
    for (const { stream } of this.all) stream.sink.event(action, thread, target, detail, place, source);
  }

  results(names: ExecutionNames): Results {
    const told = this.all.map(({ name, stream }) => ({
      name,
      predictions: stream.predictions(names),
      total: stream.total(),
    }));
    return new Results(told);
  }
}

/** What was found, by the numbers of events; give it all events again, and it tells findings. */
export class Results implements EventSink {
  private readonly builder = new ExecutionBuilder();
  private readonly positions: number[];
  private next = 0;
  private count = 0;

  constructor(private readonly told: readonly { name: string; predictions: Prediction[]; total: number }[]) {
    const events = told.flatMap(({ predictions }) => predictions.flatMap((prediction) => prediction.events));
    this.positions = [...new Set(events)].sort((a, b) => a - b);
  }

  /** Are there events to look for? */
  get wanted(): boolean {
    return this.next < this.positions.length;
  }

  event(action: number, thread: number, target: number, detail: number, place: number, source: number): void {
    if (this.count++ !== this.positions[this.next]) return;
    this.next++;
    this.builder.event(action, thread, target, detail, place, source);
  }

  findings(names: ExecutionNames, file: string): ExecutionFindings {
    const execution = { ...this.builder.build(), names };
    const subject = { execution, positions: this.positions };
    const indices = new Map(this.positions.map((position, index) => [position, index]));
    const findings = this.told.flatMap(({ name, predictions }) =>
      predictions.map((prediction) => {
        const events = prediction.events.map((event) => indices.get(event)!);
        return findingOf(subject, file, name, { ...prediction, events });
      }),
    );
    return { findings, problems: this.told.flatMap(({ name, total }) => tooMany(name, total)) };
  }
}
