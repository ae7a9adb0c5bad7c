/** The page as a whole: which run is shown, which event is chosen, and what follows from that. */
import type { ComparedRuns } from '../core/view/page';
import type { Finding } from '../protocol/finding';
import type { FromTracePage, ToTracePage, TraceContent } from '../protocol/webview';
import type { Asking } from './asking';
import { element } from './elements';
import { headline } from './headline';
import { keyBar } from './key-bar';
import { actionOf } from './keyboard';
import { LanesView } from './lanes-view';
import { columnFrom, columnOf } from './painting/scene';
import type { PaneActions } from './panes/actions';
import { comparePane } from './panes/compare';
import { eventPane } from './panes/event';
import { statePane } from './panes/state';
import { waitsPane } from './panes/waits';
import { whyPane } from './panes/why';
import { showProblem } from './problem';
import type { Run } from './runs';
import { splitter } from './splitter';
import { type Tab, Tabs } from './tabs';
import { onThemeChange, readTheme } from './theme';
import { Toolbar } from './toolbar';
import { type Geometry, geometryOf, MAX_COLUMN, type RowSize, sizeFor } from './viewport';
import type { Cone, CopyFormat, EventView, Filter } from './worker-messages';

type NewRun = Extract<ToTracePage, { type: 'run' }>;

/** Events that are written out in a table for a paper or a ticket. */
const MOST_COPIED = 2_000;

export class Reader {
  private readonly header = element('header');
  private readonly status = element('p', { class: 'status-line quiet', role: 'status' });
  private readonly lanes: LanesView;
  private readonly toolbar: Toolbar;
  private readonly tabs = new Tabs(() => void this.drawTab());
  private readonly eventSide = element('div', {
    class: 'side',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Chosen event',
  });
  private readonly main: HTMLElement;
  private readonly actions: PaneActions;
  private theme = readTheme();
  private runs: Run[] = [];
  /** Traces read, and those opened anew. */
  private count = 0;
  private opened = 0;
  private run: Run | undefined;
  private finding: Finding | undefined;
  private filter: Filter = { hidden: [] };
  private geometry: Geometry | undefined;
  private rows: RowSize | undefined;
  private view: EventView | undefined;
  private cone: Cone | undefined;
  private showsCone = false;
  private follows = true;
  private query = '';
  private found = new Int32Array(0);
  private compared: { runs: ComparedRuns; titles: [string, string] } | undefined;

  constructor(
    private readonly body: HTMLElement,
    private readonly asking: Asking,
    private readonly tell: (message: FromTracePage) => void,
  ) {
    this.lanes = new LanesView({
      pick: (column, open) => {
        const event = this.run?.layout.events[column];
        if (event !== undefined) void this.select(event, { reveal: true, takeFocus: open });
      },
      sentences: (events) => this.asking.ask('sentences', { run: this.run?.number ?? 0, events }),
    });
    this.actions = {
      select: (event) => void this.select(event, { scroll: true }),
      open: (place) => this.tell({ type: 'reveal', ...pick(place), takeFocus: true }),
      whatIf: (step, goroutine) => {
        this.wait('Running the test with another goroutine first…');
        this.tell({ type: 'whatIf', step, goroutine, ...(this.run?.name ? { run: this.run.name } : {}) });
      },
    };
    this.toolbar = new Toolbar({
      step: (to) => this.key({ first: 'Home', before: 'ArrowLeft', after: 'ArrowRight', last: 'End' }[to]),
      search: (query) => void this.search(query),
      match: (step) => this.match(step),
      hide: (hidden) => void this.refilter({ ...this.filter, hidden }),
      focus: (on) => void this.focusOn(on),
      rows: (size) => this.resize(size),
      zoom: (factor) => (factor === 'fit' ? this.lanes.fit() : this.lanes.zoom(factor)),
      cone: (on) => void this.toggleCone(on),
      follow: (on) => {
        this.follows = on;
      },
      copy: (format) => void this.copy(format),
      passing: () => {
        this.wait('Looking for a run that passes…');
        this.tell({ type: 'passing' });
      },
      replay: () => this.tell({ type: 'replay' }),
      text: () => this.tell({ type: 'text' }),
    });
    const panes = element('footer', {}, this.eventSide, this.tabs.element);
    this.main = element('main', {}, this.header, this.toolbar.element, this.status, this.lanes.element);
    this.main.append(splitter(this.main, panes, 40), panes, keyBar());
    this.lanes.surface.addEventListener('keydown', (key) => this.press(key));
    onThemeChange(() => {
      this.theme = readTheme();
      this.paint();
    });
  }

