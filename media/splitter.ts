/** The bar between lanes and panes, moved by mouse or keys. */
import { element } from './elements';

const LEAST = 12;
const MOST = 75;

export function splitter(whole: HTMLElement, sized: HTMLElement, begin: number): HTMLElement {
  const bar = element('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-label': 'Height of the panes',
    'aria-orientation': 'horizontal',
    'aria-valuemin': LEAST,
    'aria-valuemax': MOST,
  });
  let share = begin;
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
    set(((bottom - clientY) / Math.max(1, height)) * 100);
  });
  bar.addEventListener('keydown', (key) => {
    const step = { ArrowUp: 4, ArrowDown: -4 }[key.key];
    if (step === undefined) return;
    key.preventDefault();
    set(share + step);
  });
  return bar;
}
