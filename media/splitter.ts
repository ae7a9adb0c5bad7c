/** The bar between lanes and panes, moved by mouse or keys. */
import { element } from './elements';
import { t } from './words';

const LEAST = 12;
const MOST = 75;
/** Least that is left for the panes unless a person wants less. */
const READABLE = 26;

export interface Splitter {
  element: HTMLElement;
  /** Leaves so many pixels more to what is above, as long as nobody has moved the bar. */
  give(pixels: number): void;
}

/** `begin` is the share of `whole` that `sized`, below the bar, begins with, in percent. */
export function splitter(whole: HTMLElement, sized: HTMLElement, begin: number): Splitter {
  const bar = element('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-label': t`Height of the panes`,
    'aria-orientation': 'horizontal',
    'aria-valuemin': LEAST,
    'aria-valuemax': MOST,
  });
  let share = begin;
  let moved = false;
  const set = (percent: number): void => {
    share = Math.min(MOST, Math.max(LEAST, percent));
    sized.style.flexBasis = `${share}%`;
    bar.setAttribute('aria-valuenow', String(Math.round(share)));
  };
  set(begin);
  bar.addEventListener('pointerdown', (pointer) => {
    if (pointer.button === 0) bar.setPointerCapture(pointer.pointerId);
  });
  bar.addEventListener('pointermove', ({ buttons, clientY }) => {
    if (buttons !== 1) return;
    const { bottom, height } = whole.getBoundingClientRect();
    moved = true;
    set(((bottom - clientY) / Math.max(1, height)) * 100);
  });
  bar.addEventListener('keydown', (key) => {
    const step = { ArrowUp: 4, ArrowDown: -4 }[key.key];
    if (step === undefined) return;
    key.preventDefault();
    moved = true;
    set(share + step);
  });
  const give = (pixels: number): void => {
    if (moved || pixels <= 0) return;
    set(Math.max(READABLE, share - (pixels / Math.max(1, whole.clientHeight)) * 100));
  };
  return { element: bar, give };
}
