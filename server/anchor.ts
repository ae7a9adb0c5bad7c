/**
 * Where a site of a finding stands after edits, and whether what was found there may still hold. A site is tied to
 * its declaration: as long as that reads the same, the site moves with it; once it reads differently, the
 * finding is out of date, because every line of the function may have been part of it.
 */
import { type Declaration, declarationAt, type Source } from './documents/source';

export interface Anchor {
  /** The declaration as it was when the finding was made; undefined when the site was in none. */
  declaration: Declaration | undefined;
  /** From 0. */
  line: number;
  /** Text of the line then, without its indentation; undefined when the text of then is not known. */
  lineText: string | undefined;
}

export interface Placement {
  /** From 0. */
  line: number;
  current: boolean;
}

/** `known`: the source is the one that the finding was made with. */
export function anchorOf(source: Source | undefined, line: number, known: boolean): Anchor {
  if (source === undefined) return { declaration: undefined, line, lineText: undefined };
  const declaration = declarationAt(source, line);
  return { declaration, line, lineText: known ? source.lines[line]?.trim() : undefined };
}

/** Undefined when the place is gone: its line was edited or deleted, or its whole declaration was. */
export function placeAnchor(source: Source | undefined, anchor: Anchor): Placement | undefined {
  if (source === undefined) return undefined;
  const { declaration, line, lineText } = anchor;
  // The text of then is not known: the number is all there is.
  if (lineText === undefined) return line < source.lines.length ? { line, current: false } : undefined;
  if (declaration === undefined) return source.lines[line]?.trim() === lineText ? { line, current: true } : undefined;
  const offset = line - declaration.startLine;
  const candidates = source.declarations.filter(({ key }) => key === declaration.key);
  const same = candidates.find(({ text }) => text === declaration.text);
  if (same !== undefined) return { line: same.startLine + offset, current: true };
  for (const { startLine, endLine } of candidates) {
    const found = nearestLine(source.lines, lineText, startLine + offset, startLine, endLine);
    if (found !== undefined) return { line: found, current: false };
  }
  return undefined;
}

/** The line nearest to `expected`, in [first, last], that has this text. */
function nearestLine(
  lines: readonly string[],
  text: string,
  expected: number,
  first: number,
  last: number,
): number | undefined {
  for (let distance = 0; distance <= last - first + Math.abs(expected - first); distance++) {
    for (const line of [expected - distance, expected + distance]) {
      if (line >= first && line <= last && lines[line]?.trim() === text) return line;
    }
  }
  return undefined;
}
