/** Since when a finding has been known. */
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../system/attempt';
import type { Store } from './store';

/**
 * An empty file whose age is that of the finding: the finding itself is written anew with each exploration, and two
 * explorations that find the same are to write the same.
 */
export async function noteFirstSeen(store: Store, id: string): Promise<void> {
  await mkdir(join(store.directory, 'seen'), { recursive: true });
  try {
    await writeFile(join(store.directory, 'seen', id), '', { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** The finding was seen elsewhere before. */
export async function seenSince(store: Store, id: string, since: Date): Promise<void> {
  const known = await firstSeen(store, id);
  if (known && known > since) await utimes(join(store.directory, 'seen', id), since, since);
}

/** When a finding was stored first; undefined when that was not noted. */
export async function firstSeen(store: Store, id: string): Promise<Date | undefined> {
  return stat(join(store.directory, 'seen', id)).then(
    ({ mtime }) => mtime,
    () => undefined,
  );
}
