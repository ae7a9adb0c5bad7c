// Runs the mocha suites of test/e2e/host inside the extension host of a real VS Code, on a copy of examples/, and those
// of test/e2e/host/several on a workspace of two modules.
//   node scripts/test-host.mjs [--vsix FILE] [--vscode newest|oldest] [--grep TEXT] [--timeout SECONDS]
// With --vsix the packaged extension is installed and tested; without, the checkout as built by `npm run build`.
// Exit code: 0 when at least one test ran and none failed.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { compileSuites } from './host-suites.mjs';
import { openHost } from './vscode-host/session.mjs';
import { endCleanlyWhenInterrupted, makeScratch } from './vscode-host/workbench.mjs';

const { values: options } = parseArgs({
  options: {
    vsix: { type: 'string' },
    vscode: { type: 'string', default: 'newest' },
    grep: { type: 'string' },
    timeout: { type: 'string', default: '600' },
  },
});

const report = path.join(root, 'artifacts/host', options.vscode);

/** A workspace of two folders, each with a module of its own. */
function makeSeveral(scratch) {
  const folder = path.join(scratch, 'several');
  for (const name of ['one', 'two']) {
    cpSync(path.join(root, 'test/fixtures/programs/several', name), path.join(folder, name), { recursive: true });
  }
  const file = path.join(folder, 'several.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: [{ path: 'one' }, { path: 'two' }] }));
  return file;
}

async function main() {
  endCleanlyWhenInterrupted();
  rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const { scratch, workspace, remove } = makeScratch(path.join(root, 'examples'));
  try {
    const { vsix, vscode, grep } = options;
    const sessions = [
      { workspace, files: await compileSuites('test/e2e/host', path.join(scratch, 'suites')) },
      {
        workspace: makeSeveral(scratch),
        files: await compileSuites('test/e2e/host/several', path.join(scratch, 'suites/several')),
      },
    ];
    const host = await openHost({ scratch, report, vsix, vscode });
    const sum = { tests: 0, passes: 0, failures: 0 };
    try {
      for (const session of sessions) {
        const result = await host.run({ ...session, grep, timeout: 120_000, seconds: Number(options.timeout) });
        if (!result)
          throw new Error(`the tests did not end within ${options.timeout} s, or their host ended; see ${report}`);
        for (const key of Object.keys(sum)) sum[key] += result[key];
      }
    } finally {
      await host.close();
    }
    return sum;
  } finally {
    remove();
  }
}

try {
  const { tests, passes, failures } = await main();
  console.log(`${passes} passing, ${failures} failing`);
  process.exitCode = tests > 0 && failures === 0 ? 0 : 1;
} catch (error) {
  console.error(`test-host: ${error.message}`);
  process.exit(1);
}
