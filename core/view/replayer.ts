/** The state at any event of a long trace: snapshots on the way, so that at most one stretch is replayed to get there. */
import { advance, copyOf, initialState, type TraceState } from '../analyse/facts/state';
import type { Trace } from '../trace/trace';

/** Events between snapshots at least, and snapshots at most. */
const STRETCH = 2_048;
const SNAPSHOTS = 128;

export class Replayer {
  private readonly snapshots: TraceState[];
  private readonly stretch: number;
  private state: TraceState;

  constructor(private readonly trace: Trace) {
    this.stretch = Math.max(STRETCH, Math.ceil(trace.count / SNAPSHOTS));
    this.state = initialState(trace);
    this.snapshots = [copyOf(this.state)];
  }

  /** The state after the first `count` events. It is this object's own: the next call changes it. */
  after(count: number): TraceState {
    const wanted = Math.min(Math.max(count, 0), this.trace.count);
    const nearest = this.snapshots[Math.min(Math.floor(wanted / this.stretch), this.snapshots.length - 1)]!;
    if (wanted < this.state.position || nearest.position > this.state.position) this.state = copyOf(nearest);
    while (this.state.position < wanted) this.step();
    return this.state;
  }

  private step(): void {
    advance(this.trace, this.state);
    if (this.state.position === this.snapshots.length * this.stretch) this.snapshots.push(copyOf(this.state));
  }
}
