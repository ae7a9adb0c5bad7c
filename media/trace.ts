/**
 * The trace page. Bytes come by message and are read and validated here; the extension is asked for nothing but
 * to show a line, to replay, or to show the text.
 */
import { readTracePage, type TracePage } from '../core/view/page';
import type { Finding } from '../protocol/finding';
import type { FromTracePage, ToTracePage, TracePageState } from '../protocol/webview';
import { eventDetails, findingDetails } from './details';
import { element } from './elements';
import { Grid } from './grid';
import { actionOf } from './keyboard';
import { type Density, layoutOf } from './layout';

declare function acquireVsCodeApi(): {
  postMessage(message: FromTracePage): void;
  setState(state: TracePageState): void;
};

const vscode = acquireVsCodeApi();
const DENSITIES: readonly Density[] = ['dots', 'operations', 'names'];
/** From here on boxes with names make the page longer than anyone scrolls. */
const MANY_EVENTS = 400;

const header = element('header');
const footer = element('footer');
const keyBar = keys();
const live = element('p', { class: 'quiet problems', role: 'status' });
const grid = new Grid((index, open) => {
  select(index);
  reveal(index, open);
});

let page: { model: TracePage; finding: Finding } | undefined;
let selected = -1;
let density: Density = 'names';
let follows = true;

document.body.append(element('main', {}, header, live, grid.element, footer, keyBar));

window.addEventListener('message', ({ data }: MessageEvent<ToTracePage>) => receive(data));
grid.element.addEventListener('keydown', (key) => {
  const action = page === undefined ? undefined : actionOf(page.model, selected, key);
  if (action === undefined) return;
  key.preventDefault();
  switch (action.type) {
    case 'select':
      select(action.index);
      grid.reveal();
      if (follows) reveal(action.index, false);
      return;
    case 'open':
      reveal(selected, true);
      return;
    case 'clear':
      select(-1);
  }
});
vscode.postMessage({ type: 'ready' });

function receive(message: ToTracePage): void {
  switch (message.type) {
    case 'problem':
      showProblem(message.problem);
      return;
    case 'trace': {
      const { page: model, problems } = readTracePage(message.bytes);
      if (model === undefined) {
        showProblem(problems.join(' '));
        return;
      }
      vscode.setState(message.state);
      page = { model, finding: message.finding };
      density = model.count > MANY_EVENTS ? 'operations' : 'names';
      live.textContent = problems.join(' ');
      draw();
      select(firstOfInterest(model, message.finding));
      grid.reveal();
      return;
    }
  }
}

/** What the finding is about: the wait that never ends at its first place, any such wait, otherwise the last event. */
function firstOfInterest({ lanes, count, event }: TracePage, { sites }: Finding): number {
  const open = lanes.flatMap(({ waits }) => waits.filter((wait) => wait.open).map(({ from }) => from));
  const stands = (index: number) => {
    const { place } = event(index);
    return place?.file === sites[0]?.file && place?.line === sites[0]?.line;
  };
  return open.find(stands) ?? open.at(-1) ?? count - 1;
}

function showProblem(problem: string): void {
  page = undefined;
  header.replaceChildren(element('h1', {}, 'No trace'));
  live.textContent = problem;
  grid.element.hidden = true;
  keyBar.hidden = true;
  footer.replaceChildren();
}

function draw(): void {
  if (page === undefined) return;
  const { model, finding } = page;
  grid.element.hidden = false;
  keyBar.hidden = false;
  header.replaceChildren(...headerOf(model, finding));
  grid.show({ model, layout: layoutOf(model, density), selected });
}

function headerOf(model: TracePage, finding: Finding): HTMLElement[] {
  const kind = element('span', { class: `kind ${finding.verdict}` }, finding.kind.replaceAll('-', ' '));
  const facts = [
    ...(finding.test === undefined ? [] : [finding.test]),
    `${model.count.toLocaleString('en')} events`,
    `${model.lanes.length.toLocaleString('en')} goroutines`,
  ];
  return [
    element('h1', {}, kind, ' ', finding.message),
    element('p', { class: 'outcome quiet' }, model.outcome),
    element(
      'div',
      { class: 'toolbar' },
      element('span', { class: 'quiet' }, facts.join(' · ')),
      element('span', { class: 'spring' }),
      followBox(),
      element('span', { class: 'zoom' }, zoomButton('−', 'Smaller columns', -1), zoomButton('+', 'Larger columns', 1)),
      action('Show as Text', () => vscode.postMessage({ type: 'text' })),
      action('Replay', () => vscode.postMessage({ type: 'replay' })),
    ),
  ];
}

function followBox(): HTMLElement {
  const input = element('input', { type: 'checkbox' });
  input.checked = follows;
  input.addEventListener('change', () => {
    follows = input.checked;
  });
  return element('label', { title: 'Show the line of each event that the keys lead to' }, input, 'Follow in editor');
}

function action(text: string, perform: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button' }, text);
  button.addEventListener('click', perform);
  return button;
}

function zoomButton(text: string, name: string, step: number): HTMLElement {
  const next = DENSITIES[DENSITIES.indexOf(density) + step];
  const button = action(text, () => {
    if (next === undefined) return;
    density = next;
    draw();
    grid.reveal();
    header.querySelector<HTMLButtonElement>(`button[aria-label="${name}"]`)?.focus();
  });
  button.setAttribute('aria-label', name);
  button.title = name;
  button.disabled = next === undefined;
  return button;
}

function select(index: number): void {
  if (page === undefined) return;
  selected = index;
  const { model, finding } = page;
  grid.show({ model, layout: layoutOf(model, density), selected });
  const open = (event: number) => reveal(event, true);
  const go = (event: number) => {
    select(event);
    grid.reveal();
    grid.element.focus();
  };
  footer.replaceChildren(eventDetails(model, index, { open, select: go }), findingDetails(finding));
}

function keys(): HTMLElement {
  const pairs: [string, string][] = [
    ['← →', 'step'],
    ['Shift ← →', 'same goroutine'],
    ['↑ ↓', 'other goroutine'],
    ['P', 'other side'],
    ['Enter', 'open line'],
  ];
  const items = pairs.map(([key, meaning]) => element('span', {}, element('kbd', {}, key), ` ${meaning}`));
  return element('p', { class: 'keys quiet' }, ...items);
}

function reveal(index: number, takeFocus: boolean): void {
  const place = page === undefined || index < 0 ? undefined : page.model.event(index).place;
  if (place === undefined) return;
  const { file, line, column } = place;
  vscode.postMessage({ type: 'reveal', file, line, column, takeFocus });
}
