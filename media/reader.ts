/** The page as a whole: which run is shown, which event is chosen, and what follows from that. */
import type { Finding } from '../protocol/finding';
import type { FromTracePage, ToTracePage, TraceContent } from '../protocol/webview';
import type { Asking } from './asking';
import { copied } from './copying';
import { element } from './elements';
import { headline } from './headline';
import { keyBar } from './key-bar';
import { actionOf } from './keyboard';
import { LanesView } from './lanes-view';
import { Matches } from './matches';
import { type Focus, focused, folded, toggled } from './narrowing';
import { openRun } from './opening';
import { columnOf } from './painting/scene';
import { type PaneSubject, Panes } from './panes/panes';
import { showProblem } from './problem';
import type { Run } from './runs';
import { type Splitter, splitter } from './splitter';
import { onThemeChange, readTheme } from './theme';
import { Toolbar } from './toolbar';
import { type Geometry, geometryOf, heightOf, MAX_COLUMN, type RowSize, sizeFor } from './viewport';
import { t } from './words';
import type { Cone, CopyFormat, EventView, Filter } from './worker-messages';

type NewRun = Extract<ToTracePage, { type: 'run' }>;

export class Reader {
  private readonly header = element('header');
  private readonly status = element('p', { class: 'status-line quiet', role: 'status' });
  private readonly lanes: LanesView;
  private readonly toolbar: Toolbar;
  private readonly panes: Panes;
  private readonly main: HTMLElement;
  private readonly splitter: Splitter;
  private theme = readTheme();
  private runs: Run[] = [];
  /** Traces read, and those opened anew. */
  private count = 0;
  private opened = 0;
  private run: Run | undefined;
  private finding: Finding | undefined;
  private geometry: Geometry | undefined;
  private rows: RowSize | undefined;
  private view: EventView | undefined;
  private cone: Cone | undefined;
  private showsCone = false;
  private follows = true;
  private query = '';
  private found = new Matches();
  private surprising = new Matches();
  private compared: PaneSubject['compared'];

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
      toggle: (lane) => void this.toggleGroup(lane),
      sentences: (events) => this.asking.ask('sentences', { run: this.run?.number ?? 0, events }),
    });
    this.panes = new Panes(asking, {
      select: (event) => void this.select(event, { scroll: true }),
      open: (place) => this.tell({ type: 'reveal', ...pick(place), takeFocus: true }),
      whatIf: (step, goroutine) => {
        this.wait(t`Running the test with another goroutine first…`);
        this.tell({ type: 'whatIf', step, goroutine, ...(this.run?.name ? { run: this.run.name } : {}) });
      },
    });
    this.toolbar = new Toolbar({
      step: (to) => this.key({ first: 'Home', before: 'ArrowLeft', after: 'ArrowRight', last: 'End' }[to]),
      search: (query) => void this.search(query),
      match: (step) => this.match(step),
      surprise: () => this.surprise(1),
      hide: (hidden) => void this.refilter({ ...this.run?.filter, hidden }),
      fold: (on) => void (this.run && this.refilter(folded(this.run, on))),
      focus: (on) => void this.focusOn(on),
      rows: (size) => this.resize(size),
      zoom: (factor) => (factor === 'fit' ? this.lanes.fit() : this.lanes.zoom(factor)),
      cone: (on) => void this.toggleCone(on),
      follow: (on) => {
        this.follows = on;
      },
      copy: (format) => void this.copy(format),
      passing: () => {
        this.wait(t`Looking for a run that passes…`);
        this.tell({ type: 'passing' });
      },
      replay: () => this.tell({ type: 'replay' }),
      cancel: () => this.tell({ type: 'cancel' }),
      debug: () => this.tell({ type: 'debug' }),
      text: () => this.tell({ type: 'text' }),
    });
    this.main = element('main', {}, this.header, this.toolbar.element, this.status, this.lanes.element);
    this.splitter = splitter(this.main, this.panes.element, 40);
    this.main.append(this.splitter.element, this.panes.element, keyBar());
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
    const title = finding ? t`The run that was found` : t`This run`;
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
      this.drawHeader();
      await this.panes.showComparison(this.subject(from));
    } else await this.showRun(run);
    this.say(outcome);
  }

  refused(problem: string): void {
    this.wait('');
    this.say(problem);
  }

  private async read(content: TraceContent, about: Parameters<typeof openRun>[4]): Promise<Run | undefined> {
    const { run, problems } = await openRun(this.asking, this.count++, content, this.finding, about);
    if (!run) {
      showProblem(this.body, problems.join(' '));
      return undefined;
    }
    if (!this.main.isConnected) {
      for (const child of [...this.body.children]) if (child.tagName !== 'SCRIPT') child.remove();
      this.body.append(this.main);
    }
    this.say(problems.join(' '));
    return run;
  }

  private async showRun(run: Run): Promise<void> {
    this.run = run;
    this.cone = undefined;
    this.view = undefined;
    this.toolbar.showFilter(run.filter);
    this.toolbar.allow({ runs: this.finding?.schedule !== undefined, text: this.finding !== undefined });
    this.found = new Matches();
    this.surprising = new Matches(run.surprises.events);
    this.toolbar.showSurprises(this.surprising.count);
    const { layout, facts } = run;
    this.rows ??= sizeFor(layout.goroutines.length);
    this.toolbar.showRows(this.rows);
    this.geometry = geometryOf(layout, this.rows);
    this.drawHeader();
    this.splitter.give(heightOf(this.geometry) - this.lanes.surface.clientHeight);
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
    const marks = {
      found: this.found.columnsIn(layout),
      surprising: this.surprising.columnsIn(layout),
      surprises: run.surprises,
    };
    this.lanes.show({ facts, layout, geometry, theme: this.theme, selected, ...marks, ...cone }, viewport);
  }

  private subject(run: Run): PaneSubject {
    return { run, finding: this.finding, view: this.view, compared: this.compared };
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
      await this.panes.show(this.subject(run));
      this.tell({ type: 'unmark' });
      return;
    }
    const view = await this.asking.askNewest('event', { run: run.number, event });
    if (!view || this.run !== run) return;
    this.view = view;
    if (!how.quiet) this.say([view.details.sentence, view.details.surprise].filter(Boolean).join(' '));
    const { place } = view.details;
    if (place && (how.reveal || (this.follows && !how.quiet))) {
      this.tell({ type: 'reveal', ...pick(place), takeFocus: how.takeFocus ?? false });
    }
    this.drawMatch();
    await Promise.all([this.panes.show(this.subject(run)), this.drawCone()]);
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
    const found = await this.asking.askNewest('search', { run: run.number, query, filter: run.filter });
    if (!found) return;
    this.found = new Matches(found);
    this.paint();
    this.drawMatch();
  }

  private drawMatch(): void {
    this.toolbar.showMatches(this.found.positionOf(this.run?.event ?? -1), this.found.count);
  }

  private match(step: 1 | -1): void {
    this.goTo(this.found.next(this.run?.event ?? -1, step));
  }

  private surprise(step: 1 | -1): void {
    this.goTo(this.surprising.next(this.run?.event ?? -1, step));
  }

  private goTo(event: number | undefined): void {
    if (event !== undefined) void this.select(event, { scroll: true });
  }

  private async focusOn(on: Focus): Promise<void> {
    const { run, view } = this;
    if (!run) return;
    const filter = view ? focused(run, view.details, on) : run.first;
    if (filter) await this.refilter(filter);
    else this.say(t`This event concerns no object.`);
  }

  /** Takes the goroutines of a lane apart, or puts those that are like it together again. */
  private async toggleGroup(lane: number): Promise<void> {
    const { run } = this;
    const goroutine = run?.layout.goroutines[lane];
    if (!run || goroutine === undefined) return;
    const lanes = run.layout.goroutines.length;
    const group = await this.asking.ask('alike', { run: run.number, goroutine });
    if (group.length < 2) return this.say(t`No goroutine is like this one, so there is nothing to fold.`);
    await this.refilter(toggled(run, lane, group));
    const unfolded = run.layout.goroutines.length > lanes;
    this.say(
      unfolded
        ? t`Unfolded ${group.length} goroutines that are alike.`
        : t`Folded ${group.length} goroutines that are alike.`,
    );
  }

  private async refilter(filter: Filter): Promise<void> {
    const { run } = this;
    if (!run) return;
    run.filter = filter;
    this.toolbar.showFilter(filter);
    const layout = await this.asking.askNewest('layout', { run: run.number, filter });
    if (!layout || this.run !== run) return;
    if (layout.events.length === 0) this.say(t`Nothing is left to show with this filter.`);
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
        return;
      case 'surprise':
        this.surprise(action.step);
        return;
      case 'fold': {
        const column = run.event < 0 ? -1 : columnOf(run.layout, run.event);
        if (column >= 0) void this.toggleGroup(run.layout.lane[column]!);
      }
    }
  }

  private key(key: string): void {
    this.press(new KeyboardEvent('keydown', { key }));
  }

  private async copy(format: CopyFormat): Promise<void> {
    if (!this.run) return;
    const { message, said } = await copied(this.asking, this.run, this.lanes.columns(), format);
    this.tell(message);
    if (said !== undefined) this.say(said);
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
