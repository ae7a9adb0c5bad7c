/**
 * The lanes: a scrolled area of which only the window on the screen is in the document, so that ten thousand
 * events cost what some fifty do.
 */
import type { Lane, Span } from '../core/view/lanes';
import type { TracePage, TracePageEvent } from '../core/view/page';
import { drawing, element, place } from './elements';
import { columnsIn, eventTop, holdTop, type Layout, laneBottom, lanesIn, leftOf, middleOf } from './layout';

export interface GridState {
  model: TracePage;
  layout: Layout;
  selected: number;
}

const eventId = (index: number) => `event-${index}`;

export class Grid {
  readonly element = element('div', {
    class: 'grid',
    role: 'grid',
    tabindex: 0,
    'aria-label': 'Events of the run, a row for each goroutine',
    'aria-readonly': 'true',
  });
  private readonly canvas = element('div', { class: 'canvas', role: 'presentation' });
  private state: GridState | undefined;
  private drawing = false;

  constructor(private readonly onPick: (index: number, open: boolean) => void) {
    this.element.append(this.canvas);
    this.element.addEventListener('scroll', () => this.redrawSoon(), { passive: true });
    new ResizeObserver(() => this.redrawSoon()).observe(this.element);
    this.canvas.addEventListener('click', (click) => this.pick(click, false));
    this.canvas.addEventListener('dblclick', (click) => this.pick(click, true));
  }

  show(state: GridState): void {
    this.state = state;
    const { layout, model } = state;
    this.canvas.style.width = `${layout.width}px`;
    this.canvas.style.height = `${layout.tops[layout.tops.length - 1]! + 4}px`;
    this.element.setAttribute('aria-rowcount', String(model.lanes.length + 1));
    this.element.setAttribute('aria-colcount', String(model.count + 1));
    this.draw();
  }

  /** Scrolls no further than needed to have the selected event on the screen, with its neighbours. */
  reveal(): void {
    if (this.state === undefined || this.state.selected < 0) return;
    const { layout, model, selected } = this.state;
    const margin = Math.min(2 * layout.columnWidth, this.element.clientWidth / 4);
    const left = leftOf(layout, selected);
    const view = {
      from: this.element.scrollLeft + layout.labelWidth,
      to: this.element.scrollLeft + this.element.clientWidth,
    };
    let to = this.element.scrollLeft;
    if (left - margin < view.from) to = left - margin - layout.labelWidth;
    else if (left + layout.columnWidth + margin > view.to) {
      to = left + layout.columnWidth + margin - this.element.clientWidth;
    }
    const { lane } = model.event(selected);
    const top = layout.tops[lane]!;
    const bottom = layout.tops[lane + 1]!;
    let down = this.element.scrollTop;
    if (top - layout.rulerHeight < down) down = top - layout.rulerHeight;
    else if (bottom > down + this.element.clientHeight) down = bottom - this.element.clientHeight;
    this.element.scrollTo({ left: Math.max(0, to), top: Math.max(0, down) });
    this.draw();
  }

  private pick(click: MouseEvent, open: boolean): void {
    const target = click.target instanceof Element ? click.target.closest('[data-event]') : null;
    const index = Number(target?.getAttribute('data-event') ?? Number.NaN);
    if (Number.isInteger(index)) this.onPick(index, open);
  }

  private redrawSoon(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.draw();
    });
  }

  private draw(): void {
    const { state } = this;
    if (state === undefined) return;
    const { model, layout, selected } = state;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.element;
    const columns = columnsIn(layout, scrollLeft, clientWidth, model.count);
    const lanes = lanesIn(layout, scrollTop, clientHeight);
    const rows: HTMLElement[] = [this.ruler(state, columns)];
    for (let lane = lanes.from; lane <= lanes.to; lane++) rows.push(this.row(state, lane, columns));
    if (selected >= 0) rows.unshift(column(layout, selected));
    this.canvas.replaceChildren(...rows, arrows(state, columns, lanes));
    const shown = selected >= 0 && document.getElementById(eventId(selected)) !== null;
    if (shown) this.element.setAttribute('aria-activedescendant', eventId(selected));
    else this.element.removeAttribute('aria-activedescendant');
  }

  private ruler({ layout, model }: GridState, { from, to }: { from: number; to: number }): HTMLElement {
    const ruler = element('div', { class: 'ruler', role: 'row', 'aria-rowindex': 1 });
    ruler.style.height = `${layout.rulerHeight}px`;
    const corner = element('div', { class: 'corner', role: 'columnheader' }, 'Goroutine');
    corner.style.width = `${layout.labelWidth}px`;
    ruler.append(corner);
    const step = layout.density === 'dots' ? 10 : layout.density === 'operations' ? 5 : 1;
    for (let index = from - (from % step); index <= to && index < model.count; index += step) {
      const number = element('div', { class: 'number', 'aria-hidden': 'true' }, String(index + 1));
      place(number, { left: leftOf(layout, index), top: 0, width: layout.columnWidth * (step > 1 ? step : 1) });
      ruler.append(number);
    }
    return ruler;
  }

  private row(
    { model, layout, selected }: GridState,
    index: number,
    columns: { from: number; to: number },
  ): HTMLElement {
    const lane = model.lanes[index]!;
    const top = layout.tops[index]!;
    const height = layout.tops[index + 1]! - top;
    const row = element('div', { class: 'lane', role: 'row', 'aria-rowindex': index + 2 });
    place(row, { left: 0, top, width: layout.width, height });
    row.append(label(lane, layout));
    for (const span of lane.waits) row.append(...waitBar(model, layout, top, index, span, columns));
    for (const span of lane.holds) {
      if (span.to < columns.from || span.from > columns.to) continue;
      const box = element('div', { class: 'hold', title: span.label }, element('span', {}, span.label));
      const left = leftOf(layout, span.from) + 3;
      const right = span.open ? layout.width - 8 : leftOf(layout, span.to + 1) - 3;
      place(box, {
        left,
        top: holdTop(layout, index, span.depth) - top,
        width: right - left,
        height: layout.holdHeight - 3,
      });
      row.append(box);
    }
    for (let at = firstFrom(lane.events, columns.from); at < lane.events.length; at++) {
      const event = lane.events[at]!;
      if (event > columns.to) break;
      row.append(box(model.event(event), layout, top, event === selected));
    }
    return row;
  }
}

