/** The bar above the lanes: stepping, searching, choosing what is shown, and what can be done with the run. */

import type { EventFamily } from '../core/view/describe';
import { COPY_FORMATS } from '../core/view/export/copy';
import { isFiltering } from '../core/view/filter';
import { element } from './elements';
import type { Focus } from './narrowing';
import { button } from './panes/actions';
import { ROW_SIZES, type RowSize } from './viewport';
import { say, t } from './words';
import type { CopyFormat, Filter } from './worker-messages';

export interface ToolbarActions {
  step(to: 'first' | 'before' | 'after' | 'last'): void;
  search(query: string): void;
  match(step: 1 | -1): void;
  /** To the next event that was not to be expected. */
  surprise(): void;
  hide(families: EventFamily[]): void;
  /** Goroutines that are alike share a lane. */
  fold(on: boolean): void;
  /** Only what concerns the chosen event's goroutine, or its object; everything again. */
  focus(on: Focus): void;
  rows(size: RowSize): void;
  zoom(factor: number | 'fit'): void;
  cone(on: boolean): void;
  follow(on: boolean): void;
  copy(format: CopyFormat): void;
  passing(): void;
  replay(): void;
  /** End the run that is being made. */
  cancel(): void;
  debug(): void;
  text(): void;
}

const families = (): readonly (readonly [EventFamily, string])[] => [
  ['life', t`Goroutines`],
  ['channel', t`Channels`],
  ['lock', t`Locks and groups`],
  ['memory', t`Memory`],
  ['time', t`Time`],
  ['end', t`Ends`],
];

const ROWS: Record<RowSize, () => string> = {
  dense: () => t`Low rows`,
  compact: () => t`Middle rows`,
  tall: () => t`High rows`,
};

export class Toolbar {
  private readonly field = element('input', {
    type: 'search',
    placeholder: t`Search (/)`,
    'aria-label': t`Search events by operation, object, goroutine, function or place`,
    spellcheck: 'false',
  });
  private readonly matches = element('span', { class: 'quiet matches', role: 'status' });
  private readonly coneBox = check(t`Past and future (C)`, t`Shade what happens before and after the chosen event`);
  private readonly followBox = check(t`Follow in editor`, t`Show the line of each event that you step to`);
  private readonly passing: HTMLButtonElement;
  private readonly replaying: HTMLButtonElement;
  private readonly cancelling: HTMLButtonElement;
  private readonly surprising: HTMLButtonElement;
  private readonly foldBox = check(t`Fold goroutines that are alike (F)`, t`They share a lane`);
  private readonly families = families().map(([family, title]) => ({ family, box: check(title, '') }));
  private readonly debugging: HTMLButtonElement;
  private readonly asText: HTMLButtonElement;
  private readonly size = element('select', { 'aria-label': t`Height of the rows` });
  private readonly filters = menu(t`Filter`, t`What is shown`);
  private readonly copies = menu(t`Copy`, t`Take it elsewhere`);
  readonly element: HTMLElement;

