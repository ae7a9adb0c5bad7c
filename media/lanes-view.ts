/**
 * The lanes as an element: the canvas they are painted on, the mouse, and beside it a grid of the same events for those
 * who do not see the canvas. The grid has the events on the screen when scrolling has come to rest, and always the chosen
 * one, so that its size does not grow with the trace.
 */
import { element } from './elements';
import { LaneGrid } from './lane-grid';
import { Overview } from './overview';
import { paint } from './painting/paint';
import { membersIn, type Scene } from './painting/scene';
import { clamped, columnAt, fitting, GUTTER, laneAt, RULER, showing, type Viewport, zoomed } from './viewport';

export interface LanesEvents {
  /** A click on an event, or beside one: the nearest of its lane. */
  pick(column: number, open: boolean): void;
  /** A click on the name of a lane: take apart what shares it, or fold it. */
  toggle(lane: number): void;
  /** What an event is called, for the tip and the grid; asked in lots. */
  sentences(events: number[]): Promise<string[]>;
}

export class LanesView {
  private readonly canvas = element('canvas', { class: 'lanes', 'aria-hidden': 'true' });
  private readonly tip = element('div', { class: 'tip', 'aria-hidden': 'true' });
  private readonly grid: LaneGrid;
  private readonly overview = new Overview((viewport) => this.scroll(viewport));
  readonly element: HTMLElement;
  private scene: Scene | undefined;
  private painting = 0;
  private tipped = -1;

  constructor(private readonly events: LanesEvents) {
    this.grid = new LaneGrid((asked) => events.sentences(asked));
    this.grid.element.prepend(this.canvas);
    this.grid.element.append(this.tip);
    this.element = element('div', { class: 'stage' }, this.overview.element, this.grid.element);
    new ResizeObserver(() => this.resize()).observe(this.grid.element);
    const { element: surface } = this.grid;
    surface.addEventListener('wheel', (wheel) => this.wheel(wheel), { passive: false });
    surface.addEventListener('pointerdown', (pointer) => this.drag(pointer));
    surface.addEventListener('pointermove', (pointer) => this.hover(pointer));
    surface.addEventListener('pointerleave', () => this.point(-1));
    surface.addEventListener('dblclick', ({ offsetX, offsetY, target }) => {
      const column = this.columnNear(...this.within(target, offsetX, offsetY));
      if (column >= 0) this.events.pick(column, true);
    });
  }

  /** The element that has the keyboard. */
  get surface(): HTMLElement {
    return this.grid.element;
  }

  get viewport(): Viewport | undefined {
    return this.scene?.viewport;
  }

  /** Everything but the part that is shown; `viewport` when that is to change as well. */
  show(scene: Omit<Scene, 'viewport' | 'hovered'>, viewport?: Partial<Viewport>): void {
    const { clientWidth: width, clientHeight: height } = this.grid.element;
    const before = this.scene?.viewport ?? { width, height, columnWidth: 1, left: 0, top: 0 };
    const wanted = { ...before, width, height, ...viewport };
    const { layout } = scene;
    this.scene = { ...scene, hovered: -1, viewport: clamped(wanted, scene.geometry, layout.events.length) };
    this.changed();
  }

  /** Has the chosen event on the canvas. */
  reveal(): void {
    const { scene } = this;
    if (!scene || scene.selected < 0) return;
    const { viewport, geometry, layout, selected } = scene;
    this.scroll(showing(viewport, geometry, selected, layout.lane[selected]!));
  }

  zoom(factor: number): void {
    const { scene } = this;
    if (!scene) return;
    const { viewport, selected, layout } = scene;
    const middle = GUTTER + (viewport.width - GUTTER) / 2;
    const chosen = selected < 0 ? -1 : GUTTER + (selected + 0.5) * viewport.columnWidth - viewport.left;
    // Around the chosen event, when it is to be seen.
    const around = chosen > GUTTER && chosen < viewport.width ? chosen : middle;
    this.scroll(zoomed(viewport, factor, around, layout.events.length));
  }

  fit(): void {
    if (!this.scene) return;
    const { viewport, layout } = this.scene;
    this.scroll({ ...viewport, left: 0, columnWidth: fitting(viewport, layout.events.length) });
  }

  /** The events on the canvas, for what copies them. */
  columns(): { from: number; to: number } {
    if (!this.scene) return { from: 0, to: -1 };
    const { viewport, layout } = this.scene;
    const from = Math.max(0, columnAt(viewport, GUTTER));
    return { from, to: Math.min(layout.events.length - 1, columnAt(viewport, viewport.width)) };
  }

  private scroll(viewport: Viewport): void {
    if (!this.scene) return;
    const { geometry, layout } = this.scene;
    this.scene = { ...this.scene, viewport: clamped(viewport, geometry, layout.events.length) };
    this.changed();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.grid.element;
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    if (this.scene) this.scroll({ ...this.scene.viewport, width, height });
  }

  private changed(): void {
    if (!this.scene) return;
    this.grid.show(this.scene);
    this.overview.show(this.scene);
    if (this.painting !== 0) return;
    this.painting = requestAnimationFrame(() => {
      this.painting = 0;
      this.paint();
    });
  }

