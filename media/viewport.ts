/** From columns and lanes to pixels and back. Pure: what is shown of a layout, and where. */
import type { Layout } from '../core/view/layout';

/** How much of a lane is written out. */
export const ROW_SIZES = ['dense', 'compact', 'tall'] as const;
export type RowSize = (typeof ROW_SIZES)[number];

interface Heights {
  event: number;
  hold: number;
  padding: number;
}

const HEIGHTS: Record<RowSize, Heights> = {
  dense: { event: 7, hold: 2, padding: 1 },
  compact: { event: 19, hold: 5, padding: 4 },
  tall: { event: 36, hold: 15, padding: 7 },
};

export const RULER = 22;
/** Width of the column with the goroutines' names. */
export const GUTTER = 156;
export const MAX_COLUMN = 132;
/** Behind the last column, for what goes on to the end of the run. */
const TAIL = 140;

export interface Geometry extends Heights {
  size: RowSize;
  /** Top of each lane below the ruler, and behind the last one the height of all. */
  tops: Float64Array;
}

export function geometryOf({ goroutines, holdRows }: Layout, size: RowSize): Geometry {
  const heights = HEIGHTS[size];
  const tops = new Float64Array(goroutines.length + 1);
  for (let lane = 0; lane < goroutines.length; lane++) {
    const holds = (holdRows[lane + 1]! - holdRows[lane]!) * heights.hold;
    tops[lane + 1] = tops[lane]! + heights.event + holds + 2 * heights.padding;
  }
  return { ...heights, size, tops };
}

/** Of all lanes with the ruler, in pixels. */
export const heightOf = ({ tops }: Geometry): number => RULER + tops[tops.length - 1]!;

/** What a person can read of so many lanes. */
export const sizeFor = (lanes: number): RowSize => (lanes <= 14 ? 'tall' : lanes <= 60 ? 'compact' : 'dense');

export interface Viewport {
  /** Pixels of the canvas. */
  width: number;
  height: number;
  columnWidth: number;
  /** Scrolled so far, in pixels of the content behind gutter and ruler. */
  left: number;
  top: number;
}

export const columnLeft = ({ columnWidth, left }: Viewport, column: number): number =>
  GUTTER + column * columnWidth - left;
export const columnAt = ({ columnWidth, left }: Viewport, x: number): number =>
  Math.floor((x - GUTTER + left) / columnWidth);
export const laneTop = ({ tops }: Geometry, { top }: Viewport, lane: number): number => RULER + tops[lane]! - top;

/** Lane at a height of the canvas, -1 outside of all. */
export function laneAt({ tops }: Geometry, { top }: Viewport, y: number): number {
  const height = y - RULER + top;
  if (y < RULER || height < 0 || height >= tops[tops.length - 1]!) return -1;
  return lastAtMost(tops, height);
}

function lastAtMost(ascending: Float64Array, bound: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle]! <= bound) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Lanes that have a part on the canvas, both inclusive; `to` < `from` when there is none. */
export function lanesIn(geometry: Geometry, { top, height }: Viewport): { from: number; to: number } {
  const { tops } = geometry;
  const lanes = tops.length - 1;
  const from = lastAtMost(tops, top);
  const to = lastAtMost(tops, top + Math.max(0, height - RULER));
  return { from: Math.min(from, lanes - 1), to: Math.min(to, lanes - 1) };
}

/** Columns that have a part on the canvas, both inclusive. */
export function columnsIn(viewport: Viewport, count: number): { from: number; to: number } {
  const from = Math.floor(viewport.left / viewport.columnWidth);
  const to = Math.floor((viewport.left + viewport.width - GUTTER) / viewport.columnWidth);
  return { from: Math.max(0, from), to: Math.min(count - 1, to) };
}

/** The column width at which all columns are on the canvas. */
export const fitting = ({ width }: Viewport, count: number): number =>
  Math.min(MAX_COLUMN, Math.max(1, width - GUTTER - TAIL / 2) / Math.max(1, count));

/** As small as all columns need, and where they need none so, as one can read. */
const leastColumn = (viewport: Viewport, count: number): number => Math.min(24, fitting(viewport, count));

/** Scrolled no further than there is content, zoomed no further than makes sense. */
export function clamped(viewport: Viewport, geometry: Geometry, count: number): Viewport {
  const columnWidth = Math.min(MAX_COLUMN, Math.max(viewport.columnWidth, leastColumn(viewport, count)));
  const content = count * columnWidth + Math.min(TAIL, columnWidth * 4 + 24);
  const most = Math.max(0, content - (viewport.width - GUTTER));
  const mostDown = Math.max(0, geometry.tops[geometry.tops.length - 1]! - (viewport.height - RULER) + 8);
  return {
    ...viewport,
    columnWidth,
    left: Math.min(Math.max(0, viewport.left), most),
    top: Math.min(Math.max(0, viewport.top), mostDown),
  };
}

/** Zoomed so that the column under `x` stays there. */
export function zoomed(viewport: Viewport, factor: number, x: number, count: number): Viewport {
  const columnWidth = Math.min(MAX_COLUMN, Math.max(viewport.columnWidth * factor, leastColumn(viewport, count)));
  const at = (Math.max(x, GUTTER) - GUTTER + viewport.left) / viewport.columnWidth;
  return { ...viewport, columnWidth, left: at * columnWidth - (Math.max(x, GUTTER) - GUTTER) };
}

/** Scrolled no further than needed to have the column, with its neighbours, and the lane on the canvas. */
export function showing(viewport: Viewport, geometry: Geometry, column: number, lane: number): Viewport {
  const { columnWidth, width, height } = viewport;
  const room = width - GUTTER;
  const margin = Math.min(Math.max(2 * columnWidth, 48), room / 4);
  let { left, top } = viewport;
  if (column * columnWidth - margin < left) left = column * columnWidth - margin;
  else if ((column + 1) * columnWidth + margin > left + room) left = (column + 1) * columnWidth + margin - room;
  const bottom = geometry.tops[lane + 1]!;
  if (geometry.tops[lane]! < top) top = geometry.tops[lane]!;
  else if (bottom > top + height - RULER) top = bottom - (height - RULER);
  return { ...viewport, left, top };
}
