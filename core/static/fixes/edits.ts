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

/** … and behind its comment. */
export const lineAfter = (file: PackageFile, node: Syntax, text: string): ReportEdit => {
  const comment = /^[ \t]*\/\/[^\n]*/u.exec(file.source.text.slice(node.endIndex, node.endIndex + MOST_COMMENT));
  return insertAt(file, node.endIndex + (comment?.[0].length ?? 0), `\n${indentation(file, node)}${text}`);
};

/** Characters of a line that are looked at for a comment. */
const MOST_COMMENT = 500;

/** Takes out a statement, with its line when nothing else is on it. */
export function removeLine(file: PackageFile, node: Syntax): ReportEdit {
  const { text } = file.source;
  const start = text.lastIndexOf('\n', node.startIndex - 1) + 1;
  let end = text.indexOf('\n', node.endIndex);
  if (end < 0) end = text.length;
  const alone = text.slice(start, node.startIndex).trim() === '' && text.slice(node.endIndex, end).trim() === '';
  if (alone) return { file, start, end: Math.min(end + 1, text.length), text: '' };
  // What else is on the line stays: another statement, or a comment.
  const after = /^\s*;\s*|^[ \t]+(?=\/[/*])/u.exec(text.slice(node.endIndex, end));
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

/** It stands in a block, on a line of its own or not. */
export const isStatement = (node: Syntax): boolean => node.parent?.type === 'statement_list';

/** One that a statement can be put in front of and behind, so that it runs before and after and nothing else between. */
export const isSimple = (node: Syntax): boolean =>
  isStatement(node) &&
  /^(?:expression_statement|send_statement|assignment_statement|short_var_declaration|inc_statement|dec_statement)$/u.test(
    node.type,
  );

/** The statements of a function's body. */
export const statementsOf = (body: Syntax): readonly Syntax[] =>
  body.namedChildren.flatMap((it) => (it.type === 'statement_list' ? it.namedChildren : [it]));

export function nextOf(statement: Syntax): Syntax | undefined {
  const siblings = statement.parent?.namedChildren ?? [];
  return siblings[siblings.indexOf(statement) + 1];
}

export function previousOf(statement: Syntax): Syntax | undefined {
  const siblings = statement.parent?.namedChildren ?? [];
  return siblings[siblings.indexOf(statement) - 1];
}

/** Statements at the start of a body. One that stands on a single line is spread over several. */
export function atStart(file: PackageFile, body: Syntax, lines: readonly string[]): ReportEdit[] {
  const statements = statementsOf(body);
  const [first] = statements;
  if (first && /^\{\s*\n/u.test(body.text)) {
    const inner = indentation(file, first);
    return [insertAt(file, first.startIndex, lines.map((line) => `${line}\n${inner}`).join(''))];
  }
  const outer = indentation(file, body);
  const all = [...lines, ...statements.map(({ text }) => text)].map((line) => `${outer}\t${line}\n`).join('');
  return body.text.includes('\n') ? [] : [replace(file, body, `{\n${all}${outer}}`)];
}

/** Text that moves one block out. Undefined when a raw string would change with it. */
export function dedented(text: string): string | undefined {
  return text.includes('`') ? undefined : text.replace(/\n\t/gu, '\n');
}
