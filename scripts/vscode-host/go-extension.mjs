// The Go extension as a package, built from its sources, and the tools that it asks for: to test beside it where the
// marketplace cannot be reached. What is built lies in a cache outside of the checkout, in a folder named after the commit.
//   node scripts/vscode-host/go-extension.mjs CLONE      prints the folder
// CLONE is a clone of https://github.com/golang/vscode-go, bare or not; its HEAD is built.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../checkout.mjs';

const TOOLS = ['golang.org/x/tools/gopls@v0.23.0', 'github.com/go-delve/delve/cmd/dlv@v1.27.2'];

/** Standard output of a command that has ended well. */
function said(cwd, command, args, env = {}) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', process.stderr],
  });
  if (error || status !== 0) throw new Error(`${command} ${args[0]} failed${error ? `: ${error.message}` : ''}`);
  return stdout.trim();
}

function buildInto(folder, clone) {
  const sources = path.join(folder, 'sources');
  const extension = path.join(sources, 'extension');
  mkdirSync(sources);
  const archive = path.join(folder, 'sources.tar');
  said(clone, 'git', ['archive', '--output', archive, 'HEAD', 'extension', 'README.md']);
  said(sources, 'tar', ['-xf', archive]);
  renameSync(path.join(sources, 'README.md'), path.join(extension, 'README.md'));
  said(extension, 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  said(extension, 'npm', ['run', 'bundle']);
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  said(extension, process.execPath, [vsce, 'package', '--no-dependencies', '-o', path.join(folder, 'go.vsix')]);
  for (const tool of TOOLS) said(folder, 'go', ['install', tool], { GOBIN: path.join(folder, 'bin'), GOFLAGS: '' });
  rmSync(sources, { recursive: true });
  rmSync(archive);
}

/** The package and the folder of gopls and dlv; built first where they are missing (two minutes, 100 MB). */
export function ensureGoExtension(clone) {
  const commit = said(clone, 'git', ['rev-parse', '--short=12', 'HEAD']);
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const folder = path.join(cache, 'lockstep', `go-extension-${commit}`);
  if (!existsSync(folder)) {
    mkdirSync(path.dirname(folder), { recursive: true });
    console.error(`building the Go extension into ${folder} ...`);
    // Renamed into place at the end, so that neither an interrupt nor a second run leaves half of one.
    const unfinished = mkdtempSync(`${folder}-`);
    try {
      buildInto(unfinished, clone);
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return { folder, vsix: path.join(folder, 'go.vsix'), tools: path.join(folder, 'bin') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === undefined) throw new Error('which clone of https://github.com/golang/vscode-go?');
  console.log(ensureGoExtension(process.argv[2]).folder);
}
