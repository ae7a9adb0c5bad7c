/** Static checks over the Go files of directories. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { CHECKS } from '../core/static/checks';
import { closeDocument, openDocument } from '../core/static/document';
import { toFinding } from '../core/static/finding';
import { runChecks } from '../core/static/run-checks';
import { readSource } from '../core/static/source/declarations';
import { Package, type PackageFile, packagesOf } from '../core/static/source/package';
import type { Finding } from '../protocol/finding';
import { type Attempt, errorText, succeeded } from './system/attempt';
import { relativePath } from './system/files';
import { goFiles, isGenerated, packagePaths } from './system/go-files';
import type { Installation } from './system/installation';
import { goParser, parserFiles } from './system/parser';

export interface CheckOptions {
  installation: Installation;
  /** Findings' files are relative to this. Absolute. */
  directory: string;
  /** Files and directories, absolute or relative to `directory`; a trailing `/...` is the same as the directory. */
  paths: string[];
  signal?: AbortSignal;
}

export interface CheckResult {
  findings: Finding[];
  /** Files checked, and their lines. */
  files: number;
  lines: number;
  /** One sentence for each path or file that could not be read. */
  problems: string[];
  cancelled: boolean;
}

/** Static checks over files. Fails when the parser cannot be loaded. Generated files are left out. */
export async function check(options: CheckOptions): Promise<Attempt<CheckResult>> {
  const { directory, installation, signal } = options;
  const files = await parserFiles(installation.root);
  if (!files.ok) return files;
  const parser = await goParser(files.value);
  if (!parser.ok) return parser;
  const found = await goFiles(options.paths, directory);
  const result: CheckResult = { findings: [], files: 0, lines: 0, problems: found.problems, cancelled: false };
  const modules = packagePaths();
  try {
    for (const [folder, paths] of byFolder(found.files)) {
      if (signal?.aborted) break;
      const files = await readFiles(parser.value, paths, directory, result.problems);
      result.files += files.length;
      result.lines += files.reduce((sum, { source }) => sum + source.lineStarts.length, 0);
      const of = { package: await modules.packageOf(join(folder, 'any.go')) };
      const goVersion = await modules.goVersionOf(folder);
      for (const group of packagesOf(files)) {
        const { findings, problems } = runChecks(new Package(group, goVersion), CHECKS);
        for (const list of findings.values()) result.findings.push(...list.map((finding) => toFinding(finding, of)));
        result.problems.push(...problems.map((problem) => `${relativePath(directory, folder) || '.'}: ${problem}`));
      }
    }
  } finally {
    parser.value.delete();
  }
  result.findings.sort((a, b) =>
    a.sites[0]!.file < b.sites[0]!.file ? -1 : a.sites[0]!.file > b.sites[0]!.file ? 1 : 0,
  );
  result.cancelled = signal?.aborted ?? false;
  return succeeded(result);
}

function byFolder(paths: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const list = folders.get(dirname(path));
    if (list) list.push(path);
    else folders.set(dirname(path), [path]);
  }
  return folders;
}

async function readFiles(
  parser: Parser,
  paths: readonly string[],
  directory: string,
  problems: string[],
): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  for (const path of paths) {
    const file = relativePath(directory, path);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      problems.push(`${file} cannot be read: ${errorText(error)}`);
      continue;
    }
    if (isGenerated(text)) continue;
    const document = openDocument(parser, text);
    if (!document) {
      problems.push(`${file} could not be parsed.`);
      continue;
    }
    files.push({ path: file, source: readSource(text, document.tree) });
    closeDocument(document);
  }
  return files;
}
