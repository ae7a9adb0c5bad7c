/** What was found, how the run ended, and which runs there are. */
import type { Finding } from '../protocol/finding';
import { KIND_WORDS } from '../protocol/kind-words';
import { element } from './elements';
import { button } from './panes/actions';
import type { Run } from './runs';
import { say, t } from './words';

export interface Headline {
  run: Run;
  runs: readonly Run[];
  finding: Finding | undefined;
  show(run: Run): void;
}

export function headline({ run, runs, finding, show }: Headline): HTMLElement[] {
  const { facts } = run;
  const [events, goroutines] = [run.layout.events.length, run.layout.members.items.length];
  const said = [
    finding?.test ?? facts.test,
    events === 1 ? t`1 event` : t`${events.toLocaleString('en')} events`,
    goroutines === 1 ? t`1 goroutine` : t`${goroutines.toLocaleString('en')} goroutines`,
    ...(facts.mode === 'record' ? [t`recorded while Go scheduled`] : []),
  ].filter((text) => text !== '');
  const title = finding
    ? [element('span', { class: `kind ${finding.verdict}` }, say(KIND_WORDS[finding.kind])), ' ', finding.message]
    : [`${facts.package} ${facts.test}`.trim() || t`A trace`];
  return [
    element('h1', {}, ...title),
    element('p', { class: 'outcome' }, element('span', { class: 'quiet' }, `${run.outcome} ${said.join(' · ')}`)),
    ...(runs.length > 1 ? [runList({ run, runs, finding, show })] : []),
  ];
}

function runList({ run, runs, show }: Headline): HTMLElement {
  const buttons = runs.map((other) =>
    button(other.title, () => show(other), {
      class: other.passed ? 'run passed' : 'run',
      'aria-pressed': other === run ? 'true' : 'false',
      title: other.outcome,
    }),
  );
  return element('div', { class: 'runs', role: 'group', 'aria-label': t`Runs` }, ...buttons);
}
