// Runs the mocha suites of test/e2e/host inside the extension host of a real VS Code, on a copy of examples/, those
// of test/e2e/host/several on a workspace of two modules, and those of test/e2e/host/trust in a window that trusts its workspace and
// in one that does not.
//   node scripts/test-host.mjs [--vsix FILE] [--vscode newest|oldest] [--grep TEXT] [--timeout SECONDS] [--beside CLONE]
// With --vsix the packaged extension is installed and tested; without, the checkout as built by `npm run build`. With
// --beside the Go extension is there too, built from a clone of https://github.com/golang/vscode-go, with its tools on the
// PATH; to the suites come those of test/e2e/host/beside.
// Exit code: 0 when at least one test ran and none failed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { compileSuites } from './host-suites.mjs';
import { ensureGoExtension } from './vscode-host/go-extension.mjs';
import { openHost } from './vscode-host/session.mjs';
import { endCleanlyWhenInterrupted, makeScratch } from './vscode-host/workbench.mjs';

const { values: options } = parseArgs({
  options: {
    vsix: { type: 'string' },
    beside: { type: 'string' },
    vscode: { type: 'string', default: 'newest' },
    grep: { type: 'string' },
    timeout: { type: 'string', default: '600' },
  },
});

const report = path.join(root, 'artifacts/host', options.vscode);

/** Its questions to the user are none of ours. */
const GO_SETTINGS = { 'go.survey.prompt': false, 'go.toolsManagement.checkForUpdates': 'off', 'go.showWelcome': false };

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

/** A module with a finding in its store, whose settings name a go command that lies in it and only says that it was called. */
function makeSuspect(scratch, name) {
  const folder = path.join(scratch, name);
  cpSync(path.join(root, 'test/fixtures/programs/several/one'), folder, { recursive: true });
  const args = [path.join(root, 'dist/cli.cjs'), 'test', '--schedules', '100'];
  const { stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (!existsSync(path.join(folder, '.lockstep/findings'))) throw new Error(`no finding was stored: ${stderr}`);
  const go = path.join(folder, 'bin/go');
  mkdirSync(path.dirname(go));
  writeFileSync(go, `#!/bin/sh\necho "$@" >> '${path.join(folder, 'calls')}'\nexit 1\n`, { mode: 0o755 });
  mkdirSync(path.join(folder, '.vscode'));
  const settings = { 'lockstep.go.path': go, 'go.toolsEnvVars': { PATH: path.dirname(go) } };
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  return { folder, path: path.dirname(go) };
}

async function main() {
  endCleanlyWhenInterrupted();
  rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const { scratch, workspace, remove } = makeScratch(path.join(root, 'examples'));
  try {
    const { vsix, vscode, grep } = options;
    const suites = (name) => compileSuites(`test/e2e/host${name}`, path.join(scratch, `suites${name}`));
    const trust = await suites('/trust');
    const known = makeSuspect(scratch, 'known');
    const unknown = makeSuspect(scratch, 'unknown');
    const go = options.beside === undefined ? undefined : ensureGoExtension(path.resolve(options.beside));
    const windows = [
      {
        ...(go
          ? {
              beside: [go.vsix],
              settings: GO_SETTINGS,
              env: { PATH: `${go.tools}${path.delimiter}${process.env.PATH}` },
            }
          : {}),
        sessions: [
          ...(go ? [{ workspace, files: await suites('/beside') }] : []),
          { workspace, files: await suites('') },
          { workspace: makeSeveral(scratch), files: await suites('/several') },
          // The Go extension runs the go command of a workspace that is trusted.
          ...(go ? [] : [{ workspace: known.folder, files: trust }]),
        ],
      },
      {
        settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' },
        // Whoever looks for any go command there finds that one.
        env: { PATH: `${unknown.path}${path.delimiter}${process.env.PATH}` },
        sessions: [{ workspace: unknown.folder, files: trust }],
      },
    ];
    const sum = { tests: 0, passes: 0, failures: 0 };
    for (const { sessions, ...more } of windows) {
      const host = await openHost({ scratch, report, vsix, vscode, ...more });
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
