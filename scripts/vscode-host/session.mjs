// Mocha suites inside the extension host of a workbench that a browser shows. A page that is opened again is a window that
// is loaded again: a new extension host, beside which nothing of the old one may live on.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../checkout.mjs';
import { openBrowser, startServer } from './workbench.mjs';

const runner = path.join(path.dirname(fileURLToPath(import.meta.url)), 'run-mocha.cjs');

/** VS Code runs tests only next to an extension in development; this one does nothing. */
function makeEmptyExtension(folder) {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'lockstep-test-bench', publisher: 'lockstep', version: '0.0.0', engines: { vscode: '*' } };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

/** Shows what mocha has printed since the last call. */
function follower(file) {
  let shown = 0;
  return () => {
    if (!existsSync(file)) return;
    const text = readFileSync(file);
    process.stdout.write(text.subarray(shown));
    shown = text.length;
  };
}

/**
 * A VS Code for one or more sessions, with the packaged extension `vsix` (a file, or several) or the checkout, and with the
 * packages `beside` it. `report` gets the logs.
 * `run` opens a folder or a workspace file, or opens it again, with `orders` for run-mocha.cjs; it resolves to mocha's
 * statistics, undefined when the tests never ended or the host did before them.
 */
export async function openHost({ scratch, report, vsix, beside = [], vscode, settings, env = {} }) {
  const ordersFile = path.join(scratch, 'orders.json');
  const server = await startServer({
    scratch,
    logFile: path.join(report, 'server.log'),
    // Bundled suites lie in scratch, but need mocha of this checkout.
    env: { LOCKSTEP_HOST_TESTS: ordersFile, NODE_PATH: path.join(root, 'node_modules'), ...env },
    vsix: [vsix ?? [], ...beside].flat(),
    vscode,
    settings,
  });
  try {
    const browser = await openBrowser({ scratch, logFile: path.join(report, 'console.log') });
    let ended = () => {};
    browser.page.once('crash', () => ended(new Error('the page of the workbench crashed')));
    // VS Code's test driver calls this when the tests have ended.
    await browser.page.exposeFunction('codeAutomationExit', (code) => ended(code));
    const extension = vsix ? makeEmptyExtension(path.join(scratch, 'bench')) : root;
    return {
      pid: server.pid,
      async run({ workspace, seconds, ...orders }) {
        const resultFile = path.join(report, 'result.json');
        rmSync(resultFile, { force: true });
        writeFileSync(path.join(report, 'mocha.log'), '');
        writeFileSync(ordersFile, JSON.stringify({ ...orders, report }));
        const follow = follower(path.join(report, 'mocha.log'));
        const following = setInterval(follow, 300);
        try {
          const code = await untilEnded(browser.page, server.page(workspace, payload(server, extension)), seconds);
          if (code instanceof Error) throw code;
          if (code !== 0) await browser.page.screenshot({ path: path.join(report, 'at-the-end.png') }).catch(() => {});
          // A host that was killed also ends with 0: only mocha's own result counts.
          return existsSync(resultFile) ? JSON.parse(readFileSync(resultFile, 'utf8')) : undefined;
        } finally {
          clearInterval(following);
          follow();
        }
      },
      async close() {
        await browser.close();
        await server.stop();
      },
    };

    function untilEnded(page, address, seconds) {
      return new Promise((resolve) => {
        const late = setTimeout(() => resolve(undefined), seconds * 1000);
        ended = (how) => {
          clearTimeout(late);
          resolve(how);
        };
        page.goto(address).catch(ended);
      });
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const payload = (server, extension) => [
  ['extensionDevelopmentPath', server.uri(extension)],
  ['extensionTestsPath', server.uri(runner)],
];
