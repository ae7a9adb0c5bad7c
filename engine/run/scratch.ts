/**
 * Where the tests of one process put their temporary files. Tests name files by numbers that they draw, and runs of one
 * seed draw the same: what another process has left, or has there just now, must not be in the way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  /** What tells the process where it is. */
  variables: NodeJS.ProcessEnv;
  remove(): void;
}

const VARIABLES = process.platform === 'win32' ? ['TMP', 'TEMP'] : ['TMPDIR'];

/** The user's own directory where none can be made in it. */
export function makeScratch(environment: NodeJS.ProcessEnv): Scratch {
  let directory: string;
  try {
    // Short: paths of sockets have about a hundred characters.
    directory = mkdtempSync(join(environment[VARIABLES[0]!] || tmpdir(), 'ls-'));
  } catch {
    return { variables: {}, remove() {} };
  }
  return {
    variables: Object.fromEntries(VARIABLES.map((name) => [name, directory])),
    remove() {
      try {
        rmSync(directory, { recursive: true, force: true });
      } catch {
        // The test has made something there that cannot be removed, as it could have without us.
      }
    },
  };
}
