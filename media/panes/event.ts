/** What the chosen event is, and what could have come instead of it. */
import { around, element } from '../elements';
import { t } from '../words';
import type { EventView } from '../worker-messages';
import { link, type PaneActions, placeLink } from './actions';
import { callList } from './calls';
import { choicesOf } from './choices';

const LINK = '\u0001';

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
    pane.append(element('p', { class: 'quiet' }, t`Choose an event to see what happened there.`));
    return pane;
  }
  const { view, goroutine, position, count } = chosen;
  const { details } = view;
  const rows: HTMLElement[] = [
    ...row(
      t`Event`,
      t`${(details.event + 1).toLocaleString('en')}, ${position.toLocaleString('en')} of ${count.toLocaleString('en')} shown`,
    ),
    ...row(t`Goroutine`, goroutine.function === '' ? goroutine.path : `${goroutine.path} ${goroutine.function}`),
    ...row(t`Virtual time`, details.time),
  ];
  if (details.place)
    rows.push(
      ...row(
        t`Place`,
        ...around(t`${LINK} in ${details.place.function}`, { [LINK]: placeLink(details.place, actions) }),
      ),
    );
  const [, ...callers] = details.calls;
  if (callers.length > 0) rows.push(...row(t`Called from`, callList(callers, actions)));
  if (details.partner) {
    const { event, sentence } = details.partner;
    rows.push(
      ...row(
        t`Other side`,
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
