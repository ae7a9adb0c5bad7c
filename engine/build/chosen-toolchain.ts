/** Makes a toolchain usable that Go downloaded because a go.mod asked for it. */
import { createHash } from 'node:crypto';
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { type Attempt, errorCode, failed, succeeded } from '../system/attempt';
import { writeProblem } from '../system/files';
import { EXECUTABLE, type Toolchain, withDirectoryFirst } from './toolchain';

/**
 * Go keeps such toolchains in the module cache, where it lets no overlay replace a file. Through a link from elsewhere
 * the same files may be replaced. Other toolchains are given back as they are. Fails when `cache` cannot be written.
 */
export async function outsideModuleCache(toolchain: Toolchain, cache: string): Promise<Attempt<Toolchain>> {
  const { goroot, moduleCache, version, environment } = toolchain;
  if (moduleCache === '' || !goroot.startsWith(moduleCache + sep)) return succeeded(toolchain);
  const hash = createHash('sha256').update(goroot).digest('hex').slice(0, 12);
  const link = join(cache, 'toolchains', `${version.replace(/[^\w.-]/g, '_')}-${hash}`);
  try {
    await mkdir(dirname(link), { recursive: true });
    await makeLink(goroot, link);
  } catch (error) {
    return failed(writeProblem(cache, error));
  }
  return succeeded({
    ...toolchain,
    go: join(link, 'bin', EXECUTABLE),
    goroot: link,
    environment: withDirectoryFirst({ ...environment, GOROOT: link, GOTOOLCHAIN: 'local' }, join(link, 'bin')),
  });
}

async function makeLink(target: string, link: string): Promise<void> {
  // On Windows a junction needs no privilege; elsewhere the kind is ignored.
  const make = () => symlink(target, link, 'junction');
  try {
    await make();
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    // Windows ends the name of a junction with a backslash.
    if (resolve(await readlink(link)) === resolve(target)) return;
    await rm(link);
    await make();
  }
}
