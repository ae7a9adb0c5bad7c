// Where a finding stands after an edit, and when it is out of date.
import assert from 'node:assert/strict';
import { anchorOf, placeAnchor } from '../../../server/anchor';
import type { Source } from '../../../server/documents/source';
import { characterOf, columnOf } from '../../../server/positions';

/** A source whose declarations are its paragraphs, named by their first word. */
function sourceOf(text: string): Source {
  const lines = text.split('\n');
  const declarations = [];
  for (let start = 0; start < lines.length; start++) {
    if (lines[start] === '') continue;
    let end = start;
    while (lines[end + 1]) end++;
    const own = lines.slice(start, end + 1);
    declarations.push({ key: own[0]!.split(' ')[0]!, text: own.join('\n'), startLine: start, endLine: end });
    start = end;
  }
  return { lines, declarations };
}

const before = sourceOf('A {\n  one\n  two\n}\n\nB {\n  three\n}');

describe('the place of a finding', () => {
  const anchor = anchorOf(before, 2, true);
  const cases: [name: string, text: string, expected: ReturnType<typeof placeAnchor>][] = [
    ['stays where nothing changed', before.lines.join('\n'), { line: 2, current: true }],
    ['moves with its function', 'X {\n}\n\nA {\n  one\n  two\n}', { line: 5, current: true }],
    ['does not mind edits elsewhere', 'A {\n  one\n  two\n}\n\nB {\n  four\n}', { line: 2, current: true }],
    ['is out of date when its function changed', 'A {\n  zero\n  one\n  two\n}', { line: 3, current: false }],
    ['is gone with its line', 'A {\n  one\n}', undefined],
    ['is gone with its function', 'B {\n  two\n}', undefined],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () => assert.deepEqual(placeAnchor(sourceOf(text), anchor), expected));
  }

  it('is doubtful when the source of then is not known', () => {
    const unknown = anchorOf(before, 2, false);
    assert.deepEqual(placeAnchor(before, unknown), { line: 2, current: false });
    assert.equal(placeAnchor(sourceOf('A {'), unknown), undefined);
  });
});

describe('columns', () => {
  it('are bytes from 1 outside and UTF-16 units from 0 inside', () => {
    const line = 'a ä 𝄞 b';
    for (const character of [0, 1, 2, 3, 4, 6, 7])
      assert.equal(characterOf(line, columnOf(line, character)), character);
    assert.equal(columnOf(line, 4), 6);
    assert.equal(characterOf(line, 1000), line.length);
  });
});
