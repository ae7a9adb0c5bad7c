/** Go files by path and directory, and the import paths of their packages. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText } from './attempt';
import { relativePath } from './files';

/**
 * The Go files that the paths mean, sorted, each once, as the go command takes them: a file is itself, a directory the
 * files in it, `directory/...` all files below it. Directories that the go command passes over, vendored code and other people's packages are left
 * out. A path that is not there gives a problem.
 */
export async function goFiles(paths: string[], directory: string): Promise<{ files: string[]; problems: string[] }> {
  const files = new Set<string>();
  const problems: string[] = [];
  for (const path of paths) {
    const start = resolve(directory, path.replace(/\/?\.\.\.$/, '') || '.');
    try {
      if ((await stat(start)).isDirectory()) await collect(start, files, problems, path.endsWith('...'));
      else if (start.endsWith('.go')) files.add(start);
      else problems.push(`${path} is not a Go file.`);
    } catch (error) {
      problems.push(`${path} cannot be read: ${errorText(error)}`);
    }
  }
  return { files: [...files].sort(), problems };
}

async function collect(directory: string, files: Set<string>, problems: string[], below: boolean): Promise<void> {
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
    else if (below && entry.isDirectory() && !['vendor', 'testdata', 'node_modules'].includes(entry.name)) {
      await collect(path, files, problems, below);
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

export interface Modules {
  /** Import path of the package a file is in: the module's path and the directories below its go.mod; outside of modules the directory's name. */
  packageOf(file: string): Promise<string>;
  /** The directory with the go.mod that a directory belongs to. */
  rootOf(directory: string): Promise<string | undefined>;
  /** The go directive that holds in a directory, as `1.26`; undefined outside of modules. */
  goVersionOf(directory: string): Promise<string | undefined>;
}

export function packagePaths(): Modules {
  const modules = new Map<string, Promise<Module | undefined>>();
  const moduleOf = (directory: string): Promise<Module | undefined> => {
    const known = modules.get(directory);
    if (known) return known;
    const found = readModule(directory).then((module) => {
      if (module !== undefined) return module;
      return dirname(directory) === directory ? undefined : moduleOf(dirname(directory));
    });
    modules.set(directory, found);
    return found;
  };
  return {
    async packageOf(file) {
      const directory = dirname(file);
      const module = await moduleOf(directory);
      if (!module) return directory.split(/[\\/]/).at(-1) ?? '';
      const inside = relativePath(module.root, directory);
      return inside === '' ? module.path : `${module.path}/${inside}`;
    },
    rootOf: async (directory) => (await moduleOf(directory))?.root,
    goVersionOf: async (directory) => (await moduleOf(directory))?.go,
  };
}

interface Module {
  root: string;
  path: string;
  go: string | undefined;
}

async function readModule(root: string): Promise<Module | undefined> {
  try {
    const text = await readFile(join(root, 'go.mod'), 'utf8');
    const path = /^module\s+"?([^\s"]+)"?/m.exec(text)?.[1];
    // Without a directive the language is that of Go 1.16.
    return path === undefined ? undefined : { root, path, go: /^go\s+(\d+\.\d+)/m.exec(text)?.[1] ?? '1.16' };
  } catch {
    return undefined;
  }
}
