/** Positions of copied syntax in the text of its file. */
import { encodeUtf8 } from '../../trace/utf8';
import type { Position, SourceRange } from '../finding';
import type { SourceFile } from './declarations';
import type { Syntax } from './syntax-node';

/** Line and byte column, both from 1, of an offset. */
export function positionAt({ text, lineStarts }: SourceFile, offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  const before = text.slice(lineStarts[low]!, offset);
  return { line: low + 1, column: encodeUtf8(before).length + 1 };
}

export const rangeOf = (file: SourceFile, node: Syntax): SourceRange => ({
  start: positionAt(file, node.startIndex),
  end: positionAt(file, node.endIndex),
});

/** The text of a line, from 1, without the space around it. */
export const lineText = ({ text, lineStarts }: SourceFile, line: number): string =>
  text.slice(lineStarts[line - 1] ?? text.length, lineStarts[line] ?? text.length).trim();

/** The offset of a position; that of the end of its line where the line is shorter. */
export function offsetAt({ text, lineStarts }: SourceFile, { line, column }: Position): number {
  const start = lineStarts[line - 1] ?? text.length;
  let bytes = column - 1;
  let at = start;
  for (; bytes > 0 && at < text.length && text[at] !== '\n'; at++) {
    const point = text.codePointAt(at)!;
    bytes -= point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (point >= 0x10000) at++;
  }
  return at;
}
