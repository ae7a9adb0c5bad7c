/** A Go file as text and syntax tree, kept in step while it is edited. */
import type { Edit, Node, Parser, Point, Tree } from 'web-tree-sitter';
import { encodeUtf8 } from '../trace/utf8';
import type { Position, SourceRange } from './finding';

export interface GoDocument {
  text: string;
  /** Positions in it are in UTF-16 units, as in JavaScript strings. Lives in wasm memory: closeDocument frees it. */
  tree: Tree;
}

/** Replaces text[start, end) by `text`; offsets in UTF-16 units. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

/** Undefined when the parser has no language. Linear in the text. */
export function openDocument(parser: Parser, text: string): GoDocument | undefined {
  const tree = parser.parse(text);
  return tree ? { text, tree } : undefined;
}

export const closeDocument = (document: GoDocument): void => document.tree.delete();

/**
 * The document after the edits, each of which sees the text the one before it left (as in LSP's didChange). Only what changed is parsed
 * again. The document given is closed and must not be used any more. Offsets out of range are clamped.
 */
export function editDocument(parser: Parser, document: GoDocument, edits: readonly TextEdit[]): GoDocument | undefined {
  let { text } = document;
  for (const edit of edits) {
    const start = Math.max(0, Math.min(edit.start, text.length));
    const end = Math.max(start, Math.min(edit.end, text.length));
    const after = text.slice(0, start) + edit.text + text.slice(end);
    const change = {
      startIndex: start,
      oldEndIndex: end,
      newEndIndex: start + edit.text.length,
      startPosition: pointAt(text, start),
      oldEndPosition: pointAt(text, end),
      newEndPosition: pointAt(after, start + edit.text.length),
    };
    // Edit is a class whose methods Tree.edit does not use; core imports only types.
    document.tree.edit(change as Edit);
    text = after;
  }
  const tree = parser.parse(text, document.tree);
  document.tree.delete();
  return tree ? { text, tree } : undefined;
}

/** Row and column, both from 0, of an offset. */
export function pointAt(text: string, offset: number): Point {
  let row = 0;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    row++;
    lineStart = at + 1;
  }
  return { row, column: offset - lineStart };
}

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