  /** The trace of a finding, or of a file that was opened by itself; what was there before goes. */
  async open(content: TraceContent, finding: Finding | undefined): Promise<void> {
    // A replay sends its trace when it is done, which may be while the one before is still being read.
    const opening = ++this.opened;
    this.finding = finding;
    const title = finding ? 'The run that was found' : 'This run';
    const run = await this.read(content, { title, outcome: '', passed: false });
    if (!run || opening !== this.opened) return;
    this.runs = [run];
    this.compared = undefined;
    run.passed = finding === undefined && run.facts.passed;
    await this.showRun(run);
  }

  /** What the engine made: shown, and compared with the run it came from. */
  async addRun(message: NewRun): Promise<void> {
    this.wait('');
    const { run: name, title, outcome, passed } = message;
    const opened = this.opened;
    const run = await this.read(message, { name, title, outcome, passed });
    if (!run || opened !== this.opened) return;
    this.runs.push(run);
    const from = this.run ?? this.runs[0]!;
    this.compared = {
      runs: await this.asking.ask('compare', { run: from.number, other: run.number }),
      titles: [from.title, run.title],
    };
    if (message.compare) {
      this.offerTabs();
      this.tabs.choose('compare');
      this.drawHeader();
    } else await this.showRun(run);
    await this.drawTab();
    this.say(outcome);
  }

  refused(problem: string): void {
    this.wait('');
    this.say(problem);
  }

  private async read(
    { bytes, turns, counts }: TraceContent,
    about: Pick<Run, 'title' | 'outcome' | 'passed' | 'name'>,
  ): Promise<Run | undefined> {
    const number = this.count++;
    const what = { run: number, bytes, finding: this.finding, turns, counts };
    const { problems, facts, layout, event } = await this.asking.ask('open', what, [bytes.buffer as ArrayBuffer]);
    if (!facts || !layout) {
      showProblem(this.body, problems.join(' '));
      return undefined;
    }
    if (!this.main.isConnected) {
      for (const child of [...this.body.children]) if (child.tagName !== 'SCRIPT') child.remove();
      this.body.append(this.main);
    }
    const outcome = about.outcome || facts.outcome;
    const run: Run = { number, facts, layout, event, hasSteps: turns.length > 0, ...about, outcome };
    this.say(problems.join(' '));
    return run;
  }

  private async showRun(run: Run): Promise<void> {
    this.run = run;
    this.cone = undefined;
    this.view = undefined;
    this.filter = { hidden: [] };
    this.toolbar.clearFilters();
    this.toolbar.allow({ runs: this.finding?.schedule !== undefined, text: this.finding !== undefined });
    this.found = new Int32Array(0);
    const { layout, facts } = run;
    this.rows ??= sizeFor(layout.goroutines.length);
    this.toolbar.showRows(this.rows);
    this.geometry = geometryOf(layout, this.rows);
    this.offerTabs();
    this.drawHeader();
    const width = this.lanes.surface.clientWidth;
    // Boxes with names where they are not too many, boxes with words, or so many that one sees them at all.
    const columnWidth = facts.events <= 400 ? 84 : facts.events <= 20_000 ? 52 : Math.max(6, width / 20_000);
    this.paint({ columnWidth: Math.min(MAX_COLUMN, columnWidth), left: 0, top: 0 });
    await this.select(run.event, { scroll: true, quiet: true });
    if (this.query !== '') await this.search(this.query);
  }

  private paint(viewport?: Parameters<LanesView['show']>[1]): void {
    const { run, geometry } = this;
    if (!run || !geometry) return;
    const selected = run.event < 0 ? -1 : columnOf(run.layout, run.event);
    const cone = this.showsCone && this.cone ? { cone: this.cone } : {};
    const { facts, layout } = run;
    this.lanes.show(
      { facts, layout, geometry, theme: this.theme, selected, found: this.columnsFound(), ...cone },
      viewport,
    );
  }

