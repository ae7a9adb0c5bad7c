/** Static checks over the Go files of directories. */
import { readFile } from 'node:fs/promises';
import { checkDocument } from '../core/static/checks';
import { closeDocument, openDocument } from '../core/static/document';
import { toFinding } from '../core/static/finding';
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
  /** Files checked. */
  files: number;
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
  const packageOf = packagePaths();
  const found = await goFiles(options.paths, directory);
  const result: CheckResult = { findings: [], files: 0, problems: found.problems, cancelled: false };
  try {
    for (const path of found.files) {
      if (signal?.aborted) break;
      const file = relativePath(directory, path);
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        result.problems.push(`${file} cannot be read: ${errorText(error)}`);
        continue;
      }
      if (isGenerated(text)) continue;
      const document = openDocument(parser.value, text);
      if (!document) {
        result.problems.push(`${file} could not be parsed.`);
        continue;
      }
      result.files++;
      const checked = checkDocument(document);
      closeDocument(document);
      const of = { package: await packageOf(path) };
      result.findings.push(...checked.findings.map((finding) => toFinding(finding, file, of)));
      result.problems.push(...checked.problems.map((problem) => `${file}: ${problem}`));
    }
  } finally {
    parser.value.delete();
  }
  result.cancelled = signal?.aborted ?? false;
  return succeeded(result);
}
