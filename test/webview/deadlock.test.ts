// A person finds the deadlock of examples/podstatus, looks at it, replays it, and steps through it.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { atLine, type Person, personAt, SLOW, selectedEvent } from './person';
import { openWorkbench, type Workbench } from './workbench';

describe('finding and replaying a deadlock', () => {
  let workbench: Workbench;
  let person: Person;
  let page: Page;
  before(async () => {
    const settings = { 'lockstep.explore.seconds': 4, 'workbench.colorTheme': 'Dark Modern' };
    workbench = await openWorkbench('podstatus/podstatus_test.go', settings);
    person = personAt(workbench);
    page = workbench.page;
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());

  it('explores from the CodeLens and says what it found', async () => {
    await person.lens('Explore interleavings').first().waitFor(SLOW);
    await person.shoot('lens');
    await person.clickLens('Explore interleavings', person.lens(/Exploring|1 finding in/));
    await person.lens('1 finding in').waitFor(SLOW);
    await (await person.notification('waits to send on m.podStatusChannel')).waitFor();
    await person.shoot('found', 'explored');
  });

  it('marks the send that waits, with the other places in Problems', async () => {
    await person.clearNotifications();
    await person.open('podstatus.go');
    await person.goToLine(45);
    await page.locator('.monaco-editor .squiggly-error').first().waitFor();
    await person.lens('Replay this deadlock').waitFor();
    await person.shoot('squiggle', 'deadlock');
    await person.command('Problems: Focus on Problems View');
    const rows = page.locator('.markers-panel .monaco-list-row');
    await rows.filter({ hasText: 'waits to send on m.podStatusChannel' }).first().waitFor();
    await rows
      .filter({ hasText: /goroutine 1\.\d waits for the lock/ })
      .first()
      .waitFor();
    await person.shoot('problems', 'problems');
    await person.command('View: Hide Panel');
  });

  it('replays it every time and opens the trace', async () => {
    await person.command('View: Toggle Primary Side Bar Visibility');
    await person.clickLens('Replay this deadlock', workbench.webview.getByRole('grid'));
    await workbench.webview
      .getByRole('rowheader', { name: /blocked for ever/ })
      .first()
      .waitFor();
    await (await person.notification('20 of 20')).waitFor();
    await person.clearNotifications();
    await person.shoot('trace-page', 'trace-dark');
  });

  it('leads from an event to its line', async () => {
    await workbench.webview.getByRole('button', { name: 'Fit' }).click();
    await workbench.webview
      .getByRole('gridcell', { name: /locks m\.podStatusesLock/ })
      .first()
      .click();
    await workbench.webview.locator('.details h2', { hasText: 'locks m.podStatusesLock' }).waitFor();
    await page
      .locator('.active-line-number', { hasText: /^(33|42)$/ })
      .first()
      .waitFor();
    await person.shoot('event');
  });

  it('can be used with the keyboard alone', async () => {
    const grid = workbench.webview.getByRole('grid');
    await grid.press('Home');
    assert.equal(await selectedEvent(grid), 'event-0');
    await grid.press('ArrowRight');
    assert.equal(await selectedEvent(grid), 'event-1');
    await grid.press('End');
    const last = await selectedEvent(grid);
    await grid.press('ArrowUp');
    assert.notEqual(await selectedEvent(grid), last, 'the arrow up leads to another goroutine');
    await grid.press('Escape');
    assert.equal(await selectedEvent(grid), null);
    await grid.press('End');
    const place = await workbench.webview.locator('.details button.link').first().innerText();
    await grid.press('Enter');
    await page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
    await atLine(page, Number(place.split(':').at(-1)));
    await person.shoot('keyboard');
  });

  it('runs the test with another goroutine first, and compares with a run that passes', async () => {
    const { webview } = workbench;
    await webview.getByRole('grid').press('Home');
    const ask = webview.getByRole('button', { name: /^What if goroutine/ }).first();
    for (let steps = 0; steps < 40 && !(await ask.isVisible()); steps++) {
      await webview.getByRole('grid').press('ArrowRight');
      await webview.locator('.details h2').waitFor();
    }
    await ask.click();
    await webview.getByRole('button', { name: / first at step \d+/, pressed: true }).waitFor(SLOW);
    await person.shoot('what-if');
    await webview.getByRole('button', { name: 'The run that was found' }).click();
    await webview.getByRole('button', { name: 'Compare with a passing run' }).click();
    await webview.getByRole('button', { name: 'A run that passes' }).waitFor(SLOW);
    await webview.getByText(/events are the same|first event is the same/).waitFor();
    await person.shoot('compare', 'trace-compare');
  });

  it('shows the trace as text', async () => {
    await workbench.webview.getByRole('button', { name: 'Show as Text' }).click();
    await page.locator('.view-line', { hasText: 'lockstep-trace' }).first().waitFor();
    await person.shoot('text', 'trace-text');
    await page.getByRole('tab', { name: 'Lockstep Trace' }).click();
    await workbench.webview.getByRole('grid').waitFor();
  });

  it('follows the theme', async () => {
    const themes = [
      { theme: 'Light Modern', kind: 'vscode-light', docs: 'trace-light' },
      { theme: 'Default High Contrast', kind: 'vscode-high-contrast', docs: undefined },
    ];
    for (const { theme, kind, docs } of themes) {
      person.theme(theme);
      await workbench.webview.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
      await person.shoot(kind, docs);
    }
  });
});
