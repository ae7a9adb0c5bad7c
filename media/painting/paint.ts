/** Paints the lanes, layer by layer. What it costs depends on the pixels, not on the length of the trace. */
import { columnLeft, columnsIn, GUTTER, lanesIn, RULER } from '../viewport';
import { paintArrows } from './arrows';
import { paintBoxes, paintMarks } from './boxes';
import { paintGutter, paintRuler } from './frame';
import { columnFrom, membersIn, type Scene } from './scene';
import { paintHolds, paintLives, paintWaits } from './stretches';
import { paintSurprises } from './surprises';

export interface Window {
  columns: { from: number; to: number };
  lanes: { from: number; to: number };
}

export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const { viewport, geometry, layout, theme } = scene;
  const { width, height } = viewport;
  const window: Window = {
    columns: columnsIn(viewport, layout.events.length),
    lanes: lanesIn(geometry, viewport),
  };
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  context.save();
  context.beginPath();
  context.rect(GUTTER, RULER, width - GUTTER, height - RULER);
  context.clip();
  paintCone(context, scene, window);
  paintColumn(context, scene, scene.selected, 0.6);
  paintColumn(context, scene, scene.hovered, 0.3);
  paintLives(context, scene, window);
  paintWaits(context, scene, window);
  paintHolds(context, scene, window);
  paintBoxes(context, scene, window);
  paintMarks(context, scene, window);
  paintSurprises(context, scene, window);
  paintArrows(context, scene, window);
  context.restore();
  paintGutter(context, scene, window);
  paintRuler(context, scene, window);
}

/** The whole column, so that one sees what the others are doing then. */
function paintColumn(context: CanvasRenderingContext2D, scene: Scene, column: number, alpha: number): void {
  if (column < 0) return;
  const { viewport, theme } = scene;
  context.globalAlpha = theme.highContrast ? alpha / 2 : alpha;
  context.fillStyle = theme.selection;
  const width = Math.max(1, viewport.columnWidth);
  context.fillRect(columnLeft(viewport, column), RULER, width, viewport.height - RULER);
  context.globalAlpha = 1;
}

/** Of each lane, what happens before the chosen event and what after it. */
function paintCone(context: CanvasRenderingContext2D, scene: Scene, { lanes }: Window): void {
  const { cone, layout, viewport, geometry, theme } = scene;
  if (!cone) return;
  for (let lane = lanes.from; lane <= lanes.to; lane++) {
    // Those that share a lane have each their own past: their events tell it.
    if (membersIn(layout, lane) > 1) continue;
    const goroutine = layout.goroutines[lane]!;
    const top = RULER + geometry.tops[lane]! - viewport.top;
    const height = geometry.tops[lane + 1]! - geometry.tops[lane]!;
    const past = columnLeft(viewport, columnFrom(layout, cone.past[goroutine]! + 1));
    const future = columnLeft(viewport, columnFrom(layout, cone.future[goroutine]!));
    context.globalAlpha = theme.highContrast ? 0.3 : 0.13;
    context.fillStyle = theme.past;
    if (past > GUTTER) context.fillRect(GUTTER, top, past - GUTTER, height);
    context.fillStyle = theme.future;
    if (future < viewport.width) context.fillRect(future, top, viewport.width - future, height);
    context.globalAlpha = 1;
    context.fillStyle = theme.past;
    if (past > GUTTER) context.fillRect(past - 1.5, top, 1.5, height);
    context.fillStyle = theme.future;
    if (future < viewport.width) context.fillRect(future, top, 1.5, height);
  }
}
