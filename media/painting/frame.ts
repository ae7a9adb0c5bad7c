/** What stays while the lanes scroll: the names on the left, the numbers of the events above. */
import { markOf } from '../marks';
import { columnLeft, GUTTER, laneTop, RULER } from '../viewport';
import { t } from '../words';
import type { Window } from './paint';
import { membersIn, type Scene } from './scene';
import { fitText } from './text';

/** A name needs so many pixels; in denser lanes only some have one. */
const NAME_HEIGHT = 13;

export function paintGutter(context: CanvasRenderingContext2D, scene: Scene, { lanes }: Window): void {
  const { layout, facts, geometry, viewport, theme } = scene;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, GUTTER, viewport.height);
  const chosen = scene.selected < 0 ? -1 : layout.lane[scene.selected]!;
  let free = RULER;
  for (let lane = lanes.from; lane <= lanes.to; lane++) {
    const top = laneTop(geometry, viewport, lane);
    const height = laneTop(geometry, viewport, lane + 1) - top;
    if (height >= NAME_HEIGHT || lane === chosen) {
      context.fillStyle = theme.line;
      context.fillRect(0, top + height - 1, height >= NAME_HEIGHT ? viewport.width : GUTTER, 1);
    }
    if (lane === chosen) {
      context.globalAlpha = 0.6;
      context.fillStyle = theme.selection;
      context.fillRect(0, top, GUTTER, Math.max(height, 2));
      context.globalAlpha = 1;
    }
    if (layout.mark[lane]! > 0) {
      context.fillStyle = theme.stuck;
      context.fillRect(0, top, 3, Math.max(1, height - 1));
    }
    const middle = top + height / 2;
    if (height < NAME_HEIGHT && middle - NAME_HEIGHT / 2 < free && lane !== chosen) continue;
    free = middle + NAME_HEIGHT / 2;
    const { path: first, function: name } = facts.goroutines[layout.goroutines[lane]!]!;
    const size = membersIn(layout, lane);
    const path = size > 1 ? `▸ ×${size.toLocaleString('en')}` : first;
    const mark = markOf(layout.mark[lane]!);
    writeName(context, scene, { path, name, mark }, middle, geometry.size === 'tall' && height >= 34);
  }
  context.fillStyle = theme.line;
  context.fillRect(GUTTER - 1, 0, 1, viewport.height);
}

function writeName(
  context: CanvasRenderingContext2D,
  { theme }: Scene,
  { path, name, mark }: { path: string; name: string; mark: string },
  middle: number,
  twoLines: boolean,
): void {
  const left = 10;
  const room = GUTTER - left - 8;
  context.textBaseline = 'middle';
  context.font = `600 11px ${theme.font}`;
  context.fillStyle = mark === '' ? theme.foreground : theme.stuck;
  context.fillText(path, left, twoLines ? middle - 7 : middle + 0.5);
  const used = context.measureText(path).width + 8;
  context.font = `11px ${theme.font}`;
  if (twoLines) {
    if (mark !== '') context.fillText(fitText(context, mark, room - used), left + used, middle - 7);
    context.fillStyle = theme.quiet;
    context.fillText(fitText(context, name, room), left, middle + 7);
  } else {
    context.fillStyle = theme.quiet;
    context.fillText(fitText(context, name, room - used), left + used, middle + 0.5);
  }
}

/** 1, 2, 5, 10, 20, 50, … columns between numbers. */
function spacing(columnWidth: number): number {
  let step = 1;
  for (let at = 0; step * columnWidth < 46; at++) step = [1, 2, 5][at % 3]! * 10 ** Math.floor(at / 3);
  return step;
}

export function paintRuler(context: CanvasRenderingContext2D, scene: Scene, { columns }: Window): void {
  const { viewport, theme, layout } = scene;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, viewport.width, RULER);
  context.font = `10px ${theme.font}`;
  context.fillStyle = theme.quiet;
  context.textBaseline = 'middle';
  context.fillText(t`Goroutine`, 10, RULER / 2 + 0.5);
  const step = spacing(viewport.columnWidth);
  context.textAlign = 'center';
  for (let column = columns.from - (columns.from % step) - 1; column <= columns.to; column += step) {
    // Numbers from 1 on: 1, 10, 20, …
    const shown = Math.max(column, 0);
    const x = columnLeft(viewport, shown) + viewport.columnWidth / 2;
    if (x < GUTTER + 12) continue;
    context.fillText((layout.events[shown]! + 1).toLocaleString('en'), x, RULER / 2 + 0.5);
    context.fillRect(x, RULER - 4, 1, 3);
  }
  context.textAlign = 'left';
  context.fillStyle = theme.line;
  context.fillRect(0, RULER - 1, viewport.width, 1);
  if (scene.selected >= 0) {
    const x = columnLeft(viewport, scene.selected) + viewport.columnWidth / 2;
    if (x < GUTTER || x > viewport.width) return;
    context.fillStyle = theme.focus;
    context.beginPath();
    context.moveTo(x - 5, RULER - 7);
    context.lineTo(x + 5, RULER - 7);
    context.lineTo(x, RULER - 1);
    context.fill();
  }
}