/** The whole column of the selected event, so that one sees what the others are doing then. */
function column(layout: Layout, selected: number): HTMLElement {
  const made = element('div', { class: 'column', 'aria-hidden': 'true' });
  place(made, {
    left: leftOf(layout, selected),
    top: 0,
    width: layout.columnWidth,
    height: layout.tops[layout.tops.length - 1]!,
  });
  return made;
}

function label(lane: Lane, layout: Layout): HTMLElement {
  const mark = lane.mark ?? '';
  const made = element(
    'div',
    {
      class: lane.mark === undefined ? 'label' : 'label stuck',
      role: 'rowheader',
      title: mark === '' ? lane.function : `${lane.function}: ${mark}`,
      'aria-label': `goroutine ${lane.path} ${lane.function}${mark === '' ? '' : `, ${mark}`}`,
    },
    element('b', {}, lane.path),
    element('span', {}, lane.function),
  );
  made.style.width = `${layout.labelWidth}px`;
  return made;
}

function waitBar(
  model: TracePage,
  layout: Layout,
  top: number,
  lane: number,
  span: Span,
  columns: { from: number; to: number },
): HTMLElement[] {
  const last = span.open ? model.count : span.to;
  if (last < columns.from || span.from > columns.to) return [];
  const left = leftOf(layout, span.from + 1) - 3;
  const right = span.open ? layout.width - 8 : leftOf(layout, span.to) + 3;
  if (right <= left) return [];
  const text = element('span', {}, span.label);
  text.style.left = `${layout.labelWidth + 6}px`;
  const made = element('div', { class: span.open ? 'wait for-ever' : 'wait', title: span.label }, text);
  place(made, { left, top: eventTop(layout, lane) - top + 4, width: right - left, height: layout.eventHeight - 8 });
  return [made];
}

function box(event: TracePageEvent, layout: Layout, top: number, selected: boolean): HTMLElement {
  const classes = ['event', event.family];
  if (event.blocks) classes.push('blocks');
  if (event.wakes) classes.push('wakes');
  if (event.refused) classes.push('refused');
  if (selected) classes.push('selected');
  const made = element('div', {
    id: eventId(event.index),
    class: classes.join(' '),
    role: 'gridcell',
    'aria-colindex': event.index + 2,
    'aria-selected': selected ? 'true' : 'false',
    'aria-label': `${event.index + 1}: ${event.sentence}`,
    title: event.sentence,
    'data-event': event.index,
  });
  if (layout.density !== 'dots') made.append(element('b', {}, event.short));
  if (layout.density === 'names') made.append(element('span', {}, event.operand));
  const gap = layout.density === 'dots' ? 1 : 3;
  place(made, {
    left: leftOf(layout, event.index) + gap,
    top: eventTop(layout, event.lane) - top,
    width: layout.columnWidth - 2 * gap,
    height: layout.eventHeight,
  });
  return made;
}

/** Index of the first element that is at least `bound`. */
function firstFrom(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From the event that made another possible to that one, where they are of different goroutines. */
function arrows(
  { model, layout, selected }: GridState,
  columns: { from: number; to: number },
  lanes: { from: number; to: number },
): SVGElement {
  const lines: SVGElement[] = [];
  for (const { from, to } of model.arrows) {
    if (to < columns.from || from > columns.to) continue;
    const [one, other] = [model.event(from).lane, model.event(to).lane];
    if (one === other || Math.max(one, other) < lanes.from || Math.min(one, other) > lanes.to) continue;
    const strong = from === selected || to === selected;
    lines.push(arrow(layout, { index: from, lane: one }, { index: to, lane: other }, strong));
  }
  const width = layout.width;
  const height = layout.tops[layout.tops.length - 1]!;
  return drawing('svg', { class: 'arrows', width, height, 'aria-hidden': 'true' }, heads(), ...lines);
}

interface End {
  index: number;
  lane: number;
}

function heads(): SVGElement {
  const head = (id: string) =>
    drawing(
      'marker',
      {
        id,
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 8,
        markerHeight: 8,
        markerUnits: 'userSpaceOnUse',
        orient: 'auto',
      },
      drawing('path', { d: 'M0 0 L8 4 L0 8 z' }),
    );
  return drawing('defs', {}, head('head'), head('head-strong'));
}

function arrow(layout: Layout, from: End, to: End, strong: boolean): SVGElement {
  const downwards = to.lane > from.lane;
  const x1 = middleOf(layout, from.index);
  const x2 = middleOf(layout, to.index);
  const y1 = downwards ? laneBottom(layout, from.lane) : eventTop(layout, from.lane);
  const y2 = downwards ? eventTop(layout, to.lane) : laneBottom(layout, to.lane);
  const bend = (y2 - y1) / 2;
  return drawing('path', {
    class: strong ? 'arrow strong' : 'arrow',
    d: `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`,
    'marker-end': strong ? 'url(#head-strong)' : 'url(#head)',
  });
}
