/** Events, waits and held locks that share pixels: for each lane a row of pixels of each, which hold still while one scrolls. */
import { firstEnding, type Spans } from '../../core/view/spans';
import { columnLeft, GUTTER, laneTop, RULER } from '../viewport';
import type { Window } from './paint';
import { type Paint, RowImages } from './row-images';
import { CONCURRENT, DIMMED, type Scene, sideOf } from './scene';

const rows = new RowImages();
const EVENTS = 0;
const WAITS = 1;
const HOLDS = 2;

/** Spans of so many pixels and more are drawn one by one, with their names. */
export const LONG_SPAN = 6;
/** Below this column width those that are shorter are painted here. */
export const CROWDED = 1;

/** The first row of a lane: its events, its waits, its locks. */
const rowOf = ({ layout }: Scene, lane: number): number => HOLDS * lane + layout.holdRows[lane]!;

export function paintCrowd(context: CanvasRenderingContext2D, scene: Scene, { columns, lanes }: Window): void {
  const { layout, geometry, viewport, theme } = scene;
  const ratio = devicePixelRatio;
  const width = Math.ceil((viewport.width - GUTTER) * ratio);
  if (width <= 0 || lanes.to < lanes.from) return;
  const { left, columnWidth } = viewport;
  rows.begin(width, rowOf(scene, layout.goroutines.length), [layout, theme, scene.cone, left, columnWidth, ratio]);
  let lane = lanes.from;
  rows.ready(rowOf(scene, lanes.from), rowOf(scene, lanes.to + 1) - 1, (row) => {
    while (row >= rowOf(scene, lane + 1)) lane++;
    return painterOf(scene, lane, row - rowOf(scene, lane), columns, width);
  });
  context.imageSmoothingEnabled = false;
  const across = width / ratio;
  const waitInset = geometry.size === 'tall' ? 5 : 2;
  for (let at = lanes.from; at <= lanes.to; at++) {
    const row = rowOf(scene, at);
    const top = laneTop(geometry, viewport, at) + geometry.padding;
    if (columnWidth < CROWDED) {
      rows.draw(context, row + WAITS, GUTTER, top + waitInset, across, geometry.event - 2 * waitInset);
      const holds = layout.holdRows[at + 1]! - layout.holdRows[at]!;
      for (let hold = 0; hold < holds; hold++) {
        const below = top + geometry.event + 2 + hold * geometry.hold;
        rows.draw(context, row + HOLDS + hold, GUTTER, below, across, Math.max(1.5, geometry.hold - 2));
      }
    }
    rows.draw(context, row + EVENTS, GUTTER, top, across, geometry.event);
  }
  context.imageSmoothingEnabled = true;
  if (scene.selected < 0) return;
  const x = columnLeft(viewport, scene.selected);
  context.fillStyle = theme.focus;
  context.fillRect(x - 0.5, RULER, 2, viewport.height);
  const top = laneTop(geometry, viewport, layout.lane[scene.selected]!);
  context.fillRect(x - 3, top + geometry.padding - 1, 7, geometry.event + 2);
}

function painterOf(scene: Scene, lane: number, part: number, columns: Window['columns'], width: number): Paint {
  const { layout, theme, geometry } = scene;
  if (part === EVENTS) return (pixels, begin) => paintEvents(pixels, begin, width, scene, lane, columns);
  if (scene.viewport.columnWidth >= CROWDED) return () => {};
  if (part === WAITS) {
    return (pixels, begin) =>
      paintSpans(pixels, begin, width, scene, layout.waits, lane, (span) =>
        layout.waits.open[span] === 1 ? [theme.stuckPixel, 110] : [theme.quietPixel, 70],
      );
  }
  const alpha = geometry.size === 'tall' ? 82 : 190;
  const row = layout.holdRows[lane]! + part - HOLDS;
  return (pixels, begin) => paintSpans(pixels, begin, width, scene, layout.holds, row, () => [theme.lockPixel, alpha]);
}

/** From span to span that has a pixel of its own; those within one pixel are one. Long ones are left to be drawn. */
function paintSpans(
  pixels: Uint8ClampedArray,
  begin: number,
  width: number,
  { viewport }: Scene,
  spans: Spans,
  row: number,
  colourOf: (span: number) => [Uint8ClampedArray, number],
): void {
  const step = viewport.columnWidth * devicePixelRatio;
  const shift = viewport.left * devicePixelRatio;
  const end = spans.offsets[row + 1]!;
  let span = firstEnding(spans, row, Math.floor(shift / step));
  while (span < end) {
    const from = Math.floor(spans.from[span]! * step - shift);
    if (from >= width) return;
    const to = Math.max(from + 1, Math.floor((spans.to[span]! + 1) * step - shift));
    if ((spans.to[span]! + 1 - spans.from[span]!) * viewport.columnWidth < LONG_SPAN) {
      const [colour, alpha] = colourOf(span);
      for (let pixel = Math.max(0, from); pixel < Math.min(width, to); pixel++) {
        const at = 4 * (begin + pixel);
        pixels[at] = colour[0]!;
        pixels[at + 1] = colour[1]!;
        pixels[at + 2] = colour[2]!;
        pixels[at + 3] = alpha;
      }
    }
    const next = firstAfter(spans, span + 1, end, Math.ceil((to + shift) / step) - 1);
    span = Math.max(span + 1, next);
  }
}

/** The first span that ends at `column` or later, looked for with doubling steps: it is near. */
function firstAfter({ to }: Spans, from: number, end: number, column: number): number {
  let low = from;
  let jump = 1;
  while (low + jump < end && to[low + jump]! < column) {
    low += jump;
    jump *= 2;
  }
  return lowerBound(to, low, Math.min(end, low + jump + 1), column);
}

/** From event to event that has a pixel of its own; those behind it in the same pixel are passed with doubling steps. */
function paintEvents(
  pixels: Uint8ClampedArray,
  begin: number,
  width: number,
  scene: Scene,
  lane: number,
  columns: Window['columns'],
): void {
  const { layout, viewport, theme } = scene;
  const { offsets, items } = layout.columns;
  const step = viewport.columnWidth * devicePixelRatio;
  const shift = viewport.left * devicePixelRatio;
  const thick = Math.max(1, Math.round(step));
  const end = offsets[lane + 1]!;
  let at = lowerBound(items, offsets[lane]!, end, columns.from);
  while (at < end && items[at]! <= columns.to) {
    const column = items[at]!;
    const x = Math.floor(column * step - shift);
    const alpha = sideOf(scene, column) === CONCURRENT ? 255 * DIMMED : 235;
    const colour = 4 * layout.operation[column]!;
    for (let pixel = Math.max(0, x); pixel < Math.min(width, x + thick); pixel++) {
      const to = 4 * (begin + pixel);
      pixels[to] = theme.pixels[colour]!;
      pixels[to + 1] = theme.pixels[colour + 1]!;
      pixels[to + 2] = theme.pixels[colour + 2]!;
      pixels[to + 3] = alpha;
    }
    const next = Math.max(column + 1, Math.ceil((x + 1 + shift) / step));
    let jump = 1;
    let low = at + 1;
    while (low + jump < end && items[low + jump]! < next) {
      low += jump;
      jump *= 2;
    }
    at = lowerBound(items, low, Math.min(end, low + jump + 1), next);
  }
}

export function lowerBound(items: Int32Array, from: number, to: number, bound: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
