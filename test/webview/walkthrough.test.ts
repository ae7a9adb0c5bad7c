// Does what the walkthrough says, by its own buttons where it has some, and draws the pictures that it shows: parts of the
// workbench in a dark and in a light theme.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { type Person, personAt, SLOW } from './person';
import { openWorkbench, type Workbench } from './workbench';

const pictures = path.join(import.meta.dirname, '../../artifacts/webview/docs/walkthrough');

/** Name in pictures, name of the theme, and what the workbench says of itself in it. */
const THEMES = [
  ['light', 'Light Modern', '.monaco-workbench.vs'],
  ['dark', 'Dark Modern', '.monaco-workbench.vs-dark'],
] as const;

describe('the walkthrough', function () {
  // Each step stands on the one before.
  this.bail(true);
  let workbench: Workbench;
  let person: Person;
  let page: Page;
  before(async () => {
    workbench = await openWorkbench('podstatus/podstatus_test.go', {
      'workbench.colorTheme': 'Dark Modern',
      'editor.minimap.enabled': false,
      'lockstep.explore.seconds': 4,
    });
    person = personAt(workbench);
    page = workbench.page;
    mkdirSync(pictures, { recursive: true });
    await person.lens('Explore interleavings').first().waitFor(SLOW);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());

  const rows = (text: string | RegExp): Locator =>
    page.locator('.part.sidebar .monaco-list-row').filter({ hasText: text }).first();

  /** A part of the window, `look` being there. */
  async function draw(name: string, clip: { x: number; y: number; width: number; height: number }, look: Locator) {
    for (const [short, theme, shown] of THEMES) {
      person.theme(theme);
      await page.locator(shown).first().waitFor();
      await look.first().waitFor();
      await page.screenshot({ path: path.join(pictures, `${name}-${short}.png`), clip });
    }
  }

  const ticked = (title: string): Locator =>
    page.locator('.getting-started-step', { hasText: title }).locator('.codicon-getting-started-step-checked');

  /** Opens a step of the page and clicks its button, where it has one. */
  async function take(title: string, button: string): Promise<void> {
    const steps = page.locator('.getting-started-step');
    if ((await steps.count()) === 0) {
      await person.command('Welcome: Open Walkthrough...');
      await page
        .locator('.quick-input-list .monaco-list-row', { hasText: 'Get Started with Lockstep' })
        .first()
        .click();
    }
    const step = steps.filter({ hasText: title }).first();
    await step.click();
    await step.getByRole('button', { name: button }).click();
  }

  it('opens, with all of its titles', async () => {
    await person.command('Welcome: Open Walkthrough...');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Get Started with Lockstep' }).first().click();
    await page.locator('.getting-started-step', { hasText: 'Open a Go test' }).first().waitFor();
    await person.shoot('walkthrough');
    await page.keyboard.press('Control+w');
  });

  it('explores', async () => {
    await person.open('podstatus_test.go');
    await person.clickLens('Explore interleavings', person.lens(/Exploring|1 finding in/));
    await person.lens(/1 finding in \d+ interleavings/).waitFor(SLOW);
    await person.clearNotifications();
    await draw('explore', { x: 352, y: 90, width: 700, height: 440 }, person.lens(/1 finding in/));
  });

  it('shows the findings', async () => {
    await take('Read the finding', 'Show the Findings');
    // Wide enough for what stands there.
    const bar = await page.locator('.part.sidebar').boundingBox();
    assert.ok(bar);
    const edge = bar.x + bar.width;
    await page.mouse.move(edge, 600);
    await page.mouse.down();
    await page.mouse.move(edge + 420, 600, { steps: 10 });
    await page.mouse.up();
    await rows('podstatus.go:45').click(SLOW);
    await page.keyboard.press('ArrowRight');
    await rows(/^1\. /).waitFor();
    await draw('read', { x: 50, y: 36, width: 700, height: 440 }, rows(/^1\. /));
    await rows('podstatus.go:45').click({ button: 'right' });
    const menu = page.locator('.monaco-menu');
    await menu.getByRole('menuitem', { name: 'Mark as Intended …' }).waitFor();
    await page.screenshot({
      path: path.join(pictures, 'judge-dark.png'),
      clip: { x: 50, y: 36, width: 700, height: 400 },
    });
    await page.keyboard.press('Escape');
    await menu.first().waitFor({ state: 'detached' });
    person.theme('Light Modern');
    await page.locator('.monaco-workbench.vs').first().waitFor();
    await rows('podstatus.go:45').click({ button: 'right' });
    await menu.getByRole('menuitem', { name: 'Mark as Intended …' }).waitFor();
    await page.screenshot({
      path: path.join(pictures, 'judge-light.png'),
      clip: { x: 50, y: 36, width: 700, height: 400 },
    });
    await page.keyboard.press('Escape');
    await menu.first().waitFor({ state: 'detached' });
    await page.mouse.move(edge + 420, 600);
    await page.mouse.down();
    await page.mouse.move(edge, 600, { steps: 10 });
    await page.mouse.up();
  });

  it('replays', async () => {
    await draw('replay', { x: 352, y: 300, width: 700, height: 320 }, person.lens('Replay this deadlock'));
    await take('See it happen again', 'Replay');
    await workbench.webview.getByRole('grid').waitFor(SLOW);
    await (await person.notification('20 of 20')).waitFor(SLOW);
    await person.clearNotifications();
  });

  it('shows the trace', async () => {
    const grid = workbench.webview.getByRole('grid');
    await person.command('View: Toggle Primary Side Bar Visibility');
    await page.locator('.part.sidebar').waitFor({ state: 'hidden' });
    await workbench.webview.getByRole('button', { name: 'Fit' }).click();
    const shown = await page.locator('iframe.webview.ready').boundingBox();
    assert.ok(shown);
    await draw('trace', { ...shown, height: Math.min(shown.height, 540) }, grid);
    await page.getByRole('tab', { name: 'Lockstep Trace' }).click();
    await page.keyboard.press('Control+w');
    await page.getByRole('tab', { name: 'Lockstep Trace' }).waitFor({ state: 'detached' });
    await take('Look at the trace', 'Open a Trace');
    await grid.waitFor(SLOW);
  });

  it('has ticked what was done', async () => {
    await page.getByRole('tab', { name: /^Welcome/ }).click();
    for (const title of ['Open a Go test', 'Explore its', 'Read the finding', 'See it happen', 'Look at the trace'])
      await ticked(title).first().waitFor({ state: 'attached' });
    assert.equal(await ticked('Debug it').count(), 0);
    await person.shoot('walkthrough-done');
  });
});
