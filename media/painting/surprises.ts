/** Events that were not to be expected: a mark on the box, and above it, where there is room, how likely it was. */
import { percent } from '../../core/view/surprises';
import { columnLeft, GUTTER, laneTop } from '../viewport';
import { lowerBound } from './crowd';
import type { Window } from './paint';
import type { Scene } from './scene';

const SIZE = 9;
/** Below this width the share has no room. */
const SHARE_WIDTH = 36;

export function paintSurprises(context: CanvasRenderingContext2D, scene: Scene, { columns, lanes }: Window): void {
  const { surprising, layout, geometry, viewport, theme } = scene;
  if (surprising.length === 0) return;
  let lastPixel = Number.NEGATIVE_INFINITY;
  for (let at = lowerBound(surprising, 0, surprising.length, columns.from); at < surprising.length; at++) {
    const column = surprising[at]!;
    if (column > columns.to) break;
    const lane = layout.lane[column]!;
    const right = columnLeft(viewport, column + 1) - (viewport.columnWidth >= 24 ? 3 : 0);
    if (lane < lanes.from || lane > lanes.to || right < GUTTER || right - lastPixel < 1) continue;
    lastPixel = right;
    const top = laneTop(geometry, viewport, lane) + geometry.padding;
    const size = Math.min(SIZE, Math.max(4, viewport.columnWidth / 2), geometry.event);
    context.fillStyle = theme.surprise;
    context.beginPath();
    context.moveTo(right - size, top);
    context.lineTo(right, top);
    context.lineTo(right, top + size);
    context.fill();
    if (geometry.size === 'tall' && viewport.columnWidth >= SHARE_WIDTH) writeShare(context, scene, column, right, top);
  }
}

function writeShare(
  context: CanvasRenderingContext2D,
  { surprises, layout, theme }: Scene,
  column: number,
  right: number,
  top: number,
): void {
  const at = lowerBound(surprises.events, 0, surprises.events.length, layout.events[column]!);
  context.font = `600 9px ${theme.font}`;
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  context.fillStyle = theme.foreground;
  context.fillText(percent(surprises.probability[at]!), right, top);
  context.textAlign = 'left';
}
