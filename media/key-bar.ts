/** What keys do, and what colours mean. */
import { element } from './elements';
import { t } from './words';

const keysWithMeaning = (): readonly (readonly [string, string])[] => [
  ['← →', t`step`],
  ['Shift ← →', t`same goroutine`],
  ['↑ ↓', t`other goroutine`],
  ['P', t`other side`],
  ['Enter', t`open line`],
  ['C', t`past and future`],
  ['F', t`fold`],
  ['S', t`surprise`],
  ['/ N', t`search, next`],
  ['+ − 0', t`zoom`],
];

const coloursWithMeaning = (): readonly (readonly [string, string])[] => [
  ['life', t`goroutine`],
  ['channel', t`channel`],
  ['lock', t`lock, held`],
  ['memory', t`memory`],
  ['time', t`time`],
  ['waits', t`waits`],
  ['stuck', t`for ever`],
  ['surprise', t`surprising`],
  ['past', t`before`],
  ['future', t`after`],
];

export function keyBar(): HTMLElement {
  const keys = keysWithMeaning().map(([key, meaning]) => element('span', {}, element('kbd', {}, key), ` ${meaning}`));
  const legend = coloursWithMeaning().map(([name, meaning]) =>
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
