/** docs/findings: a page for each kind, made of what Lockstep says of it, whose examples are what they are said to be. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { PAGES, pageOf } from '../../../core/report/finding-page';
import { CHECKS, checkDocument } from '../../../core/static/checks';
import { closeDocument, openDocument } from '../../../core/static/document';
import { FINDING_KINDS, RUN_KINDS } from '../../../protocol/finding';
import { findingPages } from '../../../scripts/finding-pages.mjs';
import { goParser } from '../go/parser';

const root = path.join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const blocks = (page: string) => [...page.matchAll(/^```go\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');

describe('the pages of kinds', () => {
  let parser: Parser;
  before(async () => {
    parser = await goParser();
  });

  it('are those of all kinds and no others, as npm run docs:findings writes them', () => {
    const pages = findingPages();
    assert.deepEqual(
      readdirSync(path.join(root, PAGES))
        .map((name) => `${PAGES}/${name}`)
        .sort(),
      [...pages.keys()].sort(),
    );
    for (const [file, text] of pages) assert.equal(read(file), text, `${file} is stale: npm run docs:findings`);
    for (const kind of FINDING_KINDS) assert.ok(existsSync(path.join(root, pageOf(kind))), kind);
  });

  it('have two blocks of Go that parse', () => {
    for (const kind of FINDING_KINDS) {
      const found = blocks(read(pageOf(kind)));
      assert.equal(found.length, 2, kind);
      for (const code of found) {
        const tree = parser.parse(`package p\n\n${code}`);
        assert.equal(tree?.rootNode.hasError, false, `${kind}:\n${code}`);
        tree?.delete();
      }
    }
  });

  for (const { name, examplesGo } of CHECKS) {
    it(`${name}: the first block is one, the second is none`, () => {
      const said = blocks(read(pageOf(name))).map((code) => {
        const document = openDocument(parser, `package p\n\n${code}`);
        assert.ok(document);
        const { findings } = checkDocument(document, '', { goVersion: examplesGo });
        closeDocument(document);
        return findings.map(({ check }) => check);
      });
      assert.deepEqual(said, [[name], []]);
    });
  }

  it('say of each kind how it is shown and what mends it', () => {
    for (const kind of FINDING_KINDS) {
      const headings = [...read(pageOf(kind)).matchAll(/^##? (.*)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings.slice(1), ['Example', 'How it is shown', 'How to mend it'], kind);
    }
    assert.ok(RUN_KINDS.length > 0);
  });
});
