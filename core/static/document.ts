/** A Go file as text and syntax tree. One that is edited is server/documents/go-document.ts. */
import type { Node, Parser, Point, Tree } from 'web-tree-sitter';
import { encodeUtf8 } from '../trace/utf8';
import type { Position, SourceRange } from './finding';

export interface GoDocument {
  text: string;
  /** Positions in it are in UTF-16 units, as in JavaScript strings. Lives in wasm memory: closeDocument frees it. */
  tree: Tree;
}

/** Undefined when the parser has no language. Linear in the text. */
export function openDocument(parser: Parser, text: string): GoDocument | undefined {
  const tree = parser.parse(text);
  return tree ? { text, tree } : undefined;
}

export const closeDocument = (document: GoDocument): void => document.tree.delete();

/** Lines and byte columns, both from 1, of an offset whose row and column are known. */
function positionOf(text: string, offset: number, { row, column }: Point): Position {
  const before = text.slice(offset - column, offset);
  // Most lines are ASCII, where bytes are units.
  const bytes = isAscii(before) ? column : encodeUtf8(before).length;
  return { line: row + 1, column: bytes + 1 };
}

export const rangeOf = ({ text }: GoDocument, node: Node): SourceRange => ({
  start: positionOf(text, node.startIndex, node.startPosition),
  end: positionOf(text, node.endIndex, node.endPosition),
});

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
