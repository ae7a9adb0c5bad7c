/** What a person does in the workbench, in a person's words. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { Workbench } from './workbench';

const images = path.join(import.meta.dirname, '../../docs/images');

/** An exploration builds the tracer first; on a cold machine that takes a while. */
export const SLOW = { timeout: 120_000 };

export interface Person {
  lens(text: string | RegExp): Locator;
  /** Opens the list of notifications: the workbench shows no toasts while a test driver is attached. */
  notification(text: string | RegExp): Promise<Locator>;
  /** A command of the palette by its full title. */
  command(title: string): Promise<void>;
  /** A file by its name, through Quick Open. */
  open(name: string): Promise<void>;
  goToLine(line: number): Promise<void>;
  theme(name: string): Promise<void>;
  /** Notifications lie over the editor: puts them away. */
  clearNotifications(): Promise<void>;
  /** A picture of this step; also docs/images/<docs>.png when LOCKSTEP_DOCS_IMAGES is set. */
  shoot(name: string, docs?: string): Promise<void>;
}

export function personAt({ page, shoot }: Workbench): Person {
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

  return {
    lens: (text) => page.locator('.codelens-decoration a, .codelens-decoration span', { hasText: text }),
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
    async theme(name) {
      await command('Preferences: Color Theme');
      await rows.filter({ hasText: 'Light Modern' }).first().waitFor();
      await input.fill(name);
      await rows.filter({ hasText: name }).first().waitFor();
      await page.keyboard.press('Enter');
      await closed();
    },
    async clearNotifications() {
      await command('Notifications: Clear All Notifications');
      await closed();
      await page.locator('.notifications-center .notification-list-item').first().waitFor({ state: 'detached' });
    },
    async shoot(name, docs) {
      await shoot(name);
      if (docs === undefined || process.env.LOCKSTEP_DOCS_IMAGES === undefined) return;
      mkdirSync(images, { recursive: true });
      await page.screenshot({ path: path.join(images, `${docs}.png`) });
    },
  };
}

/** Which event of the trace page is selected, as its element's id. */
export function selectedEvent(grid: Locator): Promise<string | null> {
  return grid.getAttribute('aria-activedescendant');
}

/** The page of the workbench shows this line and column area in its status bar. */
export function atLine(page: Page, line: number): Promise<void> {
  return page
    .locator('.statusbar-item', { hasText: new RegExp(`Ln ${line},`) })
    .first()
    .waitFor();
}
