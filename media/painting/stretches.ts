/** What lasts: the life of a goroutine, its waits, the locks it holds. */
import { firstEnding, type Spans } from '../../core/view/spans';
import { columnLeft, GUTTER, laneTop } from '../viewport';
import { CROWDED, LONG_SPAN } from './crowd';
import type { Window } from './paint';
import type { Scene } from './scene';
import { fitText } from './text';

/** A thin line from its first event to its last, but where it waits: it could go on. */
export function paintLives(context: CanvasRenderingContext2D, scene: Scene, window: Window): void {
  const { layout, viewport, geometry, theme } = scene;
  const { lanes } = window;
  const { offsets, items } = layout.columns;
  context.fillStyle = theme.quiet;
  context.globalAlpha = theme.highContrast ? 0.9 : 0.45;
  for (let lane = lanes.from; lane <= lanes.to; lane++) {
    const first = items[offsets[lane]!]!;
    const last = items[offsets[lane + 1]! - 1]!;
    const middle = Math.round(laneTop(geometry, viewport, lane) + geometry.padding + geometry.event / 2);
    let from = Math.max(GUTTER, columnLeft(viewport, first));
    const to = Math.min(viewport.width, columnLeft(viewport, last + 1));
    const lineTo = (end: number): void => {
      if (end > from) context.fillRect(from, middle, end - from, 1);
    };
    eachSpan(scene, layout.waits, lane, window.columns, (span, begin, end) => {
      const { left, right } = waitEdges(scene, span, begin, end);
      lineTo(Math.min(left, to));
      from = Math.max(from, right);
    });
    lineTo(to);
  }
  context.globalAlpha = 1;
}

/** The spans of a row that are on the canvas, from left to right; where columns share pixels, those that are long. */
function eachSpan(
  { viewport, layout }: Scene,
  spans: Spans,
  row: number,
  { from, to }: Window['columns'],
  draw: (span: number, left: number, right: number) => void,
): void {
  const end = spans.offsets[row + 1]!;
  let span = firstEnding(spans, row, from);
  if (viewport.columnWidth < CROWDED) span = nextLong(spans, row, span, viewport.columnWidth);
  while (span < end && spans.from[span]! <= to) {
    const left = columnLeft(viewport, spans.from[span]!);
    const open = spans.open[span] === 1 && spans.to[span]! >= layout.events.length - 1;
    const right = open ? viewport.width : columnLeft(viewport, spans.to[span]! + 1);
    draw(span, left, right);
    span = viewport.columnWidth >= CROWDED ? span + 1 : nextLong(spans, row, span + 1, viewport.columnWidth);
  }
}

/** The shorter ones are among the pixels of the crowd. */
function nextLong({ offsets, from, to }: Spans, row: number, span: number, columnWidth: number): number {
  const end = offsets[row + 1]!;
  let at = span;
  while (at < end && (to[at]! + 1 - from[at]!) * columnWidth < LONG_SPAN) at++;
  return at;
}

/** The box of a wait begins behind the event that began it. */
function waitEdges({ layout, viewport }: Scene, span: number, begin: number, end: number) {
  const inset = viewport.columnWidth >= 8 ? viewport.columnWidth - 3 : 0;
  return { left: Math.max(GUTTER - 4, begin + inset), right: layout.waits.open[span] === 1 ? end : end - inset };
}

export function paintWaits(context: CanvasRenderingContext2D, scene: Scene, window: Window): void {
  const { layout, viewport, geometry, theme } = scene;
  const { columnWidth } = viewport;
  for (let lane = window.lanes.from; lane <= window.lanes.to; lane++) {
    const top = laneTop(geometry, viewport, lane) + geometry.padding + (geometry.size === 'tall' ? 5 : 2);
    const height = geometry.event - (geometry.size === 'tall' ? 10 : 4);
    eachSpan(scene, layout.waits, lane, window.columns, (span, begin, end) => {
      const open = layout.waits.open[span] === 1;
      const { left, right } = waitEdges(scene, span, begin, end);
      const width = Math.max(1, right - left);
      if (right <= left && columnWidth >= 8) return;
      const colour = open ? theme.stuck : theme.quiet;
      context.globalAlpha = open ? 0.22 : 0.16;
      context.fillStyle = colour;
      context.fillRect(left, top, width, height);
      context.globalAlpha = 1;
      if (width < 6) return;
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.setLineDash(open ? [] : [3, 2]);
      context.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, width, height - 1);
      context.setLineDash([]);
      if (geometry.size === 'dense') return;
      const from = Math.max(left, GUTTER) + 6;
      context.font = `${open ? '600 ' : ''}11px ${theme.font}`;
      const text = fitText(
        context,
        layout.labels[layout.waits.label[span]!] ?? '',
        Math.min(right, viewport.width) - from - 4,
      );
      context.fillStyle = colour;
      context.textBaseline = 'middle';
      context.fillText(text, from, top + height / 2 + 0.5);
    });
  }
}

export function paintHolds(context: CanvasRenderingContext2D, scene: Scene, window: Window): void {
  const { layout, viewport, geometry, theme } = scene;
  const inset = viewport.columnWidth >= 8 ? 2 : 0;
  for (let lane = window.lanes.from; lane <= window.lanes.to; lane++) {
    const base = laneTop(geometry, viewport, lane) + geometry.padding + geometry.event + 2;
    for (let row = layout.holdRows[lane]!; row < layout.holdRows[lane + 1]!; row++) {
      const top = base + (row - layout.holdRows[lane]!) * geometry.hold;
      const height = Math.max(1.5, geometry.hold - 2);
      eachSpan(scene, layout.holds, row, window.columns, (span, begin, end) => {
        const left = Math.max(GUTTER - 4, begin + inset);
        const width = Math.max(1, end - inset - left);
        context.globalAlpha = geometry.size === 'tall' ? 0.32 : 0.75;
        context.fillStyle = theme.lock;
        context.fillRect(left, top, width, height);
        context.globalAlpha = 1;
        if (theme.highContrast) {
          context.strokeStyle = theme.lock;
          context.strokeRect(left, top, width, height);
        }
        if (geometry.size !== 'tall') return;
        const from = Math.max(left, GUTTER) + 5;
        context.font = `10px ${theme.font}`;
        context.fillStyle = theme.foreground;
        context.textBaseline = 'middle';
        const room = Math.min(left + width, viewport.width) - from - 3;
        context.fillText(
          fitText(context, layout.labels[layout.holds.label[span]!] ?? '', room),
          from,
          top + height / 2 + 0.5,
        );
      });
    }
  }
}
