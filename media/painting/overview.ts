/** The minimap: the whole run in a strip, where somebody waits for ever, what was found, and which part is on the canvas. */
import { columnsIn, lanesIn } from '../viewport';
import type { Scene } from './scene';

/** The strip with everything that changes only with the layout; made once and copied. */
export function paintOverview(context: CanvasRenderingContext2D, scene: Scene, width: number, height: number): void {
  const { layout, theme } = scene;
  const count = Math.max(1, layout.events.length);
  const lanes = Math.max(1, layout.goroutines.length);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  const row = height / lanes;
  const thick = Math.max(1, Math.min(4, row * 0.7));
  for (let lane = 0; lane < lanes; lane++) {
    for (let span = layout.waits.offsets[lane]!; span < layout.waits.offsets[lane + 1]!; span++) {
      const open = layout.waits.open[span] === 1;
      const from = (layout.waits.from[span]! / count) * width;
      const to = (layout.waits.to[span]! / count) * width;
      if (!open && to - from < 1) continue;
      context.globalAlpha = open ? 0.8 : 0.25;
      context.fillStyle = open ? theme.stuck : theme.quiet;
      context.fillRect(from, lane * row, Math.max(1, to - from), Math.max(1, row - 0.5));
    }
  }
  context.globalAlpha = 0.9;
  // Of a long trace a sample: a pixel has no room for more.
  const step = Math.max(1, Math.floor(count / (width * 12)));
  for (let column = 0; column < count; column += step) {
    context.fillStyle = theme.families[layout.operation[column] ?? 0]!;
    context.fillRect((column / count) * width, layout.lane[column]! * row, Math.max(1, width / count), thick);
  }
  context.globalAlpha = 1;
}

/** What moves: the part that is on the canvas, what was found, the chosen event. */
export function paintOverviewMarks(
  context: CanvasRenderingContext2D,
  scene: Scene,
  width: number,
  height: number,
): void {
  const { layout, theme, viewport, geometry, found, selected } = scene;
  const count = Math.max(1, layout.events.length);
  context.fillStyle = theme.found;
  let last = -1;
  for (const column of found) {
    const x = Math.floor((column / count) * width);
    if (x !== last) context.fillRect(x, 0, 1, 4);
    last = x;
  }
  const columns = columnsIn(viewport, count);
  const lanes = lanesIn(geometry, viewport);
  const from = (columns.from / count) * width;
  const to = ((columns.to + 1) / count) * width;
  const row = height / Math.max(1, layout.goroutines.length);
  context.fillStyle = theme.background;
  context.globalAlpha = 0.45;
  context.fillRect(0, 0, from, height);
  context.fillRect(to, 0, width - to, height);
  context.globalAlpha = 1;
  context.strokeStyle = theme.focus;
  context.lineWidth = 1;
  const top = Math.floor(lanes.from * row);
  const bottom = Math.ceil((lanes.to + 1) * row);
  context.strokeRect(from + 0.5, top + 0.5, Math.max(3, to - from - 1), Math.max(3, bottom - top - 1));
  if (selected < 0) return;
  context.fillStyle = theme.focus;
  context.fillRect((selected / count) * width, 0, 2, height);
}
