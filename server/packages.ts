/**
 * The packages of open files: their other files as they are on disk, read once and again when they are saved, and the
 * open ones as they are on the screen. What was not edited is neither parsed nor copied again.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Parser, Tree } from 'web-tree-sitter';
import { QuickChecks } from '../core/static/run-checks';
import { readSource, type SourceFile } from '../core/static/source/declarations';
import { Package, type PackageFile } from '../core/static/source/package';
import { isGenerated, packagePaths } from '../engine/system/go-files';

interface Folder {
  /** By path; sources stay the same objects until their text changes. */
  files: Map<string, PackageFile & { savedAt: number }>;
  goVersion: string | undefined;
}

/** Packages with more source than this are checked file by file while they are edited. In UTF-16 units. */
const MOST_SOURCE = 20e6;

export class Packages {
  /** Of the package that is being edited; another one begins anew. */
  readonly quick = new QuickChecks();
  private readonly folders = new Map<string, Folder>();
  private readonly reading = new Map<string, Promise<void>>();

  /** The package of an open file, with that file as it is now. What is not read yet is left out. */
  packageOf(path: string, text: string, tree: Tree): { pkg: Package; file: PackageFile } {
    const folder = this.folder(dirname(path));
    const known = folder.files.get(path);
    const source = known?.source.text === text ? known.source : readSource(text, tree, known?.source);
    const file = known ?? { path, source, savedAt: 0 };
    file.source = source;
    folder.files.set(path, file);
    const files = [...folder.files.values()].filter(
      ({ source: { packageName } }) => packageName === source.packageName,
    );
    return { pkg: new Package(files, folder.goVersion), file };
  }

  /** All files of the folder that are known, external tests too. */
  filesIn(directory: string): PackageFile[] {
    return [...(this.folders.get(directory)?.files.values() ?? [])];
  }

  /** Reads the files of the folder that are not known yet, or changed on disk. Of overlapping calls one reads. */
  async refresh(directory: string, parser: Parser, isOpen: (path: string) => boolean): Promise<void> {
    const running = this.reading.get(directory);
    if (running) return running;
    const work = this.read(directory, parser, isOpen).finally(() => this.reading.delete(directory));
    this.reading.set(directory, work);
    return work;
  }

  private async read(directory: string, parser: Parser, isOpen: (path: string) => boolean): Promise<void> {
    const folder = this.folder(directory);
    folder.goVersion = await packagePaths().goVersionOf(directory);
    let names: string[];
    try {
      names = (await readdir(directory)).filter((name) => name.endsWith('.go') && !/^[._]/u.test(name));
    } catch {
      // The folder is gone, and so is its package.
      this.folders.delete(directory);
      return;
    }
    for (const path of folder.files.keys())
      if (!names.includes(basename(path)) && !isOpen(path)) folder.files.delete(path);
    let total = 0;
    for (const name of names) {
      const path = join(directory, name);
      if (isOpen(path)) continue;
      try {
        const { mtimeMs, size } = await stat(path);
        total += size;
        const known = folder.files.get(path);
        if (total > MOST_SOURCE) break;
        if (known?.savedAt === mtimeMs) continue;
        const text = await readFile(path, 'utf8');
        if (isGenerated(text) || isOpen(path)) continue;
        const source = parse(parser, text, known?.source);
        if (source) folder.files.set(path, { path, source, savedAt: mtimeMs });
      } catch {
        // Gone between the two looks, or not for us to read: the package is seen without it.
        folder.files.delete(path);
      }
    }
  }

  private folder(directory: string): Folder {
    let folder = this.folders.get(directory);
    if (!folder) {
      folder = { files: new Map(), goVersion: undefined };
      this.folders.set(directory, folder);
    }
    return folder;
  }
}

function parse(parser: Parser, text: string, before: SourceFile | undefined): SourceFile | undefined {
  const tree = parser.parse(text);
  if (!tree) return undefined;
  try {
    return readSource(text, tree, before);
  } finally {
    tree.delete();
  }
}
