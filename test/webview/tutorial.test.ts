// Does what docs/tutorial.md says, step by step, as somebody who has just installed Lockstep.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { type Person, personAt, SLOW } from './person';
import { openWorkbench, type Workbench } from './workbench';

const tutorial = readFileSync(path.join(import.meta.dirname, '../../docs/tutorial.md'), 'utf8');

/** What the tutorial names in bold, as it stands on the screen. */
const NAMED = new Set([...tutorial.matchAll(/\*\*(.+?)\*\*/gs)].map(([, label = '']) => label.replaceAll(/\s+/g, ' ')));
/** Before the tour begins, or with other numbers. */
const ELSEWHERE = [
  'Extensions: Install from VSIX …',
  'Lockstep: Open the Example',
  '1 finding in 29 interleavings',
  'all 61 interleavings explored, none deadlocks',
];

describe('the tutorial', function () {
  // Each step stands on the one before.
  this.bail(true);
  let workbench: Workbench;
  let person: Person;
  let page: Page;
  const done: string[] = [];
  const met = new Set(ELSEWHERE);
  /** Named so in the tutorial. */
  const named = (label: string): string => {
    assert.ok(NAMED.has(label), label);
    met.add(label);
    return label;
  };
  before(async () => {
    workbench = await openWorkbench('go.mod', { 'workbench.colorTheme': 'Dark Modern' });
    person = personAt(workbench);
    page = workbench.page;
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());
  const rows = (text: string | RegExp): Locator =>
    page.locator('.part.sidebar .monaco-list-row').filter({ hasText: text }).first();
  const step = (title: string, does: () => Promise<void>): void => {
    it(title, async () => {
      await does();
      done.push(title);
    });
  };

  step('1. Open the example', async () => {
    const files = page.locator('.explorer-folders-view .monaco-list-row');
    await files.filter({ hasText: 'podstatus' }).first().click(SLOW);
    await files.filter({ hasText: 'podstatus_test.go' }).first().dblclick();
    await person.lens(named('Explore interleavings')).first().waitFor(SLOW);
    await person.shoot('tutorial-open');
  });

  step('2. Explore a test', async () => {
    await person.clickLens('Explore interleavings', person.lens(/Exploring|1 finding in/));
    await person.lens(/1 finding in \d+ interleavings/).waitFor(SLOW);
    const said = /> (Goroutine 1\.3 waits to send [\s\S]*?)\n\n/.exec(tutorial)?.[1]?.replaceAll('\n> ', ' ');
    assert.ok(said);
    // Which of the two setters it is differs.
    const words = said.replaceAll(/[.()]/g, '\\$&').replaceAll('1\\.3', '1\\.[23]');
    await (await person.notification(new RegExp(words))).waitFor();
    await person.shoot('tutorial-explored');
    await person.clearNotifications();
  });

  step('3. Read the finding', async () => {
    await page
      .locator('.part.activitybar')
      .getByRole('tab', { name: new RegExp(`^${named('Lockstep')}`) })
      .click();
    await rows('podstatus.go:45').click();
    await page.locator('.tab.active', { hasText: 'podstatus.go' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await rows(/^1\. /).waitFor();
    await page.locator('.statusbar-item', { hasText: '1 confirmed' }).first().waitFor();
    await person.shoot('tutorial-finding');
  });

  step('4. See it happen again', async () => {
    await person.clickLens(named('Replay this deadlock'), workbench.webview.getByRole('grid'));
    await (await person.notification(named('20 of 20'))).waitFor();
    await person.clearNotifications();
  });

  step('5. Look at the trace', async () => {
    const { webview } = workbench;
    await webview
      .getByRole('rowheader', { name: /blocked for ever/ })
      .first()
      .waitFor();
    await webview.getByRole('grid').press('End');
    await webview.getByRole('grid').press('ArrowLeft');
    await webview.locator('.details h2').waitFor();
    await webview.getByRole('tab', { name: named('Who waits for whom') }).click();
    await person.shoot('tutorial-trace');
    await page.keyboard.press('Control+w');
    // Keys that are pressed before it has gone are lost with it.
    await page.locator('.tab', { hasText: 'Lockstep Trace' }).waitFor({ state: 'detached' });
  });

  step('6. Judge it', async () => {
    const menu = async (label: string): Promise<void> => {
      const title = named(label);
      await rows('podstatus.go:45').click({ button: 'right' });
      const item = page.locator('.monaco-menu').getByRole('menuitem', { name: title });
      // A menu takes no click at the moment at which it opens: people click again.
      for (let tries = 0; tries < 5; tries++) {
        await item.click();
        const closed = item.waitFor({ state: 'detached', timeout: 2_000 });
        if (
          await closed.then(
            () => true,
            () => false,
          )
        )
          return;
      }
      throw new Error(`the menu's ${title} did nothing`);
    };
    await person.command('View: Show Lockstep');
    await menu('Minimise This Finding');
    await (await person.notification(/^(Nothing smaller shows it|The schedule has)/)).waitFor(SLOW);
    await person.clearNotifications();
    await menu('Copy as Markdown');
    await page.locator('.statusbar-item', { hasText: 'in the clipboard, as Markdown' }).first().waitFor();
    await menu('Mark as Intended …');
    await page.locator('.quick-input-widget input').first().fill('only in this tutorial');
    await page.keyboard.press('Enter');
    await rows('intended').click();
    await rows('podstatus.go:45').waitFor();
    await person.shoot('tutorial-intended');
    await menu('No Longer Intended');
    await rows(/^deadlock/).waitFor();
  });

  step('7. Mend it, and check again', async () => {
    await page.getByRole('tab', { name: /podstatus\.go/ }).click();
    await person.goToLine(43);
    await page.keyboard.press('Alt+ArrowDown');
    await page.keyboard.press('Home');
    for (const _ of 'defer ') await page.keyboard.press('Delete');
    await page.locator('.tab.active.dirty').waitFor();
    await page.keyboard.press('Control+s');
    await page.locator('.tab.active:not(.dirty)').waitFor();
    const mended = /```go\n([\s\S]*?)```/.exec(tutorial)?.[1] ?? '';
    const saved = readFileSync(path.join(workbench.workspace, 'podstatus/podstatus.go'), 'utf8');
    assert.ok(mended !== '' && saved.includes(mended), saved);
    await page.getByRole('tab', { name: /podstatus_test\.go/ }).click();
    await person.clickLens('Explore interleavings', person.lens(/Exploring|none deadlocks|no bug in/));
    await person.lens(/^(all \d+ interleavings explored, none deadlocks|no bug in)/).waitFor(SLOW);
    await rows('podstatus.go:45').waitFor({ state: 'detached' });
    await person.shoot('tutorial-mended');
  });

  it('has no other steps, and names nothing else', () => {
    assert.deepEqual(
      [...NAMED].filter((label) => !met.has(label)),
      [],
    );

    assert.deepEqual(
      done,
      [...tutorial.matchAll(/^## (\d+\. .*)$/gm)].map(([, title]) => title),
    );
  });
});
