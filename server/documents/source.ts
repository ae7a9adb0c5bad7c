/**
 * A Go file as findings see it: its lines, its top-level declarations and its tree while it is open. Findings are
 * tied to declarations, so that an edit elsewhere in the file neither moves nor ages them.
 */
import type { Node, Tree } from 'web-tree-sitter';

export interface Declaration {
  /** `func (m *Manager) Stop`, `func TestX`: what stays the same while the body is edited. */
  key: string;
  text: string;
  /** From 0. */
  startLine: number;
  endLine: number;
}

export interface Source {
  lines: readonly string[];
  declarations: readonly Declaration[];
}

export function sourceOf(text: string, tree: Tree | undefined): Source {
  const declarations = tree === undefined ? [] : tree.rootNode.namedChildren.flatMap((node) => declarationOf(node));
  return { lines: text.split(/\r?\n/), declarations };
}

function declarationOf(node: Node | null): Declaration[] {
  if (node === null || node.type === 'comment') return [];
  const name = node.childForFieldName('name')?.text ?? '';
  const receiver = node.childForFieldName('receiver')?.text ?? '';
  const key = [node.type, receiver, name].filter((part) => part !== '').join(' ');
  return [{ key, text: node.text, startLine: node.startPosition.row, endLine: node.endPosition.row }];
}

/** The declaration that a line (from 0) is in. */
export function declarationAt(source: Source, line: number): Declaration | undefined {
  return source.declarations.find(({ startLine, endLine }) => startLine <= line && line <= endLine);
}
