/** What keys do, and what colours mean. */
import { element } from './elements';

const KEYS: readonly (readonly [string, string])[] = [
  ['← →', 'step'],
  ['Shift ← →', 'same goroutine'],
  ['↑ ↓', 'other goroutine'],
  ['P', 'other side'],
  ['Enter', 'open line'],
  ['C', 'past and future'],
  ['F', 'fold'],
  ['S', 'surprise'],
  ['/ N', 'search, next'],
  ['+ − 0', 'zoom'],
];

const LEGEND: readonly (readonly [string, string])[] = [
  ['life', 'goroutine'],
  ['channel', 'channel'],
  ['lock', 'lock, held'],
  ['memory', 'memory'],
  ['time', 'time'],
  ['waits', 'waits'],
  ['stuck', 'for ever'],
  ['surprise', 'surprising'],
  ['past', 'before'],
  ['future', 'after'],
];

export function keyBar(): HTMLElement {
  const keys = KEYS.map(([key, meaning]) => element('span', {}, element('kbd', {}, key), ` ${meaning}`));
  const legend = LEGEND.map(([name, meaning]) =>
    element('span', {}, element('i', { class: `swatch swatch-${name}`, 'aria-hidden': 'true' }), meaning),
  );
  return element(
    'div',
    { class: 'keys quiet' },
    ...keys,
    element('span', { class: 'spring' }),
    element('span', { class: 'legend' }, ...legend),
  );
}
