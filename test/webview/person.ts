/** What a person does in the workbench, in a person's words. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { Workbench } from './workbench';

const images = path.join(import.meta.dirname, '../../artifacts/webview/docs');

/** An exploration builds the tracer first; on a cold machine that takes a while. */
export const SLOW = { timeout: 120_000 };

export interface Person {
  lens(text: string | RegExp): Locator;
  /** Clicks the first such lens until `answer` shows: a lens that is drawn anew under the mouse loses the click. */
  clickLens(text: string, answer: Locator): Promise<void>;
  /** Opens the list of notifications: the workbench shows no toasts while a test driver is attached. */
  notification(text: string | RegExp): Promise<Locator>;
  /** A command of the palette by its full title. */
  command(title: string): Promise<void>;
  /** A file by its name, through Quick Open. */
  open(name: string): Promise<void>;
  goToLine(line: number): Promise<void>;
  /** Takes effect soon after. */
  theme(name: string): void;
  /** Notifications lie over the editor: puts them away. */
  clearNotifications(): Promise<void>;
  /** A picture of this step; also what docs/images/<docs>.png is to look like (scripts/pictures.mjs). */
  shoot(name: string, docs?: string): Promise<void>;
}

export function personAt({ page, shoot, workspace }: Workbench): Person {
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const input = page.locator('.quick-input-widget input[type="text"], .quick-input-widget input.input').first();
  const closed = () => page.locator('.quick-input-widget').waitFor({ state: 'hidden' });

  async function command(title: string): Promise<void> {
    await page.keyboard.press('F1');
    await input.waitFor();
    await input.fill(`>${title}`);
    await rows.filter({ hasText: title }).first().waitFor();
    await page.keyboard.press('Enter');
  }

  const lens = (text: string | RegExp) =>
    page.locator('.codelens-decoration a, .codelens-decoration span', { hasText: text });

  return {
    lens,
    async clickLens(text, answer) {
      await lens(text).first().waitFor(SLOW);
      for (let tries = 0; tries < 5; tries++) {
        await lens(text).first().click();
        const answered = await answer
          .first()
          .waitFor({ timeout: 5_000 })
          .then(
            () => true,
            () => false,
          );
        if (answered) return;
      }
      throw new Error(`the CodeLens ${text} did nothing`);
    },
    async notification(text) {
      await command('Notifications: Show Notifications');
      return page.locator('.notifications-center .notification-list-item', { hasText: text }).first();
    },
    command,
    async open(name) {
      await page.keyboard.press('Control+p');
      await input.waitFor();
      await input.fill(name);
      await rows.filter({ hasText: name }).first().waitFor();
      await page.keyboard.press('Enter');
      await closed();
      await page.locator('.tab.active', { hasText: name }).first().waitFor();
    },
    async goToLine(line) {
      await page.keyboard.press('Control+g');
      await input.waitFor();
      await input.fill(`:${line}`);
      await page.keyboard.press('Enter');
      await closed();
      await atLine(page, line);
    },
    theme(name) {
      // The picker moves with every version; the settings file does not.
      const folder = path.join(workspace, '.vscode');
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ 'workbench.colorTheme': name }));
    },
    async clearNotifications() {
      await command('Notifications: Clear All Notifications');
      await closed();
      await page.locator('.notifications-center .notification-list-item').first().waitFor({ state: 'detached' });
    },
    async shoot(name, docs) {
      await shoot(name);
      if (docs === undefined) return;
      mkdirSync(images, { recursive: true });
      await page.screenshot({ path: path.join(images, `${docs}.png`) });
    },
  };
}

/** Which event of the trace page is selected, as its element's id. */
export function selectedEvent(grid: Locator): Promise<string | null> {
  return grid.getAttribute('aria-activedescendant');
}

/** The line of the cursor, by the status bar: the editor has the focus. */
export function atLine(page: Page, line: number): Promise<void> {
  return page
    .locator('.statusbar-item', { hasText: new RegExp(`Ln ${line},`) })
    .first()
    .waitFor();
}
