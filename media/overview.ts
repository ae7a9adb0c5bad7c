/** The minimap, which is the scroll bar as well. */
import { element } from './elements';
import { paintOverview, paintOverviewMarks } from './painting/overview';
import type { Scene } from './painting/scene';
import { columnsIn, GUTTER, type Viewport } from './viewport';
import { t } from './words';

const HEIGHT = 46;

export class Overview {
  private readonly canvas = element('canvas', { 'aria-hidden': 'true' });
  private readonly strip = document.createElement('canvas');
  readonly element: HTMLElement;
  private scene: Scene | undefined;
  private painted: { layout: Scene['layout']; theme: Scene['theme']; width: number } | undefined;

  constructor(private readonly scroll: (viewport: Viewport) => void) {
    this.element = element(
      'div',
      {
        class: 'overview',
        role: 'scrollbar',
        tabindex: 0,
        'aria-label': t`Part of the run that is shown`,
        'aria-orientation': 'horizontal',
        'aria-controls': 'lanes',
        'aria-valuemin': 0,
      },
      this.canvas,
    );
    this.element.addEventListener('pointerdown', (pointer) => {
      if (pointer.button !== 0) return;
      this.element.setPointerCapture(pointer.pointerId);
      this.jump(pointer);
    });
    this.element.addEventListener('pointermove', (pointer) => {
      if (pointer.buttons === 1) this.jump(pointer);
    });
    this.element.addEventListener('keydown', (key) => this.key(key));
  }

  show(scene: Scene): void {
    this.scene = scene;
    const { from, to } = columnsIn(scene.viewport, scene.layout.events.length);
    const last = Math.max(0, scene.layout.events.length - 1);
    this.element.setAttribute('aria-valuemax', String(last));
    this.element.setAttribute('aria-valuenow', String(Math.min(last, Math.round((from + to) / 2))));
    this.element.setAttribute('aria-valuetext', t`events ${from + 1} to ${to + 1} of ${last + 1}`);
  }

  paint(scene: Scene): void {
    const width = this.element.clientWidth;
    const ratio = devicePixelRatio;
    const { layout, theme } = scene;
    if (this.painted?.layout !== layout || this.painted.theme !== theme || this.painted.width !== width) {
      this.painted = { layout, theme, width };
      for (const canvas of [this.strip, this.canvas]) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(HEIGHT * ratio);
      }
      const context = this.strip.getContext('2d', { alpha: false });
      context?.setTransform(ratio, 0, 0, ratio, 0, 0);
      if (context) paintOverview(context, scene, width, HEIGHT);
    }
    const context = this.canvas.getContext('2d', { alpha: false });
    if (!context || width === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.strip, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintOverviewMarks(context, scene, width, HEIGHT);
  }

  /** The place under the pointer comes into the middle. */
  private jump({ clientX, clientY }: PointerEvent): void {
    if (!this.scene) return;
    const { viewport, layout, geometry } = this.scene;
    const bounds = this.element.getBoundingClientRect();
    const x = (clientX - bounds.left) / Math.max(1, bounds.width);
    const y = (clientY - bounds.top) / Math.max(1, bounds.height);
    const left = x * layout.events.length * viewport.columnWidth - (viewport.width - GUTTER) / 2;
    const top = y * geometry.tops[geometry.tops.length - 1]! - viewport.height / 2;
    this.scroll({ ...viewport, left, top });
  }

  private key(key: KeyboardEvent): void {
    if (!this.scene) return;
    const { viewport, layout } = this.scene;
    const room = viewport.width - GUTTER;
    const far = layout.events.length * viewport.columnWidth;
    const to: Record<string, number> = {
      ArrowLeft: viewport.left - room / 8,
      ArrowRight: viewport.left + room / 8,
      PageUp: viewport.left - room,
      PageDown: viewport.left + room,
      Home: 0,
      End: far,
    };
    const left = to[key.key];
    if (left === undefined) return;
    key.preventDefault();
    this.scroll({ ...viewport, left });
  }
}
