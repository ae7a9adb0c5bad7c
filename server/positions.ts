/** The one border between our positions (from 1, columns in bytes) and LSP's (from 0, UTF-16 units). */
import type { Position } from 'vscode-languageserver/node';

/** `text` is the line that the column is in. A column beyond the line gives its end. */
export function characterOf(text: string, column: number): number {
  let bytes = column - 1;
  let character = 0;
  for (const symbol of text) {
    bytes -= bytesOf(symbol.codePointAt(0) ?? 0);
    if (bytes < 0) break;
    character += symbol.length;
  }
  return character;
}

/** The inverse of characterOf. */
export function columnOf(text: string, character: number): number {
  let bytes = 0;
  for (const symbol of text.slice(0, character)) bytes += bytesOf(symbol.codePointAt(0) ?? 0);
  return bytes + 1;
}

/** Length of a code point in UTF-8. */
function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

export function positionOf(lines: readonly string[], line: number, column: number): Position {
  const row = Math.min(Math.max(line - 1, 0), Math.max(lines.length - 1, 0));
  return { line: row, character: characterOf(lines[row] ?? '', column) };
}
