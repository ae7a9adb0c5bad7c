/** A workbench for one tour: a copy of examples/ open in VS Code, and a page that shows it. */
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import {
  endCleanlyWhenInterrupted,
  makeScratch,
  openBrowser,
  startServer,
} from '../../scripts/vscode-host/workbench.mjs';

const root = path.join(import.meta.dirname, '../..');
const artifacts = path.join(root, 'artifacts/webview');

export interface Workbench {
  page: Page;
  /** The copy of examples/. */
  workspace: string;
  /** Content of the webview that is shown: a page in a page. */
  webview: FrameLocator;
  /** Leaves a picture in artifacts/webview, numbered in the order of the tour. */
  shoot(name: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens `file` (relative to examples/) in a fresh VS Code with Lockstep: the package named by LOCKSTEP_TEST_VSIX, or
 * this checkout. `settings` are the user's.
 */
export async function openWorkbench(file: string, settings: Record<string, unknown> = {}): Promise<Workbench> {
  endCleanlyWhenInterrupted();
  const vsix = process.env.LOCKSTEP_TEST_VSIX;
  const { scratch, workspace, remove } = makeScratch(path.join(root, 'examples'));
  const closers: (() => unknown)[] = [remove];
  const close = async () => {
    while (closers.length > 0) await closers.pop()?.();
  };
  try {
    const server = await startServer({ scratch, settings, vsix, logFile: path.join(artifacts, 'server.log') });
    closers.push(server.stop);
    const browser = await openBrowser({ scratch, logFile: path.join(artifacts, 'console.log') });
    closers.push(browser.close);
    const { page } = browser;
    const payload: [string, string][] = [['openFile', server.uri(path.join(workspace, file))]];
    if (!vsix) payload.push(['extensionDevelopmentPath', server.uri(root)]);
    await page.goto(server.page(workspace, payload));
    let pictures = 0;
    return {
      page,
      workspace,
      webview: page.frameLocator('iframe.webview.ready').frameLocator('#active-frame'),
      async shoot(name) {
        await page.screenshot({ path: path.join(artifacts, `${++pictures}-${name}.png`) });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
