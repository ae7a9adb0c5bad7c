/**
 * Where the tests of one process put their temporary files. Tests name files by numbers that they draw, and runs of one
 * seed draw the same: what another process has left, or has there just now, must not be in the way.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../system/files';

export interface Scratch {
  /** What tells the process where it is. */
  variables: NodeJS.ProcessEnv;
  remove(): void;
}

const VARIABLES = process.platform === 'win32' ? ['TMP', 'TEMP'] : ['TMPDIR'];
/** What somebody has left who was killed. Not sooner: he may live where his number says nothing to us. */
const LEFT_MILLISECONDS = 24 * 3600 * 1000;
const swept = new Set<string>();

/** The user's own directory where none can be made in it. */
export function makeScratch(environment: NodeJS.ProcessEnv): Scratch {
  const parent = environment[VARIABLES[0]!] || tmpdir();
  let directory: string;
  try {
    sweep(parent);
    // Short: paths of sockets have about a hundred characters.
    directory = mkdtempSync(join(parent, `ls-${process.pid}-`));
  } catch {
    return { variables: {}, remove() {} };
  }
  return { variables: Object.fromEntries(VARIABLES.map((name) => [name, directory])), remove: () => remove(directory) };
}

/** Once in the life of this process. */
function sweep(parent: string): void {
  if (swept.has(parent)) return;
  swept.add(parent);
  for (const name of readdirSync(parent)) {
    const pid = Number(/^ls-(\d+)-\w{6}$/.exec(name)?.[1]);
    const directory = join(parent, name);
    if (pid > 0 && !isAlive(pid) && isOld(directory)) remove(directory);
  }
}

function isOld(directory: string): boolean {
  const written = statSync(directory, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written > LEFT_MILLISECONDS;
}

function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // The test has made something there that cannot be removed, as it could have without us.
  }
}
