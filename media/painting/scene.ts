/** What is painted: the layout, the part of it that is on the canvas, and what the reader has chosen. */

import type { Theme } from '../theme';
import type { Geometry, Viewport } from '../viewport';
import type { Cone, Layout, PageFacts, Surprises } from '../worker-messages';

export interface Scene {
  facts: PageFacts;
  layout: Layout;
  geometry: Geometry;
  viewport: Viewport;
  theme: Theme;
  /** Column, -1 for none. */
  selected: number;
  /** Column under the mouse, -1 for none. */
  hovered: number;
  /** Columns that a search has found, ascending. */
  found: Int32Array;
  /** Columns of events that were not to be expected, ascending, and how likely they were. */
  surprising: Int32Array;
  surprises: Surprises;
  cone?: Cone;
}

/** From this width on there is a box for each event; below, a pixel stands for several. */
export const BOX_WIDTH = 4;

/** How strongly what is concurrent with the chosen event is painted. */
export const DIMMED = 0.28;

/** In the past of the chosen event, in its future, or neither; 0 when no cone is shown. */
export const PAST = 1;
export const FUTURE = 2;
export const CONCURRENT = 3;

export function sideOf({ cone, layout }: Scene, column: number): number {
  if (!cone) return 0;
  const event = layout.events[column]!;
  const goroutine = layout.goroutine[column]!;
  if (event <= cone.past[goroutine]!) return PAST;
  return event >= cone.future[goroutine]! ? FUTURE : CONCURRENT;
}

/** How many goroutines share the lane. */
export const membersIn = ({ members }: Layout, lane: number): number =>
  members.offsets[lane + 1]! - members.offsets[lane]!;

/** The first column whose event is at least `event`. */
export function columnFrom(layout: Layout, event: number): number {
  let low = 0;
  let high = layout.events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout.events[middle]! < event) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The column of an event; -1 when it has none. */
export function columnOf(layout: Layout, event: number): number {
  const column = columnFrom(layout, event);
  return layout.events[column] === event ? column : -1;
}
