/** Two runs of one test side by side: where they part, and what came the other way round. */
import type { ComparedRow, ComparedRuns } from '../../core/view/page';
import { around, element } from '../elements';
import { t } from '../words';
import { link, type PaneActions } from './actions';

const [ONE, OTHER] = ['\u0001', '\u0002'];

/** Rows that are the same are folded but for so many around a difference. */
const AROUND = 2;
const MOST = 400;

const WORDS: Record<ComparedRow['kind'], () => string> = {
  same: () => '',
  moved: () => t`at another time`,
  left: () => t`only here`,
  right: () => t`only there`,
};

export function comparePane(runs: ComparedRuns, titles: [string, string], actions: PaneActions): HTMLElement {
  const pane = element('div', { class: 'compare' });
  const same =
    runs.common === 1
      ? t`The first event is the same.`
      : t`The first ${runs.common.toLocaleString('en')} events are the same.`;
  pane.append(element('p', {}, `${same} ${titles[0]}: ${runs.outcomes[0]} ${titles[1]}: ${runs.outcomes[1]}`));
  if (runs.reversals.length > 0) {
    const items = runs.reversals.slice(0, 6).map(({ left, events }) =>
      element(
        'li',
        {},
        ...around(t`${ONE} before ${OTHER}; there it was the other way round`, {
          [ONE]: link(left[0], () => actions.select(events[0])),
          [OTHER]: link(left[1], () => actions.select(events[1])),
        }),
      ),
    );
    pane.append(element('h3', {}, t`What came the other way round`), element('ul', {}, ...items));
  }
  const rows = folded(runs.rows)
    .slice(0, MOST)
    .map((row) => (typeof row === 'number' ? fold(row) : rowOf(row, actions)));
  const heads = ['', titles[0], titles[1]].map((text) => element('th', { scope: 'col' }, text));
  pane.append(element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows)));
  const left = runs.more + Math.max(0, folded(runs.rows).length - MOST);
  if (left > 0) pane.append(element('p', { class: 'quiet' }, t`${left.toLocaleString('en')} more rows are not shown.`));
  return pane;
}

/** Numbers stand for so many equal rows. */
function folded(rows: readonly ComparedRow[]): (ComparedRow | number)[] {
  const near = new Uint8Array(rows.length);
  for (const [at, { kind }] of rows.entries()) {
    if (kind !== 'same') near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
  }
  const shown: (ComparedRow | number)[] = [];
  for (const [at, row] of rows.entries()) {
    const last = shown.at(-1);
    if (near[at] === 1) shown.push(row);
    else if (typeof last === 'number') shown[shown.length - 1] = last + 1;
    else shown.push(1);
  }
  return shown;
}

const fold = (rows: number): HTMLElement =>
  element(
    'tr',
    { class: 'same' },
    element('td', { colspan: 3, class: 'quiet' }, rows === 1 ? t`1 equal event` : t`${rows} equal events`),
  );

function rowOf({ kind, left, right }: ComparedRow, actions: PaneActions): HTMLElement {
  const said = left ? [link(`${left.event + 1}: ${left.sentence}`, () => actions.select(left.event))] : [];
  return element(
    'tr',
    { class: kind },
    element('th', { scope: 'row' }, WORDS[kind]()),
    element('td', {}, ...said),
    element('td', {}, right ? `${right.event + 1}: ${right.sentence}` : ''),
  );
}
