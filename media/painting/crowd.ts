/**
 * Events that share pixels: a row of an image for each lane, stretched to its height. Ten thousand rectangles would cost a
 * frame; a pixel costs a number.
 */
import { columnLeft, GUTTER, laneTop, RULER } from '../viewport';
import type { Window } from './paint';
import { CONCURRENT, DIMMED, type Scene, sideOf } from './scene';

let image: { data: ImageData; canvas: HTMLCanvasElement } | undefined;

function imageOf(width: number, height: number): { data: ImageData; canvas: HTMLCanvasElement } {
  if (!image || image.data.width !== width || image.data.height !== height) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    image = { data: new ImageData(width, height), canvas };
  }
  image.data.data.fill(0);
  return image;
}

export function paintCrowd(context: CanvasRenderingContext2D, scene: Scene, { columns, lanes }: Window): void {
  const { layout, geometry, viewport, theme } = scene;
  const ratio = devicePixelRatio;
  const width = Math.ceil((viewport.width - GUTTER) * ratio);
  const rows = lanes.to - lanes.from + 1;
  if (width <= 0 || rows <= 0) return;
  const { data, canvas } = imageOf(width, rows);
  for (let lane = lanes.from; lane <= lanes.to; lane++) {
    paintRow(data.data, (lane - lanes.from) * width, width, scene, lane, columns, ratio);
  }
  canvas.getContext('2d')?.putImageData(data, 0, 0);
  context.imageSmoothingEnabled = false;
  for (let lane = lanes.from; lane <= lanes.to; lane++) {
    const top = laneTop(geometry, viewport, lane) + geometry.padding;
    context.drawImage(canvas, 0, lane - lanes.from, width, 1, GUTTER, top, width / ratio, geometry.event);
  }
  context.imageSmoothingEnabled = true;
  if (scene.selected < 0) return;
  const x = columnLeft(viewport, scene.selected);
  context.fillStyle = theme.focus;
  context.fillRect(x - 0.5, RULER, 2, viewport.height);
  const top = laneTop(geometry, viewport, layout.lane[scene.selected]!);
  context.fillRect(x - 3, top + geometry.padding - 1, 7, geometry.event + 2);
}

/** From event to event that has a pixel of its own; those behind it in the same pixel are passed with doubling steps. */
function paintRow(
  pixels: Uint8ClampedArray,
  begin: number,
  width: number,
  scene: Scene,
  lane: number,
  columns: Window['columns'],
  ratio: number,
): void {
  const { layout, viewport, theme } = scene;
  const { offsets, items } = layout.columns;
  const step = viewport.columnWidth * ratio;
  const thick = Math.max(1, Math.round(step));
  const end = offsets[lane + 1]!;
  let at = lowerBound(items, offsets[lane]!, end, columns.from);
  while (at < end && items[at]! <= columns.to) {
    const column = items[at]!;
    const x = Math.floor(column * step - viewport.left * ratio);
    const alpha = sideOf(scene, column) === CONCURRENT ? 255 * DIMMED : 235;
    const colour = 4 * layout.operation[column]!;
    for (let pixel = Math.max(0, x); pixel < Math.min(width, x + thick); pixel++) {
      const to = 4 * (begin + pixel);
      pixels[to] = theme.pixels[colour]!;
      pixels[to + 1] = theme.pixels[colour + 1]!;
      pixels[to + 2] = theme.pixels[colour + 2]!;
      pixels[to + 3] = alpha;
    }
    const next = Math.max(column + 1, Math.ceil((x + 1 + viewport.left * ratio) / step));
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
