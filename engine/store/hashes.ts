/** What tells whether the sources are still those that a finding or a count is of. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../protocol/finding';
import type { Schedule } from '../../protocol/schedule';
import { relativePath } from '../system/files';
import { goFiles } from '../system/go-files';
import type { Store } from './store';

/** SHA-256 of a file's text; empty when it cannot be read. */
export async function fileHash(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return '';
  }
}

/**
 * SHA-256 over the texts of the files that a finding and its schedule name: tells whether a replay meets the source
 * that it was made with. A file that is gone counts as empty.
 */
export async function sourcesHash(store: Store, finding: Finding, schedule: Schedule): Promise<string> {
  const files = new Set([...finding.sites, ...schedule.sites].map((site) => site.file));
  const hash = createHash('sha256');
  for (const file of [...files].sort()) hash.update(`${file} ${await fileHash(join(store.module, file))}\n`);
  return hash.digest('hex');
}

/** SHA-256 over the Go files of a module: tells whether anything was edited since. Vendored code is left out. */
export async function moduleHash(module: string): Promise<string> {
  const { files } = await goFiles(['./...'], module);
  const hash = createHash('sha256');
  for (const file of [join(module, 'go.mod'), ...files]) {
    hash.update(`${relativePath(module, file)} ${await fileHash(file)}\n`);
  }
  return hash.digest('hex');
}
