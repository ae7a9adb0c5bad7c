// Runs the mocha suites of test/e2e/host inside the extension host of a real VS Code, on a copy of examples/.
//   node scripts/test-host.mjs [--vsix FILE] [--vscode newest|oldest] [--grep TEXT] [--timeout SECONDS]
// With --vsix the packaged extension is installed and tested; without, the checkout as built by `npm run build`.
// Exit code: 0 when at least one test ran and none failed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { compileSuites } from './host-suites.mjs';
import { endCleanlyWhenInterrupted, makeScratch, openBrowser, startServer } from './vscode-host/workbench.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    vsix: { type: 'string' },
    vscode: { type: 'string', default: 'newest' },
    grep: { type: 'string' },
    timeout: { type: 'string', default: '600' },
  },
});

const report = path.join(root, 'artifacts/host', options.vscode);

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

/** Opens the page that runs the tests; resolves to the code they ended with, undefined when they never did. */
async function runInHost(server, page, folder, payload) {
  let late;
  try {
    return await new Promise((resolve, reject) => {
      late = setTimeout(() => resolve(undefined), Number(options.timeout) * 1000);
      page.once('crash', () => reject(new Error('the page of the workbench crashed')));
      page
        // VS Code's test driver calls this when the tests have ended.
        .exposeFunction('codeAutomationExit', resolve)
        .then(() => page.goto(server.page(folder, payload)))
        .catch(reject);
    });
  } finally {
    clearTimeout(late);
  }
}

async function main() {
  endCleanlyWhenInterrupted();
  rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const { scratch, workspace, remove } = makeScratch(path.join(root, 'examples'));
  try {
    const files = await compileSuites(path.join(scratch, 'suites'));
    const orders = { files, grep: options.grep, timeout: 120_000, report };
    const server = await startServer({
      scratch,
      logFile: path.join(report, 'server.log'),
      // Bundled suites lie in scratch, but need mocha of this checkout.
      env: { LOCKSTEP_HOST_TESTS: JSON.stringify(orders), NODE_PATH: path.join(root, 'node_modules') },
      vsix: options.vsix,
      vscode: options.vscode,
    });
    try {
      const browser = await openBrowser({ scratch, logFile: path.join(report, 'console.log') });
      const follow = follower(path.join(report, 'mocha.log'));
      const following = setInterval(follow, 300);
      try {
        const extension = options.vsix ? makeEmptyExtension(path.join(scratch, 'bench')) : root;
        const code = await runInHost(server, browser.page, workspace, [
          ['extensionDevelopmentPath', server.uri(extension)],
          ['extensionTestsPath', server.uri(path.join(here, 'vscode-host/run-mocha.cjs'))],
        ]);
        if (code !== 0) await browser.page.screenshot({ path: path.join(report, 'at-the-end.png') }).catch(() => {});
        return code;
      } finally {
        clearInterval(following);
        follow();
        await browser.close();
      }
    } finally {
      await server.stop();
    }
  } finally {
    remove();
  }
}

const code = await main().catch((error) => {
  console.error(`test-host: ${error.message}`);
  process.exit(1);
});
// An extension host that was killed also ends with 0: only mocha's own result counts.
const resultFile = path.join(report, 'result.json');
const result = existsSync(resultFile) ? JSON.parse(readFileSync(resultFile, 'utf8')) : undefined;
if (code === undefined) console.error(`test-host: the tests did not end within ${options.timeout} s; see ${report}`);
else if (!result) console.error(`test-host: the extension host ended before mocha did; see ${report}`);
else console.log(`${result.passes} passing, ${result.failures} failing`);
process.exitCode = code === 0 && result?.tests > 0 && result.failures === 0 ? 0 : 1;
