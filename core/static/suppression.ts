/** `//lockstep:ignore NAME why`, at the end of the line or on the line above it, silences a check there. */
import type { ReportSite } from './check';
import type { SourceRange } from './finding';
import type { SourceFile } from './source/declarations';

const COMMENT = /\/\/lockstep:ignore(?:[ \t]+([\w,-]+))?/u;

export function isSuppressed({ node, file: { source } }: Pick<ReportSite, 'node' | 'file'>, check: string): boolean {
  let start = source.text.lastIndexOf('\n', node.startIndex - 1) + 1;
  if (silences(lineAt(source, start), check)) return true;
  // Several checks may be declined above one line, each by a comment of its own.
  while (start > 0) {
    start = source.text.lastIndexOf('\n', start - 2) + 1;
    const line = lineAt(source, start);
    if (!line.trimStart().startsWith('//lockstep:')) return false;
    if (silences(line, check)) return true;
  }
  return false;
}

function silences(line: string, check: string): boolean {
  const found = COMMENT.exec(line);
  if (!found) return false;
  return found[1] === undefined || found[1].split(',').includes(check);
}

function lineAt({ text }: SourceFile, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}

/** The edit that silences a finding: a comment on a line of its own, as deep as the line of the finding. */
export function suppressionEdit(line: string, range: SourceRange, check: string): { range: SourceRange; text: string } {
  const at = { line: range.start.line, column: 1 };
  const indentation = /^[ \t]*/u.exec(line)?.[0] ?? '';
  return { range: { start: at, end: at }, text: `${indentation}//lockstep:ignore ${check}\n` };
}
