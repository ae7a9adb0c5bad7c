/** From columns and lanes to pixels and back. Everything is linear, so that a window of it costs what it shows. */
import type { TracePage } from '../core/view/page';

export type Density = 'names' | 'operations' | 'dots';

/** Pixels. */
export interface Layout {
  density: Density;
  columnWidth: number;
  labelWidth: number;
  rulerHeight: number;
  eventHeight: number;
  holdHeight: number;
  /** Top of each lane, and below the last one the height of all. */
  tops: readonly number[];
  width: number;
}

const COLUMN_WIDTH: Record<Density, number> = { names: 88, operations: 52, dots: 12 };
const LANE_PADDING = 8;

export function layoutOf(model: TracePage, density: Density): Layout {
  const rulerHeight = 22;
  const eventHeight = density === 'names' ? 38 : 26;
  const holdHeight = 15;
  const tops: number[] = [rulerHeight];
  for (const { depth } of model.lanes) {
    tops.push(tops[tops.length - 1]! + eventHeight + depth * holdHeight + 2 * LANE_PADDING);
  }
  const labelWidth = 124;
  const columnWidth = COLUMN_WIDTH[density];
  // Room for the spans that never end.
  const width = labelWidth + (model.count + 1) * columnWidth + 96;
  return { density, columnWidth, labelWidth, rulerHeight, eventHeight, holdHeight, tops, width };
}

export function leftOf({ labelWidth, columnWidth }: Layout, index: number): number {
  return labelWidth + index * columnWidth;
}

export function middleOf(layout: Layout, index: number): number {
  return leftOf(layout, index) + layout.columnWidth / 2;
}

export function eventTop({ tops }: Layout, lane: number): number {
  return tops[lane]! + LANE_PADDING;
}

/** Below the events and the locks held, so that an arrow crosses no text. */
export function laneBottom({ tops }: Layout, lane: number): number {
  return tops[lane + 1]! - LANE_PADDING;
}

export function holdTop(layout: Layout, lane: number, depth: number): number {
  return eventTop(layout, lane) + layout.eventHeight + 2 + depth * layout.holdHeight;
}

/** Columns that stand in a window of the scrolled area, with a few more on both sides. */
export function columnsIn(layout: Layout, left: number, width: number, count: number): { from: number; to: number } {
  const more = Math.ceil(400 / layout.columnWidth);
  const from = Math.floor((left - layout.labelWidth) / layout.columnWidth) - more;
  const to = Math.ceil((left + width) / layout.columnWidth) + more;
  return { from: Math.max(0, from), to: Math.min(count - 1, to) };
}

/** Lanes that stand in a window of the scrolled area, with one more on both sides. */
export function lanesIn({ tops }: Layout, top: number, height: number): { from: number; to: number } {
  const last = tops.length - 2;
  let from = 0;
  while (from < last && tops[from + 1]! < top) from++;
  let to = from;
  while (to < last && tops[to + 1]! < top + height) to++;
  return { from: Math.max(0, from - 1), to: Math.min(last, to + 1) };
}
