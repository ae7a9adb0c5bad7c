/** Which Lockstep this is, and where its files can be read, as its package.json says. */
import { join } from 'node:path';
import { isRecord, readJson } from './json';

export interface Release {
  version: string;
  /** With a slash at the end; nothing where no repository is named. */
  home?: string;
}

/** `root`: of the extension or of the checkout. */
export async function releaseOf(root: string): Promise<Release> {
  const manifest = await readJson(join(root, 'package.json'));
  const { version, repository } = manifest.ok && isRecord(manifest.value) ? manifest.value : {};
  const home = homeOf(isRecord(repository) ? repository.url : repository);
  return { version: typeof version === 'string' ? version : '0.0.0', ...(home === undefined ? {} : { home }) };
}

/** `git+https://host/owner/name.git` → the folder of its main branch, as hosts of repositories show it. */
export function homeOf(repository: unknown): string | undefined {
  const found =
    typeof repository === 'string' ? /^(?:git\+)?(https:\/\/[^\s]+?)(?:\.git)?\/?$/u.exec(repository) : null;
  return found ? `${found[1]}/blob/HEAD/` : undefined;
}
