/** What the selected event is, beside what the finding says about the whole run. */
import type { TracePage, TracePageEvent } from '../core/view/page';
import type { Finding } from '../protocol/finding';
import { element } from './elements';

export interface DetailsActions {
  open(index: number): void;
  select(index: number): void;
}

/** The event pane; `index` -1: none is selected. */
export function eventDetails(model: TracePage, index: number, actions: DetailsActions): HTMLElement {
  const pane = element('section', { class: 'details', 'aria-label': 'Selected event' });
  if (index < 0) {
    pane.append(element('p', { class: 'quiet' }, 'Select an event to see what happened there.'));
    return pane;
  }
  const event = model.event(index);
  const lane = model.lanes[event.lane]!;
  pane.append(
    element('h2', {}, event.sentence),
    element(
      'dl',
      {},
      ...row('Event', `${index + 1} of ${model.count}`),
      ...row('Goroutine', lane.function === '' ? lane.path : `${lane.path} ${lane.function}`),
      ...row('Virtual time', timeText(event.time)),
      ...placeRow(event, actions),
      ...waitRow(model, event),
      ...partnerRow(model, event, actions),
      ...row('Then', stateList(model, index)),
    ),
  );
  return pane;
}

function row(name: string, ...values: (Node | string)[]): HTMLElement[] {
  return [element('dt', {}, name), element('dd', {}, ...values)];
}

function placeRow({ place, index }: TracePageEvent, { open }: DetailsActions): HTMLElement[] {
  if (place === undefined) return [];
  const link = button(`${place.file}:${place.line}`, () => open(index));
  return row('Place', link, ` in ${place.function}`);
}

function waitRow({ lanes }: TracePage, { lane, index }: TracePageEvent): HTMLElement[] {
  const wait = lanes[lane]!.waits.find(({ from }) => from === index);
  if (wait === undefined) return [];
  return row('Waits', wait.open ? 'to the end of the run' : `until event ${wait.to + 1}`);
}

/** What holds after the event: who waits, who can go on, which locks are held. */
function stateList(model: TracePage, index: number): HTMLElement {
  return element('ul', {}, ...model.stateAfter(index).map((line) => element('li', {}, line)));
}

function partnerRow(model: TracePage, { partner }: TracePageEvent, { select }: DetailsActions): HTMLElement[] {
  if (partner < 0) return [];
  return row(
    'Other side',
    button(`${partner + 1}: ${model.event(partner).sentence}`, () => select(partner)),
  );
}

function button(text: string, action: () => void): HTMLElement {
  const made = element('button', { type: 'button', class: 'link' }, text);
  made.addEventListener('click', action);
  return made;
}

/** `1.5 ms`; virtual, so that a minute of sleep is a minute here. */
function timeText(nanoseconds: number): string {
  if (nanoseconds < 1_000) return `${nanoseconds} ns`;
  if (nanoseconds < 1_000_000) return `${short(nanoseconds / 1_000)} µs`;
  if (nanoseconds < 1_000_000_000) return `${short(nanoseconds / 1_000_000)} ms`;
  return `${short(nanoseconds / 1_000_000_000)} s`;
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}

/** What the finding says: steps of the explanation. */
export function findingDetails({ explanation }: Finding): HTMLElement {
  const pane = element('section', { class: 'explanation', 'aria-label': 'Why it happens' });
  pane.append(element('h2', {}, 'Why it happens'));
  pane.append(element('ol', {}, ...explanation.map((step) => element('li', {}, step))));
  return pane;
}
