/** The trace page alone in a browser, as the extension shows it: its own document, policy and messages, no workbench. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { tracePageHtml } from '../../../client/trace-page/html';
import type { Finding, OutcomeCount } from '../../../protocol/finding';
import type { Turn } from '../../../protocol/schedule';
import type { FromTracePage, ToTracePage } from '../../../protocol/webview';
import { findChromium } from '../../../scripts/vscode-host/workbench.mjs';
import { THEMES, type ThemeKind } from './themes';

const dist = path.join(import.meta.dirname, '../../../dist/media');
const ORIGIN = 'http://page.test';
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };

/** What VS Code gives a page. A trace travels as base64, which no real one does: the driver has no faster way. */
const HOST = `
  sent = [];
  acquireVsCodeApi = () => ({ postMessage: (message) => sent.push(message), setState: () => {} });
  deliver = (message, base64) => {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    begun = performance.now();
    window.postMessage(base64 === '' ? message : { ...message, bytes }, '*', base64 === '' ? [] : [bytes.buffer]);
  };
`;

type Without<M> = M extends { bytes: Uint8Array } ? Omit<M, 'bytes'> : M;
export type WithoutBytes = Without<ToTracePage>;

export interface TestPage {
  page: Page;
  /** Messages that the page has sent. */
  sent(): Promise<FromTracePage[]>;
  send(message: WithoutBytes, bytes?: Uint8Array): Promise<void>;
  /** A trace, and waits until its first event is chosen. */
  show(bytes: Uint8Array, more?: { finding?: Finding; turns?: Turn[]; counts?: OutcomeCount[] }): Promise<void>;
  theme(kind: ThemeKind): Promise<void>;
  /** Number of the chosen event, from 0; undefined when none is. */
  chosen(): Promise<number | undefined>;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), chromiumSandbox: false });
}

export async function openPage(browser: Browser, viewport = { width: 1000, height: 800 }): Promise<TestPage> {
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(10_000);
  const html = tracePageHtml({ address: (name) => `${ORIGIN}/media/${name}`, source: ORIGIN });
  await page.addInitScript({ content: HOST });
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
    const body = readFileSync(path.join(dist, path.basename(pathname)));
    return route.fulfill({ contentType: TYPES[path.extname(pathname)] ?? 'application/octet-stream', body });
  });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(`${ORIGIN}/`);
  const grid = page.getByRole('grid');
  const test: TestPage = {
    page,
    sent: () => page.evaluate(() => Reflect.get(window, 'sent')),
    async send(message, bytes) {
      const base64 = bytes ? Buffer.from(bytes).toString('base64') : '';
      await page.evaluate(([what, text]) => Reflect.get(window, 'deliver')(what, text), [message, base64] as const);
    },
    async show(bytes, { finding, turns = [], counts = [] } = {}) {
      await test.send({ type: 'trace', finding, turns, counts }, bytes);
      await page.locator('.details h2').waitFor();
      if (problems.length > 0) throw new Error(problems.join('; '));
    },
    async theme(kind) {
      const { className, variables } = THEMES[kind];
      await page.evaluate(
        ([name, values]) => {
          for (const [variable, value] of Object.entries(values))
            document.documentElement.style.setProperty(variable, value);
          document.body.className = name;
        },
        [className, variables] as const,
      );
    },
    async chosen() {
      const id = await grid.getAttribute('aria-activedescendant');
      return id === null ? undefined : Number(id.replace('event-', ''));
    },
  };
  return test;
}