  private columnsFound(): Int32Array {
    const { layout } = this.run!;
    return this.found.map((event) => columnOf(layout, event)).filter((column) => column >= 0);
  }

  /** Chooses an event, or none with -1. `reveal`: its line in the editor also where stepping is not followed. */
  private async select(
    event: number,
    how: { scroll?: boolean; reveal?: boolean; takeFocus?: boolean; quiet?: boolean } = {},
  ): Promise<void> {
    const { run } = this;
    if (!run) return;
    run.event = event;
    this.cone = undefined;
    this.paint();
    if (how.scroll) this.lanes.reveal();
    if (event < 0) {
      this.view = undefined;
      this.drawEvent();
      await this.drawTab();
      this.tell({ type: 'unmark' });
      return;
    }
    const view = await this.asking.askNewest('event', { run: run.number, event });
    if (!view || this.run !== run) return;
    this.view = view;
    this.drawEvent();
    if (!how.quiet) this.say(view.details.sentence);
    const { place } = view.details;
    if (place && (how.reveal || (this.follows && !how.quiet))) {
      this.tell({ type: 'reveal', ...pick(place), takeFocus: how.takeFocus ?? false });
    }
    await Promise.all([this.drawTab(), this.drawCone(), this.drawMatch()]);
  }

  private drawEvent(): void {
    const { run, view } = this;
    const shown = run && view ? this.chosenIn(run, view) : undefined;
    this.eventSide.replaceChildren(eventPane(shown, this.actions));
  }

  private chosenIn(run: Run, view: EventView) {
    return {
      position: columnFrom(run.layout, view.details.event) + 1,
      count: run.layout.events.length,
      view,
      goroutine: run.facts.goroutines[view.details.goroutine] ?? { path: '', function: '' },
      canRun: run.hasSteps && this.finding?.schedule !== undefined,
    };
  }

  private offerTabs(): void {
    const tabs: Tab[] = [
      ...(this.finding && this.finding.explanation.length > 0 ? [{ id: 'why', title: 'Why' }] : []),
      { id: 'state', title: 'State' },
      { id: 'waits', title: 'Who waits for whom' },
      ...(this.compared ? [{ id: 'compare', title: 'Compare' }] : []),
    ];
    this.tabs.offer(tabs);
  }

