/** Events that a search has found, or that surprise: which there are, and which is next. */
import { columnOf } from './painting/scene';
import type { Layout } from './worker-messages';

export class Matches {
  private columns: { of: Layout; found: Int32Array } | undefined;

  /** Ascending. */
  constructor(readonly events: Int32Array = new Int32Array(0)) {}

  get count(): number {
    return this.events.length;
  }

  positionOf(event: number): number {
    return this.events.indexOf(event);
  }

  /** The one next to an event, from the other end behind the last; undefined when there is none at all. */
  next(event: number, step: 1 | -1): number | undefined {
    const { events } = this;
    const after = events.findIndex((it) => (step > 0 ? it > event : it >= event));
    const at = step > 0 ? (after < 0 ? 0 : after) : after <= 0 ? events.length - 1 : after - 1;
    return events[at];
  }

  /** Those that the layout shows. */
  columnsIn(layout: Layout): Int32Array {
    if (this.columns?.of !== layout) {
      const found = this.events.map((event) => columnOf(layout, event)).filter((column) => column >= 0);
      this.columns = { of: layout, found };
    }
    return this.columns.found;
  }
}
