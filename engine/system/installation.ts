/** Where the parts are that Lockstep is made of, and where it keeps what it builds. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Installation {
  /** Root of the extension or of the checkout: has `tracer/`, and `dist/` or `node_modules/`. Absolute. */
  root: string;
  /** For built tracers and work in progress. Absolute. */
  cache: string;
  /** The user's setting for the go command: a path or a name; empty: look for it. */
  go?: string;
  /** Flags that the user has set for go commands, each a whole one such as `-tags=a,b`; behind those of GOFLAGS. */
  flags?: readonly string[];
  /** What child processes get; process.env when left out. */
  environment?: NodeJS.ProcessEnv;
}

export function installationAt(root: string, rest: Partial<Omit<Installation, 'root'>> = {}): Installation {
  const environment = rest.environment ?? process.env;
  return { ...rest, root, cache: rest.cache ?? cacheDirectory(environment) };
}

/** The user's cache directory for Lockstep, by the custom of each system. */
export function cacheDirectory(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const set = environment.XDG_CACHE_HOME;
  if (set?.startsWith('/')) return join(set, 'lockstep');
  const home = environment.HOME || environment.USERPROFILE || homedir();
  switch (platform) {
    case 'win32':
      return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'lockstep');
    case 'darwin':
      return join(home, 'Library', 'Caches', 'lockstep');
    default:
      return join(home, '.cache', 'lockstep');
  }
}
