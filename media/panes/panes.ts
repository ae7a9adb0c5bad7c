/** What is below the lanes: the chosen event, and tabs with what there is to know besides it. */
import type { ComparedRuns } from '../../core/view/page';
import type { Finding } from '../../protocol/finding';
import type { Asking } from '../asking';
import { element } from '../elements';
import { columnFrom } from '../painting/scene';
import type { Run } from '../runs';
import { type Tab, Tabs } from '../tabs';
import { t } from '../words';
import type { EventView } from '../worker-messages';
import type { PaneActions } from './actions';
import { comparePane } from './compare';
import { eventPane } from './event';
import { statePane } from './state';
import { waitsPane } from './waits';
import { whyPane } from './why';

/** What the panes are about. */
export interface PaneSubject {
  run: Run;
  finding: Finding | undefined;
  /** Of the chosen event; undefined when there is none, or it has not come yet. */
  view: EventView | undefined;
  compared: { runs: ComparedRuns; titles: [string, string] } | undefined;
}

export class Panes {
  private readonly tabs = new Tabs(() => void this.drawTab());
  private readonly eventSide = element('div', {
    class: 'side',
    tabindex: 0,
    role: 'region',
    'aria-label': t`Chosen event`,
  });
  readonly element = element('footer', {}, this.eventSide, this.tabs.element);
  private subject: PaneSubject | undefined;

  constructor(
    private readonly asking: Asking,
    private readonly actions: PaneActions,
  ) {}

  async show(subject: PaneSubject): Promise<void> {
    this.subject = subject;
    this.eventSide.replaceChildren(eventPane(chosenIn(subject), this.actions));
    this.offer();
    await this.drawTab();
  }

  /** Two runs have been compared: that is what one wants to see. */
  async showComparison(subject: PaneSubject): Promise<void> {
    this.subject = subject;
    this.offer();
    this.tabs.choose('compare');
    await this.drawTab();
  }

  private offer(): void {
    const { finding, compared } = this.subject!;
    const tabs: Tab[] = [
      ...(finding && finding.explanation.length > 0 ? [{ id: 'why', title: t`Why` }] : []),
      { id: 'state', title: t`State` },
      { id: 'waits', title: t`Who waits for whom` },
      ...(compared ? [{ id: 'compare', title: t`Compare` }] : []),
    ];
    this.tabs.offer(tabs);
  }

  private async drawTab(): Promise<void> {
    if (!this.subject) return;
    const { run, finding, view, compared } = this.subject;
    const none = element('p', { class: 'quiet' }, t`Choose an event first.`);
    switch (this.tabs.chosen) {
      case 'why':
        if (finding) this.tabs.fill(whyPane(finding, this.actions));
        return;
      case 'compare':
        if (compared) this.tabs.fill(comparePane(compared.runs, compared.titles, this.actions));
        return;
      case 'state': {
        const name = (goroutine: number) => run.facts.goroutines[goroutine]?.path ?? '?';
        this.tabs.fill(view ? statePane(view.moment, name, this.actions) : none);
        return;
      }
      case 'waits': {
        if (run.event < 0) {
          this.tabs.fill(none);
          return;
        }
        const graph = await this.asking.askNewest('waits', { run: run.number, event: run.event });
        if (graph && this.tabs.chosen === 'waits') this.tabs.fill(waitsPane(graph, this.actions));
      }
    }
  }
}

function chosenIn({ run, finding, view }: PaneSubject) {
  if (!view) return undefined;
  return {
    position: columnFrom(run.layout, view.details.event) + 1,
    count: run.layout.events.length,
    view,
    goroutine: run.facts.goroutines[view.details.goroutine] ?? { path: '', function: '' },
    canRun: run.hasSteps && finding?.schedule !== undefined,
  };
}
