// Runs the tours of test/webview: mocha suites that use the extension in a real workbench as a person does.
//   node scripts/test-webview.mjs [--vsix FILE] [--grep TEXT]
// With --vsix the packaged extension is installed; without, the checkout as built by `npm run build`.
// Pictures of each step are left in artifacts/webview.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';

const { values: options } = parseArgs({ options: { vsix: { type: 'string' }, grep: { type: 'string' } } });
const report = path.join(root, 'artifacts/webview');
rmSync(report, { recursive: true, force: true });
mkdirSync(report, { recursive: true });

const args = [path.join(root, 'node_modules/mocha/bin/mocha.js'), '--timeout', '180000', 'test/webview/**/*.test.ts'];
if (options.grep) args.push('--grep', options.grep);
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(options.vsix ? { LOCKSTEP_TEST_VSIX: path.resolve(options.vsix) } : {}) },
});
process.exitCode = status ?? 1;