  constructor(private readonly actions: ToolbarActions) {
    this.followBox.input.checked = true;
    this.passing = button(t`Compare with a passing run`, () => actions.passing());
    this.replaying = button(t`Replay`, () => actions.replay());
    this.cancelling = button(t`Cancel`, () => actions.cancel());
    this.cancelling.hidden = true;
    this.surprising = button('', () => actions.surprise(), {
      title: t`The next event that was not to be expected (S)`,
    });
    this.surprising.hidden = true;
    this.debugging = button(t`Debug`, () => actions.debug(), { title: t`This run again, under a debugger` });
    this.asText = button(t`Show as Text`, () => actions.text());
    for (const size of ROW_SIZES) this.size.append(element('option', { value: size }, ROWS[size]()));
    this.size.addEventListener('change', () => actions.rows(this.size.value as RowSize));
    this.coneBox.input.addEventListener('change', () => actions.cone(this.coneBox.input.checked));
    this.followBox.input.addEventListener('change', () => actions.follow(this.followBox.input.checked));
    this.field.addEventListener('input', () => actions.search(this.field.value));
    this.field.addEventListener('keydown', (key) => {
      if (key.key === 'Enter') actions.match(key.shiftKey ? -1 : 1);
      if (key.key !== 'Escape') return;
      this.field.value = '';
      actions.search('');
    });
    this.fillFilters();
    for (const { format, label } of COPY_FORMATS) {
      this.copies.body.append(button(say(label), () => this.closing(this.copies, () => actions.copy(format))));
    }
    this.element = element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': t`Run` },
      group(
        icon('«', t`First event (Home)`, () => actions.step('first')),
        icon('‹', t`Event before (←)`, () => actions.step('before')),
        icon('›', t`Next event (→)`, () => actions.step('after')),
        icon('»', t`Last event (End)`, () => actions.step('last')),
      ),
      group(
        this.field,
        icon('↑', t`Match before (Shift+N)`, () => actions.match(-1)),
        icon('↓', t`Next match (N)`, () => actions.match(1)),
        this.matches,
      ),
      this.surprising,
      this.filters.element,
      group(
        icon('−', t`Smaller columns (-)`, () => actions.zoom(1 / 1.5)),
        icon('+', t`Larger columns (+)`, () => actions.zoom(1.5)),
        button(t`Fit`, () => actions.zoom('fit'), { title: t`The whole run (0)` }),
        this.size,
      ),
      this.coneBox.element,
      this.followBox.element,
      element('span', { class: 'spring' }),
      this.cancelling,
      this.passing,
      this.copies.element,
      this.asText,
      this.replaying,
      this.debugging,
    );
  }

  /** What can be done with what is shown. */
  allow({ runs, text }: { runs: boolean; text: boolean }): void {
    this.passing.hidden = !runs;
    this.replaying.hidden = !runs;
    this.debugging.hidden = !runs;
    this.asText.hidden = !text;
  }

  busy(on: boolean): void {
    this.passing.disabled = on;
    this.replaying.disabled = on;
    this.cancelling.hidden = !on;
    this.debugging.disabled = on;
  }

  showRows(size: RowSize): void {
    this.size.value = size;
  }

  showCone(on: boolean): void {
    this.coneBox.input.checked = on;
  }

  showMatches(at: number, count: number): void {
    const query = this.field.value.trim();
    this.matches.textContent =
      query === '' ? '' : count === 0 ? t`nothing found` : t`${at < 0 ? '–' : number(at + 1)} of ${number(count)}`;
  }

  showFilter(filter: Filter): void {
    for (const { family, box } of this.families) box.input.checked = !filter.hidden.includes(family);
    this.foldBox.input.checked = filter.fold === true && (filter.unfolded ?? []).length === 0;
    this.filters.element.classList.toggle('active', isFiltering(filter));
  }

  showSurprises(count: number): void {
    this.surprising.hidden = count === 0;
    this.surprising.textContent = t`${number(count)} surprising`;
  }

  search(): void {
    this.field.focus();
    this.field.select();
  }

  private fillFilters(): void {
    const tell = (): void =>
      this.actions.hide(this.families.filter(({ box }) => !box.input.checked).map(({ family }) => family));
    for (const { box } of this.families) box.input.addEventListener('change', tell);
    this.foldBox.input.addEventListener('change', () => this.actions.fold(this.foldBox.input.checked));
    const focus = (text: string, on: Focus) =>
      button(text, () => this.closing(this.filters, () => this.actions.focus(on)));
    this.filters.body.append(
      ...this.families.map(({ box }) => box.element),
      this.foldBox.element,
      focus(t`Only this event's goroutine and its partners`, 'goroutine'),
      focus(t`Only this event's object`, 'object'),
      focus(t`Everything`, 'all'),
    );
  }

  private closing(from: Menu, action: () => void): void {
    from.element.open = false;
    from.element.querySelector('summary')?.focus();
    action();
  }
}

const number = (value: number): string => value.toLocaleString('en');

interface Menu {
  element: HTMLDetailsElement;
  body: HTMLElement;
}

function menu(title: string, hint: string): Menu {
  const body = element('div', { class: 'menu' });
  const made = element('details', { class: 'dropdown' }, element('summary', { title: hint }, title), body);
  made.addEventListener('keydown', (key) => {
    if (key.key !== 'Escape' || !made.open) return;
    key.stopPropagation();
    made.open = false;
    made.querySelector('summary')?.focus();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !made.contains(target)) made.open = false;
  });
  return { element: made, body };
}

function check(text: string, title: string): { element: HTMLElement; input: HTMLInputElement } {
  const input = element('input', { type: 'checkbox' });
  return { element: element('label', title === '' ? {} : { title }, input, text), input };
}

const group = (...children: HTMLElement[]): HTMLElement => element('span', { class: 'group' }, ...children);

const icon = (sign: string, name: string, action: () => void): HTMLElement =>
  button(sign, action, { 'aria-label': name, title: name, class: 'icon' });
