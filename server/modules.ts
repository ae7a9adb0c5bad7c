/** Which module a file belongs to. Each module has a store of its own, so several workspace folders get along. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { URI } from 'vscode-uri';
import { STORE_FOLDER } from '../protocol/settings';

/** Absolute path of a `file:` URI; undefined for any other, and for what is no URI. */
export function pathOf(uri: string): string | undefined {
  try {
    const parsed = URI.parse(uri, true);
    return parsed.scheme === 'file' ? parsed.fsPath : undefined;
  } catch {
    return undefined;
  }
}

export function uriOf(path: string): string {
  return URI.file(path).toString();
}

/** The nearest directory above the file that has a go.mod. A few stat calls. */
export function moduleRootOf(file: string): string | undefined {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'go.mod'))) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}

/** The module whose store a path below `.lockstep` belongs to. */
export function moduleOfStorePath(path: string): string | undefined {
  const parts = path.split(sep);
  const at = parts.lastIndexOf(STORE_FOLDER);
  return at > 0 ? parts.slice(0, at).join(sep) : undefined;
}

/** As stored in findings: relative to the root, with forward slashes. */
export function relativeTo(root: string, file: string): string {
  return relative(root, file).split(sep).join('/');
}

/** The file of a finding. A finding is data from a file, so a path that leads out of the module gives undefined. */
export function fileOf(root: string, file: string): string | undefined {
  const path = join(root, file);
  return path.startsWith(root.endsWith(sep) ? root : root + sep) ? path : undefined;
}
