/** Static checks over the Go files of directories. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import type { Check } from '../core/static/check';
import { CHECKS } from '../core/static/checks';
import { closeDocument, openDocument } from '../core/static/document';
import { toFinding } from '../core/static/finding';
import { runChecks } from '../core/static/run-checks';
import { readSource } from '../core/static/source/declarations';
import { Package, type PackageFile, packagesOf } from '../core/static/source/package';
import type { Finding } from '../protocol/finding';
import type { CheckSeverity } from '../protocol/settings';
import { type Attempt, errorText, succeeded } from './system/attempt';
import { relativePath } from './system/files';
import { goFiles, isGenerated, packagePaths } from './system/go-files';
import type { Installation } from './system/installation';
import { goParser, parserFiles } from './system/parser';

export interface CheckOptions {
  installation: Installation;
  /** Findings' files are relative to this. Absolute. */
  directory: string;
  /** Files and directories, absolute or relative to `directory`; `/...` behind a directory: those below it as well. */
  paths: string[];
  /** Severity of checks by name, where it is not their own; those that are off do not run. */
  severities?: Readonly<Record<string, CheckSeverity>>;
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

/**
 * Static checks over files. Fails when the parser cannot be loaded. Generated files are left out. A file is judged with
 * the rest of its package, of which nothing else is told.
 */
export async function check(options: CheckOptions): Promise<Attempt<CheckResult>> {
  const { directory, installation, signal } = options;
  const files = await parserFiles(installation.root);
  if (!files.ok) return files;
  const parser = await goParser(files.value);
  if (!parser.ok) return parser;
  const found = await goFiles(options.paths, directory);
  const result: CheckResult = { findings: [], files: 0, lines: 0, problems: found.problems, cancelled: false };
  const modules = packagePaths();
  const severityOf = ({ name, severity }: Check): CheckSeverity => options.severities?.[name] ?? severity;
  const checks = CHECKS.filter((one) => severityOf(one) !== 'off');
  const severities = new Map<string, CheckSeverity>(checks.map((one) => [one.name, severityOf(one)]));
  try {
    for (const [folder, paths] of byFolder(found.files)) {
      if (signal?.aborted) break;
      const siblings = await filesBeside(folder, paths);
      const files = await readFiles(parser.value, [...paths, ...siblings], directory, result.problems);
      const wanted = new Set(paths.map((path) => relativePath(directory, path)));
      for (const { path, source } of files) {
        if (!wanted.has(path)) continue;
        result.files++;
        result.lines += source.lineStarts.length;
      }
      const root = (await modules.rootOf(folder)) ?? directory;
      const of = {
        package: await modules.packageOf(join(folder, 'any.go')),
        inModule: (file: string) => relativePath(root, resolve(directory, file)),
      };
      const goVersion = await modules.goVersionOf(folder);
      for (const group of packagesOf(files)) {
        const { findings, problems } = runChecks(new Package(group, goVersion), checks);
        for (const [{ path }, list] of findings) {
          if (wanted.has(path))
            result.findings.push(...list.map((one) => withSeverity(toFinding(one, of), severities)));
        }
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

function withSeverity(finding: Finding, severities: ReadonlyMap<string, CheckSeverity>): Finding {
  const severity = severities.get(finding.kind);
  return severity === undefined || severity === 'off' ? finding : { ...finding, severity };
}

/** The other Go files of the folder. */
async function filesBeside(folder: string, paths: readonly string[]): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.go') && !/^[._]/u.test(name))
    .map((name) => join(folder, name))
    .filter((path) => !paths.includes(path));
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
  const texts = await readAll(paths);
  for (const [index, path] of paths.entries()) {
    const file = relativePath(directory, path);
    const text = texts[index]!;
    if (typeof text !== 'string') {
      problems.push(`${file} cannot be read: ${errorText(text.error)}`);
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

/** Most of the time of a small file is that of opening it, so several are opened at a time. */
async function readAll(paths: readonly string[]): Promise<(string | { error: unknown })[]> {
  const texts: (string | { error: unknown })[] = [];
  for (let at = 0; at < paths.length; at += AT_A_TIME) {
    const some = paths.slice(at, at + AT_A_TIME);
    texts.push(
      ...(await Promise.all(some.map((path) => readFile(path, 'utf8').catch((error: unknown) => ({ error }))))),
    );
  }
  return texts;
}

const AT_A_TIME = 32;
