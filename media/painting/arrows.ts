/** Arrows from the event that made another possible to that one, where they are of different goroutines. */
import { arrowsIn } from '../../core/view/arrows';
import { columnLeft, laneTop } from '../viewport';
import type { Window } from './paint';
import { BOX_WIDTH, CONCURRENT, type Scene, sideOf } from './scene';

/** More than so many hide what they connect; then only those of the chosen event are drawn. */
const MOST = 260;
const HEAD = 7;

export function paintArrows(context: CanvasRenderingContext2D, scene: Scene, { columns, lanes }: Window): void {
  const { layout, viewport, selected } = scene;
  const { from, to, kind } = layout.arrows;
  const sparse = viewport.columnWidth >= BOX_WIDTH;
  const { found, more } = arrowsIn(layout.arrows, columns.from, columns.to, MOST);
  if (sparse && !more) {
    for (const arrow of found) {
      const one = layout.lane[from[arrow]!]!;
      const other = layout.lane[to[arrow]!]!;
      if (Math.max(one, other) < lanes.from || Math.min(one, other) > lanes.to) continue;
      const touches = from[arrow] === selected || to[arrow] === selected;
      if (!touches) paintArrow(context, scene, from[arrow]!, to[arrow]!, kind[arrow]!, false);
    }
  }
  if (selected < 0) return;
  const own = arrowsIn(layout.arrows, selected, selected, MOST).found;
  for (const arrow of own) {
    if (from[arrow] !== selected && to[arrow] !== selected) continue;
    paintArrow(context, scene, from[arrow]!, to[arrow]!, kind[arrow]!, true);
  }
}

function paintArrow(
  context: CanvasRenderingContext2D,
  scene: Scene,
  from: number,
  to: number,
  kind: number,
  strong: boolean,
): void {
  const { layout, geometry, viewport, theme } = scene;
  const [one, other] = [layout.lane[from]!, layout.lane[to]!];
  const downwards = other > one;
  const half = viewport.columnWidth / 2;
  const x1 = columnLeft(viewport, from) + half;
  const x2 = columnLeft(viewport, to) + half;
  const top = (lane: number) => laneTop(geometry, viewport, lane) + geometry.padding;
  const bottom = (lane: number) => laneTop(geometry, viewport, lane + 1) - geometry.padding;
  const y1 = downwards ? bottom(one) : top(one);
  const y2 = downwards ? top(other) : bottom(other);
  const bend = (y2 - y1) / 2;
  const dim = sideOf(scene, to) === CONCURRENT || sideOf(scene, from) === CONCURRENT ? 0.2 : 0.65;
  context.globalAlpha = strong ? 1 : theme.highContrast ? 0.9 : dim;
  context.strokeStyle = strong ? theme.focus : theme.arrows[kind]!;
  context.fillStyle = context.strokeStyle;
  context.lineWidth = strong ? 2 : 1.2;
  const way = downwards ? 1 : -1;
  context.beginPath();
  context.moveTo(x1, y1);
  context.bezierCurveTo(x1, y1 + bend, x2, y2 - bend, x2, y2 - way * HEAD * 0.6);
  context.stroke();
  context.beginPath();
  context.moveTo(x2, y2);
  context.lineTo(x2 - HEAD * 0.45, y2 - way * HEAD);
  context.lineTo(x2 + HEAD * 0.45, y2 - way * HEAD);
  context.fill();
  context.globalAlpha = 1;
}