  private paint(): void {
    const context = this.canvas.getContext('2d', { alpha: false });
    if (!context || !this.scene) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    paint(context, this.scene);
    this.overview.paint(this.scene);
  }

  private wheel(wheel: WheelEvent): void {
    if (!this.scene) return;
    wheel.preventDefault();
    const { viewport, layout } = this.scene;
    const unit = wheel.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [x, y] = [wheel.deltaX * unit, wheel.deltaY * unit];
    const [offset] = this.within(wheel.target, wheel.offsetX, wheel.offsetY);
    if (wheel.ctrlKey || wheel.metaKey) {
      this.scroll(zoomed(viewport, Math.exp(-y / 240), offset, layout.events.length));
    } else if (wheel.shiftKey) this.scroll({ ...viewport, left: viewport.left + x + y });
    else this.scroll({ ...viewport, left: viewport.left + x, top: viewport.top + y });
  }

  /** A click chooses, a drag moves the lanes. */
  private drag(down: PointerEvent): void {
    if (!this.scene || down.button !== 0) return;
    const { surface } = this;
    const begin = this.scene.viewport;
    let moved = false;
    const move = (pointer: PointerEvent): void => {
      const [x, y] = [pointer.clientX - down.clientX, pointer.clientY - down.clientY];
      moved ||= Math.abs(x) + Math.abs(y) > 4;
      if (moved) this.scroll({ ...begin, left: begin.left - x, top: begin.top - y });
    };
    const end = (up: PointerEvent): void => {
      surface.removeEventListener('pointermove', move);
      surface.removeEventListener('pointerup', end);
      surface.removeEventListener('pointercancel', end);
      if (moved || up.type === 'pointercancel') return;
      const bounds = surface.getBoundingClientRect();
      const [x, y] = [up.clientX - bounds.left, up.clientY - bounds.top];
      const lane = this.nameAt(x, y);
      if (lane >= 0) this.events.toggle(lane);
      const column = this.columnNear(x, y);
      if (column >= 0) this.events.pick(column, false);
    };
    surface.setPointerCapture(down.pointerId);
    surface.addEventListener('pointermove', move);
    surface.addEventListener('pointerup', end);
    surface.addEventListener('pointercancel', end);
  }

  private within(target: EventTarget | null, x: number, y: number): [number, number] {
    if (!(target instanceof HTMLElement) || target === this.surface || target === this.canvas) return [x, y];
    const [inner, outer] = [target.getBoundingClientRect(), this.surface.getBoundingClientRect()];
    return [x + inner.left - outer.left, y + inner.top - outer.top];
  }

  /** The lane whose name is there; -1 for none. */
  private nameAt(x: number, y: number): number {
    return this.scene && x < GUTTER ? laneAt(this.scene.geometry, this.scene.viewport, y) : -1;
  }

  /** The event of the lane under the pointer that stands nearest, within a few pixels or its box. */
  private columnNear(x: number, y: number): number {
    if (!this.scene || x < GUTTER || y < RULER) return -1;
    const { viewport, geometry, layout } = this.scene;
    const lane = laneAt(geometry, viewport, y);
    if (lane < 0) return -1;
    const reach = Math.max(1, Math.ceil(8 / viewport.columnWidth));
    const wanted = columnAt(viewport, x);
    for (let away = 0; away <= reach; away++) {
      for (const column of [wanted - away, wanted + away]) if (layout.lane[column] === lane) return column;
      if (viewport.columnWidth >= 16) break;
    }
    return -1;
  }

  private hover(pointer: PointerEvent): void {
    if (pointer.buttons !== 0) return;
    const bounds = this.surface.getBoundingClientRect();
    const [x, y] = [pointer.clientX - bounds.left, pointer.clientY - bounds.top];
    const lane = this.nameAt(x, y);
    this.surface.classList.toggle('over-group', lane >= 0 && membersIn(this.scene!.layout, lane) > 1);
    this.point(this.columnNear(x, y), x, y);
  }

  private point(column: number, x = 0, y = 0): void {
    if (!this.scene) return;
    if (this.scene.hovered !== column) {
      this.scene = { ...this.scene, hovered: column };
      this.surface.classList.toggle('over-event', column >= 0);
      this.changed();
    }
    void this.tell(column, x, y);
  }

  private async tell(column: number, x: number, y: number): Promise<void> {
    const isNew = this.tipped !== column;
    this.tipped = column;
    if (column < 0 || !this.scene) {
      this.tip.classList.remove('shown');
      return;
    }
    if (isNew) {
      const [sentence = ''] = await this.events.sentences([this.scene.layout.events[column]!]);
      if (this.tipped !== column) return;
      this.tip.textContent = sentence;
      this.tip.classList.add('shown');
    }
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const { clientWidth, clientHeight } = this.surface;
    const left = Math.max(4, Math.min(x + 12, clientWidth - width - 4));
    const top = y + 20 + height > clientHeight ? y - height - 10 : y + 20;
    this.tip.style.transform = `translate(${left}px, ${top}px)`;
  }
}
