// The suites of test/e2e/host in the desktop VS Code, for machines that may download it (needs a display or xvfb-run).
//   node scripts/test-electron.mjs [--version 1.100.0|stable] [--grep TEXT]
// Tests the checkout as built by `npm run build`. Exit code: 0 when at least one test ran and none failed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { root } from './checkout.mjs';
import { compileSuites } from './host-suites.mjs';
import { makeScratch } from './vscode-host/workbench.mjs';

const { values: options } = parseArgs({
  options: { version: { type: 'string', default: 'stable' }, grep: { type: 'string' } },
});
const report = path.join(root, 'artifacts/electron');
rmSync(report, { recursive: true, force: true });
mkdirSync(report, { recursive: true });
const { scratch, workspace, remove } = makeScratch(path.join(root, 'examples'));
try {
  const files = await compileSuites('test/e2e/host', path.join(scratch, 'suites'));
  const orders = path.join(scratch, 'orders.json');
  writeFileSync(orders, JSON.stringify({ files, grep: options.grep, timeout: 120_000, report }));
  await runTests({
    version: options.version,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'scripts/vscode-host/run-mocha.cjs'),
    launchArgs: [
      workspace,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--user-data-dir',
      path.join(scratch, 'user'),
    ],
    extensionTestsEnv: { LOCKSTEP_HOST_TESTS: orders, NODE_PATH: path.join(root, 'node_modules') },
  });
  process.stdout.write(readFileSync(path.join(report, 'mocha.log')));
  const { tests, failures } = JSON.parse(readFileSync(path.join(report, 'result.json'), 'utf8'));
  process.exitCode = tests > 0 && failures === 0 ? 0 : 1;
} catch (error) {
  console.error(`test-electron: ${error.message}`);
  process.exitCode = 1;
} finally {
  remove();
}
