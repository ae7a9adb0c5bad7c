/** Go files by path and directory, and the import paths of their packages. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText } from './attempt';
import { relativePath } from './files';

/**
 * The Go files that the paths mean, sorted, each once: a file is itself, a directory all files below it, and so is
 * `directory/...`. Directories that the go command passes over, vendored code and other people's packages are left
 * out. A path that is not there gives a problem.
 */
export async function goFiles(paths: string[], directory: string): Promise<{ files: string[]; problems: string[] }> {
  const files = new Set<string>();
  const problems: string[] = [];
  for (const path of paths) {
    const start = resolve(directory, path.replace(/\/?\.\.\.$/, '') || '.');
    try {
      if ((await stat(start)).isDirectory()) await collect(start, files, problems);
      else if (start.endsWith('.go')) files.add(start);
      else problems.push(`${path} is not a Go file.`);
    } catch (error) {
      problems.push(`${path} cannot be read: ${errorText(error)}`);
    }
  }
  return { files: [...files].sort(), problems };
}

async function collect(directory: string, files: Set<string>, problems: string[]): Promise<void> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(directory);
  } catch (error) {
    problems.push(`${directory} cannot be read: ${errorText(error)}`);
    return;
  }
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (/^[._]/.test(entry.name)) continue;
    if (entry.isFile() && entry.name.endsWith('.go')) files.add(path);
    else if (entry.isDirectory() && !['vendor', 'testdata', 'node_modules'].includes(entry.name)) {
      await collect(path, files, problems);
    }
  }
}

function readEntries(directory: string) {
  return readdir(directory, { withFileTypes: true });
}

/** By the comment that Go's tools agree on (golang.org/s/generatedcode), before the package clause. */
export function isGenerated(text: string): boolean {
  const head = text.slice(0, /^package\s/m.exec(text)?.index ?? 0);
  return /^\/\/ Code generated .* DO NOT EDIT\.$/m.test(head);
}

/**
 * Tells the import path of the package that a file is in: the module's path and the directories below its go.mod. A
 * file outside of modules gets the name of its directory.
 */
export function packagePaths(): (file: string) => Promise<string> {
  const modules = new Map<string, Promise<{ root: string; path: string } | undefined>>();
  const moduleOf = (directory: string): Promise<{ root: string; path: string } | undefined> => {
    const known = modules.get(directory);
    if (known) return known;
    const found = modulePath(directory).then((path) => {
      if (path !== undefined) return { root: directory, path };
      return dirname(directory) === directory ? undefined : moduleOf(dirname(directory));
    });
    modules.set(directory, found);
    return found;
  };
  return async (file) => {
    const directory = dirname(file);
    const module = await moduleOf(directory);
    if (!module) return directory.split(/[\\/]/).at(-1) ?? '';
    const inside = relativePath(module.root, directory);
    return inside === '' ? module.path : `${module.path}/${inside}`;
  };
}

async function modulePath(directory: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(directory, 'go.mod'), 'utf8');
    return /^module\s+"?([^\s"]+)"?/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
