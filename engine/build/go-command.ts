/** Builds a Go command from its sources with the user's Go, once per sources and Go version. */

import { createHash } from 'node:crypto';
import { access, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Phrase, phrase } from '../../protocol/phrase';
import { type Attempt, CANCELLED, errorText, failed, succeeded } from '../system/attempt';
import { makeWorkDirectory, relativePath, removeDirectory, writeProblem } from '../system/files';
import { runProcess } from '../system/processes';
import type { Toolchain } from './toolchain';

export interface GoCommand {
  /** As in "The tracer could not be built". */
  title: Phrase;
  /** The module. Absolute. */
  sources: string;
  /** The package in it. */
  package: string;
  name: string;
  /** Must be of the very version of Go that builds the user's code; else of any that its go.mod accepts. */
  sameGo: boolean;
}

/**
 * Path of the command. Several processes may build it at once: each builds in a directory of its own and renames. Fails
 * when the sources are missing, do not build, or `cache` cannot be written.
 */
export async function buildGoCommand(
  command: GoCommand,
  cache: string,
  toolchain: Toolchain,
  signal?: AbortSignal,
): Promise<Attempt<string>> {
  const { sources, title } = command;
  const name = process.platform === 'win32' ? `${command.name}.exe` : command.name;
  let key: string;
  try {
    key = await sourcesKey(sources, toolchain);
  } catch (error) {
    return failed(phrase`The ${title}'s sources are missing; install Lockstep again (${errorText(error)}).`);
  }
  const target = join(cache, 'tracer', `${key}-${name}`);
  if (await exists(target)) return succeeded(target);

  let work: string;
  try {
    work = await makeWorkDirectory(join(cache, 'tracer'));
  } catch (error) {
    return failed(writeProblem(cache, error));
  }
  try {
    const vendored = await exists(join(sources, 'vendor', 'modules.txt'));
    const built = await runProcess(
      toolchain.go,
      ['build', '-trimpath', ...(vendored ? ['-mod=vendor'] : []), '-o', join(work, name), command.package],
      { directory: sources, environment: buildEnvironment(toolchain, vendored, command.sameGo), signal },
    );
    if (built.cancelled) return CANCELLED;
    if (built.code !== 0) {
      if (/no space left on device/.test(built.stderr)) return failed(writeProblem(cache, { code: 'ENOSPC' }));
      const said = built.startProblem ?? built.stderr.trim().split('\n').slice(0, 3).join(' · ');
      const why = said || phrase`no reason given`;
      return failed(phrase`The ${title} could not be built with ${toolchain.version}: ${why}`);
    }
    await rename(join(work, name), target).catch(async (error: unknown) => {
      // Windows does not replace a program that runs; another process has built the same one then.
      if (!(await exists(target))) throw error;
    });
    return succeeded(target);
  } catch (error) {
    return failed(writeProblem(cache, error));
  } finally {
    await removeDirectory(work);
  }
}

/**
 * Nothing of the user's build settings may reach this build; the toolchain chosen by their go.mod must. A checkout
 * without vendored code may have to download, for which their proxy settings are needed.
 */
function buildEnvironment(toolchain: Toolchain, vendored: boolean, sameGo: boolean): NodeJS.ProcessEnv {
  const plain = sameGo && /^go\d+\.\d+(\.\d+)?$/.test(toolchain.version);
  return {
    ...toolchain.environment,
    GOFLAGS: '',
    GOWORK: 'off',
    GOOS: '',
    GOARCH: '',
    CGO_ENABLED: '0',
    ...(vendored ? { GOENV: 'off' } : {}),
    ...(plain ? { GOTOOLCHAIN: toolchain.version } : {}),
  };
}

/** Hash over every source file of the module (without tests and vendored code, which go.sum stands for) and Go. */
async function sourcesKey(sources: string, toolchain: Toolchain): Promise<string> {
  const hash = createHash('sha256').update(`${toolchain.version}\n${toolchain.goroot}\n`);
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('_test.go') && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/^(vendor|testdata)\/|\/testdata\//.test(relativePath(sources, file)))
    .sort();
  for (const file of files) hash.update(`${relativePath(sources, file)}\n`).update(await readFile(file));
  return hash.digest('hex').slice(0, 24);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
