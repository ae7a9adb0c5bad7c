/** Files of ours: written whole or not at all, and read without trusting them. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type Phrase, phrase } from '../../protocol/phrase';
import { errorCode, errorText } from './attempt';

/** Writes beside the target and renames, so that a reader sees the old file or the new one. Throws system errors. */
export async function writeAtomically(path: string, data: string | Uint8Array | Iterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, data);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** One sentence for a failure to write in a directory, with what to do for the causes that people meet. */
export function writeProblem(directory: string, error: unknown): Phrase {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return phrase`The disk with ${directory} is full; free some space and try again.`;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'ENOENT': // what a recursive mkdir says of a file system that is mounted for reading only
      return phrase`${directory} cannot be written to; check its permissions.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return phrase`${directory} cannot be made, because a file is in the way.`;
    default:
      return phrase`Could not write in ${directory}: ${errorText(error)}.`;
  }
}

/** Path of `file` as seen from `directory`, with forward slashes. */
export function relativePath(directory: string, file: string): string {
  const path = relative(directory, file);
  return sep === '/' ? path : path.split(sep).join('/');
}

/** Whether the process still exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Makes a new directory `<parent>/<pid>-<random>` for work in progress and removes those that processes which
 * are no more have left. Throws system errors of making it.
 */
export async function makeWorkDirectory(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = Number(/^(\d+)-[0-9a-f]+$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await removeDirectory(join(parent, name));
  }
  const directory = join(parent, `${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(directory);
  return directory;
}

/** Removes a directory of ours. What cannot be removed now is removed by a later makeWorkDirectory. */
export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}
