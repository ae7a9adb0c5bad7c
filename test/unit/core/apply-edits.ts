/** Applies edits as fixes carry them: lines, and columns in bytes, both from 1. */
import type { StaticFix } from '../../../core/static/finding';

type Edit = Omit<StaticFix['edits'][number], 'file'>;

export function applied(text: string, edits: readonly Edit[]): string {
  const bytes = Buffer.from(text);
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  const offset = ({ line, column }: { line: number; column: number }): number => starts[line - 1]! + column - 1;
  // From the back, so that what is in front keeps its place; of two at one place the first comes first.
  const sorted = edits
    .map((edit, index) => ({ edit, index, start: offset(edit.range.start), end: offset(edit.range.end) }))
    .sort((a, b) => b.start - a.start || b.index - a.index);
  let result = bytes;
  let last = Number.POSITIVE_INFINITY;
  for (const { edit, start, end } of sorted) {
    if (end > last) throw new Error(`edits overlap: ${edit.text}`);
    last = start;
    result = Buffer.concat([result.subarray(0, start), Buffer.from(edit.text), result.subarray(end)]);
  }
  return result.toString();
}
