/** The border to core/static: from a document and its tree to findings at LSP ranges. */
import type { Position } from 'vscode-languageserver/node';
import type { Tree } from 'web-tree-sitter';
import type { GoDocument } from './documents/go-document';
import type { PlacedFinding } from './findings';

export function staticFindings(_document: GoDocument, _tree: Tree): PlacedFinding[] {
  return [];
}

/** The concurrency operation under the cursor: its line, from 0. */
export function operationAt(_tree: Tree, position: Position): { line: number } | undefined {
  return { line: position.line };
}
