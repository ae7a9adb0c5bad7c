/** The events on the canvas once more, as a grid that assistive technology reads: a row for each goroutine. */
import { OPERATIONS, PHASES } from '../protocol/trace';
import { element, place } from './elements';
import { markOf } from './marks';
import { BOX_WIDTH, membersIn, type Scene } from './painting/scene';
import { columnLeft, columnsIn, GUTTER, lanesIn, laneTop, RULER } from './viewport';
import { t } from './words';

/** Cells at most; beyond, those nearest to the chosen event. */
const MOST_CELLS = 240;
/** Scrolling has come to rest, in milliseconds. */
const REST = 140;

export const eventId = (event: number): string => `event-${event}`;

export class LaneGrid {
  readonly element = element('div', {
    class: 'grid',
    id: 'lanes',
    role: 'grid',
    tabindex: 0,
    'aria-label': t`Events of the run, a row for each goroutine`,
    'aria-readonly': 'true',
  });
  private readonly rows = element('div', { class: 'rows', role: 'rowgroup' });
  private readonly known = new Map<number, string>();
  private scene: Scene | undefined;
  private layout: Scene['layout'] | undefined;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private shown = -2;
  /** Columns that have a cell, besides the chosen one. */
  private columns: readonly number[] = [];

  constructor(private readonly sentences: (events: number[]) => Promise<string[]>) {
    this.element.append(this.rows);
  }

  show(scene: Scene): void {
    if (scene.layout !== this.layout) {
      this.known.clear();
      this.layout = scene.layout;
      this.element.setAttribute('aria-rowcount', String(scene.layout.goroutines.length));
      this.element.setAttribute('aria-colcount', String(scene.layout.events.length + 1));
      this.shown = -2;
    }
    const moves = !this.scene || isElsewhere(this.scene, scene);
    this.scene = scene;
    // What is chosen is told at once; the rest when nothing moves any more.
    if (moves) this.columns = [];
    if (moves || scene.selected !== this.shown) this.fill(this.columns);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => void this.rest(), REST);
  }

  private async rest(): Promise<void> {
    const { scene } = this;
    if (!scene) return;
    const columns = visible(scene);
    const unknown = columns.map((column) => scene.layout.events[column]!).filter((event) => !this.known.has(event));
    if (unknown.length > 0) {
      const said = await this.sentences(unknown);
      if (this.scene?.layout !== scene.layout) return;
      for (const [at, event] of unknown.entries()) this.known.set(event, said[at] ?? '');
    }
    if (this.scene === scene) this.fill(columns);
  }

  private fill(columns: readonly number[]): void {
    const { scene } = this;
    if (!scene) return;
    const { layout, geometry, viewport, selected } = scene;
    this.shown = selected;
    this.columns = columns;
    const wanted = selected < 0 || columns.includes(selected) ? columns : [...columns, selected];
    const byLane = new Map<number, number[]>();
    for (const column of wanted) {
      const lane = layout.lane[column]!;
      byLane.set(lane, [...(byLane.get(lane) ?? []), column]);
    }
    const window = lanesIn(geometry, viewport);
    if (columns.length > 1) {
      for (let lane = window.from; lane <= Math.min(window.to, window.from + MOST_CELLS); lane++) {
        if (!byLane.has(lane)) byLane.set(lane, []);
      }
    }
    const lanes = [...byLane.keys()].sort((a, b) => a - b);
    this.rows.replaceChildren(...lanes.map((lane) => this.row(scene, lane, byLane.get(lane)!)));
    const chosen = selected < 0 ? undefined : eventId(layout.events[selected]!);
    if (chosen === undefined) this.element.removeAttribute('aria-activedescendant');
    else this.element.setAttribute('aria-activedescendant', chosen);
  }

  private row(scene: Scene, lane: number, columns: readonly number[]): HTMLElement {
    const { layout, facts, geometry, viewport } = scene;
    const { path, function: name } = facts.goroutines[layout.goroutines[lane]!]!;
    const mark = markOf(layout.mark[lane]!);
    const size = membersIn(layout, lane);
    const who = size > 1 ? t`${size} goroutines that are alike,` : t`goroutine ${path}`;
    const header = element('div', { class: 'cell', role: 'rowheader' }, `${who} ${name}${mark && `, ${mark}`}`);
    place(header, { left: 0, top: 0, width: GUTTER, height: geometry.event });
    const row = element('div', { class: 'row', role: 'row', 'aria-rowindex': lane + 1 }, header);
    place(row, { left: 0, top: laneTop(geometry, viewport, lane) + geometry.padding });
    const ascending = [...columns].sort((a, b) => a - b);
    row.append(...ascending.map((column) => this.cell(scene, column)));
    return row;
  }

  private cell(scene: Scene, column: number): HTMLElement {
    const { layout, geometry, viewport, selected } = scene;
    const event = layout.events[column]!;
    const cell = element('div', {
      class: 'cell',
      id: eventId(event),
      role: 'gridcell',
      'aria-colindex': column + 2,
      'aria-selected': column === selected ? 'true' : 'false',
      'aria-label': `${event + 1}: ${this.known.get(event) ?? inShort(scene, column)}`,
    });
    const width = Math.max(3, viewport.columnWidth);
    place(cell, { left: columnLeft(viewport, column), top: 0, width, height: geometry.event });
    return cell;
  }
}

const isElsewhere = (before: Scene, after: Scene): boolean =>
  before.layout !== after.layout ||
  before.geometry !== after.geometry ||
  (['left', 'top', 'width', 'height', 'columnWidth'] as const).some((it) => before.viewport[it] !== after.viewport[it]);

/** Until the sentence is there. */
function inShort({ layout, facts }: Scene, column: number): string {
  const { path } = facts.goroutines[layout.goroutine[column]!]!;
  const object = layout.object[column]!;
  const name = object < 0 ? '' : ` ${facts.objects[object]?.name ?? ''}`;
  const does = `${OPERATIONS[layout.operation[column]!]}${name}`;
  return PHASES[layout.phase[column]!] === 'block' ? t`goroutine ${path} ${does}, waits` : t`goroutine ${path} ${does}`;
}

/** Events that have a box on the canvas. */
function visible({ layout, geometry, viewport, selected }: Scene): number[] {
  if (viewport.columnWidth < BOX_WIDTH) return selected < 0 ? [] : [selected];
  const columns = columnsIn(viewport, layout.events.length);
  const lanes = lanesIn(geometry, viewport);
  const found: number[] = [];
  for (let column = columns.from; column <= columns.to; column++) {
    const lane = layout.lane[column]!;
    const top = laneTop(geometry, viewport, lane);
    if (lane < lanes.from || lane > lanes.to || top < RULER - geometry.event) continue;
    if (columnLeft(viewport, column) >= GUTTER - 2) found.push(column);
  }
  if (found.length <= MOST_CELLS) return found;
  const near = (column: number) => Math.abs(column - selected);
  return found.sort((a, b) => near(a) - near(b)).slice(0, MOST_CELLS);
}
