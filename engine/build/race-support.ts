/** Whether this machine can build with Go's race detector: it needs a C compiler and is not there for every system. */

import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { phrase } from '../../protocol/phrase';
import { type Attempt, failed, succeeded } from '../system/attempt';
import type { Toolchain } from './toolchain';

/** As internal/platform of Go has it. */
const SYSTEMS: readonly string[] = [
  'darwin/amd64',
  'darwin/arm64',
  'freebsd/amd64',
  'linux/amd64',
  'linux/arm64',
  'linux/loong64',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
  'netbsd/amd64',
  'windows/amd64',
];

/** Fails with one sentence that says what is missing. */
export async function raceSupport(toolchain: Toolchain): Promise<Attempt<void>> {
  const told = (name: string): string => toolchain.variables[name] ?? '';
  const system = `${told('GOOS')}/${told('GOARCH')}`;
  if (!SYSTEMS.includes(system)) return failed(phrase`Go has no race detector for ${system}.`);
  if (told('GOOS') === 'darwin') return succeeded(undefined);
  const compiler = told('CC').split(/\s+/)[0] ?? '';
  if (compiler === '' || !(await isThere(compiler, toolchain.environment))) {
    return failed(
      compiler === ''
        ? phrase`Go's race detector needs a C compiler, but none is on the PATH; install gcc or clang.`
        : phrase`Go's race detector needs a C compiler, but ${compiler} (CC) is not on the PATH; install gcc or clang.`,
    );
  }
  // Go switches it off by itself only where there is no compiler.
  if (told('CGO_ENABLED') !== '1') {
    return failed(phrase`Go's race detector needs cgo, which is switched off; set CGO_ENABLED=1.`);
  }
  return succeeded(undefined);
}

async function isThere(command: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const endings = process.platform === 'win32' ? ['', '.exe'] : [''];
  const path = environment.PATH ?? environment.Path ?? '';
  const places = isAbsolute(command) ? [command] : path.split(delimiter).map((directory) => join(directory, command));
  for (const place of places.flatMap((found) => endings.map((ending) => found + ending))) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