  private async drawTab(): Promise<void> {
    const { run, view } = this;
    if (!run) return;
    const none = element('p', { class: 'quiet' }, 'Choose an event first.');
    switch (this.tabs.chosen) {
      case 'why':
        if (this.finding) this.tabs.fill(whyPane(this.finding, this.actions));
        return;
      case 'compare':
        if (this.compared) this.tabs.fill(comparePane(this.compared.runs, this.compared.titles, this.actions));
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

  private drawHeader(): void {
    const { run } = this;
    if (!run) return;
    this.header.replaceChildren(
      ...headline({
        run,
        runs: this.runs,
        finding: this.finding,
        show: (other) => void this.showRun(other),
      }),
    );
  }

  private async toggleCone(on: boolean): Promise<void> {
    this.showsCone = on;
    this.toolbar.showCone(on);
    await this.drawCone();
    this.paint();
  }

  private async drawCone(): Promise<void> {
    const { run } = this;
    if (!run || !this.showsCone || run.event < 0) return;
    const cone = await this.asking.askNewest('cone', { run: run.number, event: run.event });
    if (!cone || this.run !== run) return;
    this.cone = cone;
    this.paint();
  }

  private async search(query: string): Promise<void> {
    const { run } = this;
    this.query = query;
    if (!run) return;
    const found = await this.asking.askNewest('search', { run: run.number, query, filter: this.filter });
    if (!found) return;
    this.found = new Int32Array(found);
    this.paint();
    this.drawMatch();
  }

  private drawMatch(): void {
    this.toolbar.showMatches(this.found.indexOf(this.run?.event ?? -1), this.found.length);
  }

  /** The match next to the chosen event, from the other end behind the last. */
  private match(step: 1 | -1): void {
    const { found, run } = this;
    if (!run || found.length === 0) return;
    const after = found.findIndex((event) => (step > 0 ? event > run.event : event >= run.event));
    const at = step > 0 ? (after < 0 ? 0 : after) : after <= 0 ? found.length - 1 : after - 1;
    void this.select(found[at]!, { scroll: true });
  }

  private async focusOn(on: 'goroutine' | 'object' | 'all'): Promise<void> {
    const { run, view } = this;
    if (!run) return;
    if (on === 'all' || !view) return this.refilter({ hidden: [] });
    const { layout } = run;
    const column = columnOf(layout, view.details.event);
    if (on === 'object') {
      const object = column < 0 ? -1 : layout.object[column]!;
      if (object < 0) return this.say('This event concerns no object.');
      return this.refilter({ hidden: [], objects: [object] });
    }
    return this.refilter({ hidden: [], goroutines: [...partnersOf(layout, view.details.goroutine)] });
  }

  private async refilter(filter: Filter): Promise<void> {
    const { run } = this;
    if (!run) return;
    this.filter = filter;
    const layout = await this.asking.askNewest('layout', { run: run.number, filter });
    if (!layout || this.run !== run) return;
    if (layout.events.length === 0) this.say('Nothing is left to show with this filter.');
    run.layout = layout;
    this.geometry = geometryOf(layout, this.rows ?? 'tall');
    this.paint();
    this.lanes.reveal();
    await this.search(this.query);
  }

  private resize(size: RowSize): void {
    if (!this.run) return;
    this.rows = size;
    this.geometry = geometryOf(this.run.layout, size);
    this.paint();
    this.lanes.reveal();
  }

  private press(key: KeyboardEvent): void {
    const { run } = this;
    if (!run) return;
    const action = actionOf(run.layout, run.event < 0 ? -1 : columnOf(run.layout, run.event), key);
    if (!action) return;
    key.preventDefault();
    switch (action.type) {
      case 'select':
        void this.select(run.layout.events[action.column]!, { scroll: true });
        return;
      case 'open':
        void this.select(run.event, { reveal: true, takeFocus: true });
        return;
      case 'clear':
        void this.select(-1);
        return;
      case 'cone':
        void this.toggleCone(!this.showsCone);
        return;
      case 'search':
        this.toolbar.search();
        return;
      case 'fit':
        this.lanes.fit();
        return;
      case 'zoom':
        this.lanes.zoom(action.factor);
        return;
      case 'match':
        this.match(action.step);
    }
  }

  private key(key: string): void {
    this.press(new KeyboardEvent('keydown', { key }));
  }

  /** All that is shown, or of much the part on the screen. */
  private async copy(format: CopyFormat): Promise<void> {
    const { run } = this;
    if (!run) return;
    const { events } = run.layout;
    const isFile = format === 'perfetto';
    const { from, to } = this.lanes.columns();
    const isPart = !isFile && events.length > MOST_COPIED;
    const chosen = isPart ? events.slice(from, Math.min(to + 1, from + MOST_COPIED)) : events.slice();
    const text = await this.asking.ask('copy', { run: run.number, format, events: chosen });
    if (isFile) {
      this.tell({ type: 'save', name: `${run.facts.test || 'trace'}.perfetto.json`, text });
      return;
    }
    this.tell({ type: 'copy', text });
    this.say(`Copied ${chosen.length.toLocaleString('en')} events${isPart ? ', those on the screen' : ''}.`);
  }

  private wait(text: string): void {
    this.toolbar.busy(text !== '');
    this.main.setAttribute('aria-busy', text === '' ? 'false' : 'true');
    this.say(text);
  }

  private say(text: string): void {
    this.status.textContent = text;
  }
}

const pick = ({ file, line, column }: { file: string; line: number; column: number }) => ({ file, line, column });

/** The goroutine and those that arrows lead to it from or from it to. */
function partnersOf({ arrows, lane, goroutines }: Run['layout'], goroutine: number): Set<number> {
  const found = new Set([goroutine]);
  for (let arrow = 0; arrow < arrows.from.length; arrow++) {
    const [one, other] = [goroutines[lane[arrows.from[arrow]!]!]!, goroutines[lane[arrows.to[arrow]!]!]!];
    if (one === goroutine) found.add(other);
    else if (other === goroutine) found.add(one);
  }
  return found;
}
