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
