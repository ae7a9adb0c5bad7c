/** What the finding says: the steps of its explanation, each leading to its line. */
import type { Finding } from '../../protocol/finding';
import { element } from '../elements';
import { type PaneActions, placeLink } from './actions';

export function whyPane({ explanation, steps = [] }: Finding, actions: PaneActions): HTMLElement {
  const placed = new Map(steps.map((step) => [step.text, step]));
  const items = explanation.map((text) => {
    const step = placed.get(text);
    return step ? element('li', {}, `${text} `, placeLink(step, actions)) : element('li', {}, text);
  });
  return element('div', { class: 'why' }, element('ol', {}, ...items));
}
