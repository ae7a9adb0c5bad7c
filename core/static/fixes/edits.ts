/** Edits that keep the shape of the source: whole lines come and go with their indentation. */
import type { ReportEdit } from '../check';
import type { PackageFile } from '../source/package';
import type { Syntax } from '../source/syntax-node';

export const replace = (file: PackageFile, node: Syntax, text: string): ReportEdit => ({
  file,
  start: node.startIndex,
  end: node.endIndex,
  text,
});

export const insertAt = (file: PackageFile, offset: number, text: string): ReportEdit => ({
  file,
  start: offset,
  end: offset,
  text,
});

/** A statement of its own line, in front of `node`. */
export const lineBefore = (file: PackageFile, node: Syntax, text: string): ReportEdit =>
  insertAt(file, node.startIndex, `${text}\n${indentation(file, node)}`);

export const lineAfter = (file: PackageFile, node: Syntax, text: string): ReportEdit =>
  insertAt(file, node.endIndex, `\n${indentation(file, node)}${text}`);

/** Takes out a statement, with its line when nothing else is on it. */
export function removeLine(file: PackageFile, node: Syntax): ReportEdit {
  const { text } = file.source;
  const start = text.lastIndexOf('\n', node.startIndex - 1) + 1;
  let end = text.indexOf('\n', node.endIndex);
  if (end < 0) end = text.length;
  const alone = text.slice(start, node.startIndex).trim() === '' && text.slice(node.endIndex, end).trim() === '';
  if (alone) return { file, start, end: Math.min(end + 1, text.length), text: '' };
  const after = /^\s*;\s*/u.exec(text.slice(node.endIndex, end));
  return { file, start: node.startIndex, end: node.endIndex + (after?.[0].length ?? 0), text: '' };
}

export function indentation(file: PackageFile, node: Syntax): string {
  const { text } = file.source;
  const start = text.lastIndexOf('\n', node.startIndex - 1) + 1;
  return /^[ \t]*/u.exec(text.slice(start, node.startIndex))?.[0] ?? '';
}

/** The statement that a node is (part of), in its block. */
export function statementOf(node: Syntax): Syntax {
  let at = node;
  while (at.parent && at.parent.type !== 'statement_list') at = at.parent;
  return at;
}
