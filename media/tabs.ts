/** Panes of which one is shown, as the authoring practices for tabs have it: arrows move, the chosen one has the focus stop. */
import { element } from './elements';
import { t } from './words';

export interface Tab {
  id: string;
  title: string;
}

export class Tabs {
  private readonly list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': t`About the chosen event` });
  private readonly panel = element('div', { class: 'panel', role: 'tabpanel', tabindex: 0, id: 'panel' });
  readonly element = element('section', { class: 'tabbed' }, this.list, this.panel);
  private tabs: readonly Tab[] = [];
  chosen = '';

  constructor(private readonly changed: (id: string) => void) {
    this.list.addEventListener('keydown', (key) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key.key];
      if (step === undefined) return;
      const at = this.tabs.findIndex(({ id }) => id === this.chosen);
      const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
      if (!next) return;
      key.preventDefault();
      this.choose(next.id);
      this.list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    });
  }

  /** The tabs there are; the chosen one stays if it can. */
  offer(tabs: readonly Tab[]): void {
    this.tabs = tabs;
    if (!tabs.some(({ id }) => id === this.chosen)) this.chosen = tabs[0]?.id ?? '';
    this.draw();
  }

  choose(id: string): void {
    if (this.chosen === id) return;
    this.chosen = id;
    this.draw();
    this.changed(id);
  }

  fill(content: Node): void {
    const before = this.panel.scrollTop;
    this.panel.replaceChildren(content);
    this.panel.scrollTop = before;
  }

  private draw(): void {
    this.list.replaceChildren(
      ...this.tabs.map(({ id, title }) => {
        const isChosen = id === this.chosen;
        const tab = element(
          'button',
          {
            type: 'button',
            role: 'tab',
            id: `tab-${id}`,
            'aria-selected': isChosen ? 'true' : 'false',
            'aria-controls': 'panel',
            tabindex: isChosen ? 0 : -1,
          },
          title,
        );
        tab.addEventListener('click', () => this.choose(id));
        return tab;
      }),
    );
    this.panel.setAttribute('aria-labelledby', `tab-${this.chosen}`);
  }
}
