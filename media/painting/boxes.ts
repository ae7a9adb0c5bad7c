/** The events: a box for each, or, zoomed out, a pixel for those that fall on it. */
import { OPERATIONS, PHASES } from '../../protocol/trace';
import { columnLeft, GUTTER, laneTop } from '../viewport';
import { lowerBound, paintCrowd } from './crowd';
import type { Window } from './paint';
import { BOX_WIDTH, CONCURRENT, DIMMED, type Scene, sideOf } from './scene';
import { fitText } from './text';

const BLOCK = PHASES.indexOf('block');
const REFUSED = PHASES.indexOf('refused');
/** Below this width there is no room for a word. */
const WORD_WIDTH = 30;
/** What is dimmed is still to be read by who has chosen high contrast. */
const DIMMED_CONTRAST = 0.55;

export function paintBoxes(context: CanvasRenderingContext2D, scene: Scene, window: Window): void {
  if (scene.viewport.columnWidth < BOX_WIDTH) {
    paintCrowd(context, scene, window);
    return;
  }
  const { layout, geometry, viewport } = scene;
  for (let column = window.columns.from; column <= window.columns.to; column++) {
    const lane = layout.lane[column]!;
    if (lane < window.lanes.from || lane > window.lanes.to) continue;
    const top = laneTop(geometry, viewport, lane) + geometry.padding;
    paintBox(context, scene, column, top);
  }
}

function paintBox(context: CanvasRenderingContext2D, scene: Scene, column: number, top: number): void {
  const { layout, geometry, viewport, theme } = scene;
  const { columnWidth } = viewport;
  const gap = columnWidth >= 24 ? 3 : columnWidth >= 10 ? 1.5 : 0.5;
  const left = columnLeft(viewport, column) + gap;
  const width = columnWidth - 2 * gap;
  const colour = theme.families[layout.operation[column]!]!;
  const phase = layout.phase[column]!;
  const dim = sideOf(scene, column) === CONCURRENT ? (theme.highContrast ? DIMMED_CONTRAST : DIMMED) : 1;
  const writes = width >= WORD_WIDTH && geometry.size !== 'dense';
  context.fillStyle = theme.background;
  context.globalAlpha = dim;
  context.fillRect(left, top, width, geometry.event);
  context.fillStyle = colour;
  context.globalAlpha = dim * (writes ? 0.14 : 0.8);
  if (!(theme.highContrast && writes)) context.fillRect(left, top, width, geometry.event);
  context.globalAlpha = dim;
  if (width >= 10) {
    context.fillRect(left, top, 3, geometry.event);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.globalAlpha = dim * (theme.highContrast ? 1 : 0.55);
    context.setLineDash(phase === BLOCK ? [3, 2] : []);
    context.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.round(width) - 1, geometry.event - 1);
    context.setLineDash([]);
    context.globalAlpha = dim;
  }
  if (writes) writeInBox(context, scene, column, { left: left + 7, top, width: width - 9 }, phase === REFUSED);
  context.globalAlpha = 1;
  if (column === scene.selected || column === scene.hovered) {
    context.strokeStyle = theme.focus;
    context.lineWidth = column === scene.selected ? 2 : 1;
    context.strokeRect(left - 1, top - 1, width + 2, geometry.event + 2);
  }
}

function writeInBox(
  context: CanvasRenderingContext2D,
  { layout, facts, geometry, theme }: Scene,
  column: number,
  { left, top, width }: { left: number; top: number; width: number },
  refused: boolean,
): void {
  const operation = OPERATIONS[layout.operation[column]!] ?? '';
  const object = layout.object[column]!;
  const name = object < 0 ? '' : (facts.objects[object]?.name ?? '');
  const middle = top + geometry.event / 2;
  context.textBaseline = 'middle';
  context.fillStyle = theme.foreground;
  context.font = `600 11px ${theme.font}`;
  const twoLines = geometry.size === 'tall' && name !== '';
  const word = fitText(context, refused ? `${operation} ✕` : operation, width);
  context.fillText(word, left, twoLines ? middle - 6.5 : middle + 0.5);
  if (twoLines) {
    context.font = `11px ${theme.font}`;
    context.fillStyle = theme.quiet;
    context.fillText(fitText(context, name, width), left, middle + 7.5);
  } else if (name !== '') {
    const used = context.measureText(word).width + 5;
    context.font = `11px ${theme.font}`;
    context.fillStyle = theme.quiet;
    context.fillText(fitText(context, name, width - used), left + used, middle + 0.5);
  }
}

/** What a search has found: a mark over the box. */
export function paintMarks(context: CanvasRenderingContext2D, scene: Scene, { columns, lanes }: Window): void {
  const { found, layout, geometry, viewport, theme } = scene;
  if (found.length === 0) return;
  context.fillStyle = theme.found;
  let lastPixel = Number.NEGATIVE_INFINITY;
  for (let at = lowerBound(found, 0, found.length, columns.from); at < found.length; at++) {
    const column = found[at]!;
    if (column > columns.to) break;
    const lane = layout.lane[column]!;
    const x = Math.max(columnLeft(viewport, column), GUTTER);
    if (viewport.columnWidth < 1 && x - lastPixel < 0.5) continue;
    lastPixel = x;
    if (lane < lanes.from || lane > lanes.to) continue;
    const top = laneTop(geometry, viewport, lane) + geometry.padding;
    const width = Math.max(2, viewport.columnWidth - (viewport.columnWidth >= 24 ? 6 : 1));
    const inset = viewport.columnWidth >= 24 ? 3 : 0;
    context.fillRect(x + inset, top - 3, width, 3);
    context.fillRect(x + inset, top + geometry.event, width, 2);
  }
}
