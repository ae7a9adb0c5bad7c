// Draws the extension's icon, which has to be a PNG, from docs/images/icon.svg. Run it after a change there.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './checkout.mjs';
import { findChromium } from './vscode-host/workbench.mjs';

const size = 128;
const browser = await chromium.launch({ executablePath: findChromium(), chromiumSandbox: false });
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(
    `<style>body { margin: 0 }</style>${readFileSync(path.join(root, 'docs/images/icon.svg'), 'utf8')}`,
  );
  await page.screenshot({ path: path.join(root, 'media/icon.png'), omitBackground: true });
} finally {
  await browser.close();
}
