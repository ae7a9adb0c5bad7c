// What the suites in a real VS Code need from the system: Chromium to show it, and a compiler for two of its natives.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findChromium } from './workbench.mjs';

const inPath = (name) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

/** Debian's packages that are missing here. */
function missingPackages() {
  return [...(findChromium() ? [] : ['chromium']), ...['g++', 'make', 'python3'].filter((name) => !inPath(name))];
}

/**
 * Undefined when everything is there, possibly because root on Debian had it installed just now. Otherwise one
 * sentence that says what to do.
 */
export function hostProblem() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return 'the tests inside VS Code need Linux on x64; elsewhere run npm test -- --no-host, and npm run test:electron.';
  }
  let missing = missingPackages();
  if (missing.length > 0 && process.getuid() === 0 && inPath('apt-get')) {
    console.error(`installing ${missing.join(' ')} with apt-get ...`);
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    apt('update');
    // With what Chromium recommends: without fonts the editor cannot measure its text.
    apt('install', '--yes', ...missing);
    missing = missingPackages();
  }
  if (missing.length === 0) return undefined;
  const install = `apt-get install ${missing.join(' ')}`;
  return `the tests inside VS Code need ${missing.join(', ')}: run ${install} as root, or leave them out with npm test -- --no-host.`;
}
