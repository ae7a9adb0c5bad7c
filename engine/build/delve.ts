/** Delve, the debugger for Go: the user's own, or one that is built once with their Go. */

import { access, constants, mkdir, rename, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { type Phrase, phrase } from '../../protocol/phrase';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import { makeWorkDirectory, removeDirectory, writeProblem } from '../system/files';
import { runProcess } from '../system/processes';
import type { Toolchain } from './toolchain';

const MODULE = 'github.com/go-delve/delve/cmd/dlv';
const VERSION = 'v1.27.2';

const NAME = process.platform === 'win32' ? 'dlv.exe' : 'dlv';

export interface Delve {
  /** Absolute. */
  path: string;
  /** Found where the user, or the Go extension, has installed it. */
  own: boolean;
}

/**
 * The user's Delve: on the PATH, or where `go install` puts it; else one in `cache`, which is built there when there is
 * none. Fails when it cannot be built: without a network, say. `onStep` is told before that is tried.
 */
export async function findDelve(
  toolchain: Toolchain,
  cache: string,
  { signal, onStep }: { signal?: AbortSignal; onStep?: (step: Phrase) => void } = {},
): Promise<Attempt<Delve>> {
  for (const directory of await usualPlaces(toolchain, signal)) {
    const path = join(directory, NAME);
    if (await isProgram(path)) return succeeded({ path, own: true });
  }
  const folder = join(cache, 'delve');
  const path = join(folder, `${VERSION}-${toolchain.version.replace(/[^\w.-]/g, '_')}`, NAME);
  if (await isProgram(path)) return succeeded({ path, own: false });
  onStep?.(phrase`building Delve ${VERSION}, once`);
  let work: string;
  try {
    work = await makeWorkDirectory(folder);
  } catch (error) {
    return failed(writeProblem(cache, error));
  }
  try {
    const built = await runProcess(toolchain.go, ['install', `${MODULE}@${VERSION}`], {
      directory: work,
      // The user's settings of what is built are for their code; those of where modules come from are for all.
      environment: { ...toolchain.environment, GOBIN: work, GOFLAGS: '-v=false', GOWORK: 'off', GOOS: '', GOARCH: '' },
      signal,
    });
    if (built.cancelled) return CANCELLED;
    if (built.code !== 0) {
      const said = built.startProblem ?? built.stderr.trim().split('\n').at(-1) ?? '';
      return failed(
        phrase`Debugging needs Delve, which could not be installed (${said}); put a dlv of yours on the PATH: go install ${MODULE}@latest.`,
      );
    }
    await mkdir(dirname(path), { recursive: true });
    await rename(join(work, NAME), path);
    return succeeded({ path, own: false });
  } catch (error) {
    return failed(writeProblem(cache, error));
  } finally {
    await removeDirectory(work);
  }
}

async function usualPlaces({ go, environment }: Toolchain, signal?: AbortSignal): Promise<string[]> {
  const asked = await runProcess(go, ['env', 'GOBIN', 'GOPATH'], { environment, signal });
  const [bin = '', path = ''] = asked.code === 0 ? asked.stdout.split('\n').map((line) => line.trim()) : [];
  const onPath = (environment.PATH ?? environment.Path ?? '').split(delimiter);
  const installed = bin !== '' ? [bin] : path.split(delimiter).map((one) => join(one, 'bin'));
  return [...onPath, ...installed].filter((directory) => isAbsolute(directory));
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
