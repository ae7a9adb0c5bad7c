// The workbench as a person has it: VS Code's server with an extension host, shown by headless Chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { ensureHost } from './install.mjs';

const SERVER_START_MILLISECONDS = 60_000;
const SERVER_END_MILLISECONDS = 5_000;

/** User settings that keep VS Code's own doings out of the tests. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.restoreWindows': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/** Where Chromium is, or undefined. */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const named = folders.flatMap((folder) => ['chromium', 'chromium-browser'].map((name) => path.join(folder, name)));
  return [process.env.CHROMIUM, ...named].find((file) => file && existsSync(file));
}

/**
 * A folder of this run's own, with a fresh copy of `workspace` in it. `remove` deletes both; so does the end
 * of the process, whatever ends it.
 */
export function makeScratch(workspace) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'lockstep-host-'));
  const copy = path.join(scratch, 'workspace');
  // What an earlier run left in .lockstep is nothing a test should see.
  cpSync(workspace, copy, { recursive: true, filter: (file) => path.basename(file) !== '.lockstep' });
  const remove = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.once('exit', remove);
  return {
    scratch,
    workspace: copy,
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

/**
 * Starts the server; `env` is added to the environment that the extension host inherits, `vsix` (a file, or several) is
 * installed before the start, what the server prints goes to `logFile`. `vscode` is `newest` or `oldest`.
 */
export async function startServer({ scratch, logFile, env = {}, settings = {}, vsix, vscode }) {
  const packages = [vsix ?? []].flat();
  for (const file of packages)
    if (!existsSync(file)) throw new Error(`${file} does not exist; npm run package makes it`);
  const { node, serverMain } = ensureHost(vscode);
  const dataFolder = path.join(scratch, 'server');
  mkdirSync(path.join(dataFolder, 'data/User'), { recursive: true });
  writeFileSync(path.join(dataFolder, 'data/User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }));

  const args = ['--host', '127.0.0.1', '--port', '0', '--server-data-dir', dataFolder];
  args.push('--without-connection-token', '--accept-server-license-terms', '--disable-telemetry');
  args.push('--disable-experiments', '--disable-getting-started-override');
  if (settings['security.workspace.trust.enabled'] !== true) args.push('--disable-workspace-trust');
  // The address of the page may name an extension in development and the tests to run in its host.
  args.push('--enable-smoke-test-driver');
  // Go and the rest are found on our PATH, not on that of a login shell.
  args.push('--force-disable-user-env');
  for (const file of packages) args.push('--install-extension', path.resolve(file));
  if (packages.length > 0) args.push('--start-server');

  const server = spawn(node, [serverMain, ...args], {
    env: { ...process.env, EXTENSIONS_GALLERY: '{}', TMPDIR: scratch, XDG_RUNTIME_DIR: scratch, ...env },
    // A process group of its own: extension hosts and all that they started end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signalAll = (signal) => {
    try {
      process.kill(-server.pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  };
  const killAll = () => signalAll('SIGKILL');
  // Before the folder is removed: who still writes there keeps that from coming to an end.
  process.prependOnceListener('exit', killAll);

  const log = createWriteStream(logFile);
  server.stderr.pipe(log, { end: false });
  const address = await new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`VS Code's server ${what}; its output is in ${logFile}`));
    const late = setTimeout(() => fail('did not start in time'), SERVER_START_MILLISECONDS);
    server.once('error', (error) => fail(`could not be started: ${error.message}`));
    server.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`));
    createInterface({ input: server.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      const port = /agent listening on (\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(`127.0.0.1:${port}`);
    });
  });

  return {
    pid: server.pid,
    /** How the page names a file of this machine. */
    uri: (file) => `vscode-remote://${address}${encodeURI(path.resolve(file))}`,
    /** The page's address for a folder or a workspace file; `payload` are pairs that only a test driver may hand over. */
    page(opened, payload) {
      const kind = opened.endsWith('.code-workspace') ? 'workspace' : 'folder';
      const query = new URLSearchParams({ [kind]: path.resolve(opened) });
      query.set('payload', JSON.stringify([['skipWelcome', 'true'], ...payload]));
      return `http://${address}/?${query}`;
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = once(server, 'exit');
        const impatient = setTimeout(killAll, SERVER_END_MILLISECONDS);
        signalAll('SIGTERM');
        await ended;
        clearTimeout(impatient);
      }
      killAll();
      process.off('exit', killAll);
      log.end();
    },
  };
}

/** Opens an empty page in a Chromium that reaches this machine and nothing else; its console goes to `logFile`. */
export async function openBrowser({ scratch, logFile }) {
  const context = await chromium.launchPersistentContext(path.join(scratch, 'browser'), {
    executablePath: findChromium(),
    headless: true,
    // The sandbox needs rights that a container rarely has; the only pages shown are our own.
    chromiumSandbox: false,
    viewport: { width: 1400, height: 900 },
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      '--disable-component-update',
      '--disable-background-networking',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  const [page = await context.newPage()] = context.pages();
  const log = createWriteStream(logFile);
  page.on('console', (message) => log.write(`${message.type()}: ${message.text()}\n`));
  page.on('pageerror', (error) => log.write(`error: ${error.stack}\n`));
  return {
    page,
    async close() {
      await context.close();
      log.end();
    },
  };
}

/** An interrupt becomes an ordinary end of the process, so that its `exit` listeners clean up. */
export function endCleanlyWhenInterrupted() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
}
