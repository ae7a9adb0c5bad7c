/** The repository that a directory lies in: reports name files from its root. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The nearest directory upwards with `.git` (a file in a work tree of git); the directory itself when there is none. */
export async function repositoryRoot(directory: string): Promise<string> {
  for (let at = directory; ; at = dirname(at)) {
    const found = await access(join(at, '.git')).then(
      () => true,
      () => false,
    );
    if (found) return at;
    if (dirname(at) === at) return directory;
  }
}
