/** What the chosen event is, and what could have come instead of it. */
import { element } from '../elements';
import type { EventView } from '../worker-messages';
import { link, type PaneActions, placeLink } from './actions';
import { callList } from './calls';
import { choicesOf } from './choices';

export interface Chosen {
  /** From 1. */
  position: number;
  count: number;
  view: EventView;
  goroutine: { path: string; function: string };
  /** The engine can run the test from here. */
  canRun: boolean;
}

export function eventPane(chosen: Chosen | undefined, actions: PaneActions): HTMLElement {
  const pane = element('div', { class: 'details' });
  if (!chosen) {
    pane.append(element('p', { class: 'quiet' }, 'Choose an event to see what happened there.'));
    return pane;
  }
  const { view, goroutine, position, count } = chosen;
  const { details } = view;
  const rows: HTMLElement[] = [
    ...row(
      'Event',
      `${(details.event + 1).toLocaleString('en')}, ${position.toLocaleString('en')} of ${count.toLocaleString('en')} shown`,
    ),
    ...row('Goroutine', goroutine.function === '' ? goroutine.path : `${goroutine.path} ${goroutine.function}`),
    ...row('Virtual time', details.time),
  ];
  if (details.place) rows.push(...row('Place', placeLink(details.place, actions), ` in ${details.place.function}`));
  const [, ...callers] = details.calls;
  if (callers.length > 0) rows.push(...row('Called from', callList(callers, actions)));
  if (details.partner) {
    const { event, sentence } = details.partner;
    rows.push(
      ...row(
        'Other side',
        link(`${event + 1}: ${sentence}`, () => actions.select(event)),
      ),
    );
  }
  const surprise = details.surprise ? [element('p', { class: 'surprise' }, details.surprise)] : [];
  pane.append(
    element('h2', {}, details.sentence),
    ...surprise,
    element('dl', {}, ...rows),
    ...choicesOf(chosen, actions),
  );
  return pane;
}

function row(name: string, ...values: (Node | string)[]): HTMLElement[] {
  return [element('dt', {}, name), element('dd', {}, ...values)];
}
