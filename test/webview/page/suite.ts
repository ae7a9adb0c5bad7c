/** What the suites of the trace page begin with: a page of its own for each test. Call in `describe`. */
import type { Browser, Locator } from 'playwright-core';
import type { FromTracePage } from '../../../protocol/webview';
import { openBrowser, openPage, type TestPage } from './host';

export interface PageSuite {
  /** The page of the test that runs. */
  tested(): TestPage;
  grid(): Locator;
  /** Waits until the chosen event is one that this is said of. */
  said(text: string | RegExp): Promise<void>;
  /** The newest message that the page has sent. */
  last(): Promise<FromTracePage | undefined>;
}

export function onPage(): PageSuite {
  let browser: Browser;
  let tested: TestPage;
  before(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    tested = await openPage(browser);
    await tested.theme('dark');
  });
  afterEach(() => tested.page.close());
  after(() => browser?.close());
  return {
    tested: () => tested,
    grid: () => tested.page.getByRole('grid'),
    said: (text) => tested.page.locator('.details h2', { hasText: text }).waitFor(),
    last: async () => (await tested.sent()).at(-1),
  };
}
