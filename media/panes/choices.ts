/** Who could have gone on at the step, what was known of each beforehand, and what did happen. */
import { element } from '../elements';
import { say, t } from '../words';
import type { Choice } from '../worker-messages';
import { button, link, type PaneActions } from './actions';
import type { Chosen } from './event';

/** A list of more goroutines than this is not read. */
const MOST = 24;

export function choicesOf({ view, canRun }: Chosen, actions: PaneActions): HTMLElement[] {
  const { step, nexts } = view;
  if (step.choices.length === 0) return [];
  const runs = Math.max(0, ...step.choices.map(({ distribution }) => distribution?.runs ?? 0));
  const known =
    runs === 0 ? '' : ` ${t`Shares are of the operations as explored until now (${runs.toLocaleString('en')} runs).`}`;
  const list = step.choices
    .slice(0, MOST)
    .map((choice, at) => choiceItem(choice, nexts[at] ?? '', step.step, canRun, actions));
  const more = step.choices.length - list.length;
  const title =
    step.step < 0 ? t`Who could go on here` : t`Step ${(step.step + 1).toLocaleString('en')}: who could go on`;
  return [
    element('h3', {}, title),
    element(
      'p',
      { class: 'quiet note' },
      `${countOf(step.choices.length, (step.event + 1).toLocaleString('en'))}${known}`,
    ),
    element('ul', { class: 'choices' }, ...list),
    ...(more > 0 ? [element('p', { class: 'quiet note' }, t`and ${more} more`)] : []),
  ];
}

const countOf = (goroutines: number, event: string): string =>
  goroutines === 1
    ? t`Only this goroutine could have gone on before event ${event}.`
    : t`${goroutines} goroutines could have gone on before event ${event}.`;

function choiceItem(
  choice: Choice,
  sentence: string,
  step: number,
  canRun: boolean,
  actions: PaneActions,
): HTMLElement {
  const { taken, next, path } = choice;
  const words = sentence === '' ? t`goroutine ${path} did nothing more` : sentence;
  const said = next < 0 ? element('span', {}, words) : link(words, () => actions.select(next));
  const item = element('li', { class: taken ? 'taken' : '' });
  item.append(element('span', { class: 'badge' }, taken ? t`went on` : t`waited for its turn`), said);
  if (!taken && canRun && step >= 0) {
    const ask = button(t`What if this one went first?`, () => actions.whatIf(step, path));
    ask.setAttribute('aria-label', t`What if goroutine ${path} went first?`);
    item.append(ask);
  }
  if (choice.distribution) item.append(sharesOf(choice));
  return item;
}

/** A bar for each outcome, the one of this run marked. */
function sharesOf({ distribution, happened }: Choice): HTMLElement {
  const rows = distribution!.shares.map(({ outcome, said, probability, times }) => {
    const label = say(said);
    const meter = element('meter', { min: 0, max: 1, value: probability, 'aria-label': label });
    const share = probability > 0 && probability < 0.01 ? '< 1 %' : `${Math.round(probability * 100)} %`;
    const isThis = outcome === happened;
    return element(
      'tr',
      { class: isThis ? 'happened' : '' },
      element('td', {}, label),
      element('td', {}, meter),
      element('td', { class: 'number' }, share),
      element('td', { class: 'number quiet' }, times.toLocaleString('en')),
      element('td', {}, isThis ? t`in this run` : ''),
    );
  });
  const head = [t`next`, t`share`, '', t`times`, ''].map((text) => element('th', { scope: 'col' }, text));
  return element(
    'table',
    { class: 'shares' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}
