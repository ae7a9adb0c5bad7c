import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Parser } from 'web-tree-sitter';
import { Analysed } from '../../../core/static/analysed';
import { concurrencySites } from '../../../core/static/concurrency-sites';
import { closeDocument, openDocument } from '../../../core/static/document';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { GoDocument } from '../../../server/documents/go-document';
import { goParser } from '../go/parser';

describe('document', () => {
  let parser: Parser;
  before(async () => {
    parser = await goParser();
  });
  const source = readFileSync('examples/podstatus/podstatus.go', 'utf8');

  it('parsed again after edits that are undone is the same tree as parsed anew', () => {
    const piece = fc.constantFrom(
      '',
      '\n',
      '{',
      '}',
      'go func() { ch <- 1 }()',
      '// é世\n',
      '"',
      '`',
      'select {',
      'x := <-ch\n',
      '/*',
    );
    const edits = fc.array(fc.record({ start: fc.nat(source.length), length: fc.nat(40), text: piece }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(edits, (list) => {
        const edited = GoDocument.create('file:///x.go', 'go', 0, source);
        const change = (from: number, to: number, inserted: string): void => {
          // Each edit has a tree before it, which it changes.
          edited.syntax(parser);
          const range = { start: edited.positionAt(from), end: edited.positionAt(to) };
          GoDocument.update(edited, [{ range, text: inserted }], 1);
        };
        let text = source;
        const undo: (() => void)[] = [];
        for (const { start, length, text: inserted } of list) {
          const from = Math.min(start, text.length);
          const to = Math.min(from + length, text.length);
          const before = text.slice(from, to);
          change(from, to, inserted);
          undo.push(() => change(from, from + inserted.length, before));
          text = text.slice(0, from) + inserted + text.slice(to);
          assert.equal(edited.getText(), text);
        }
        // What is broken the parser mends in its own way each time; so it is compared when it is whole again.
        for (const back of undo.reverse()) back();
        const fresh = openDocument(parser, source)!;
        assert.equal(edited.getText(), source);
        const tree = edited.syntax(parser)!;
        assert.equal(tree.rootNode.toString(), fresh.tree.rootNode.toString());
        assert.deepEqual(concurrencySites({ text: source, tree }), concurrencySites(fresh));
        closeDocument(fresh);
        edited.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('names functions and literals as Go prints them', () => {
    const document = openDocument(
      parser,
      `package p
var f = func() {}
func (t *T[K]) M() { func() { go func() {}() }(); func() {}() }
func (t T) N() {}
func F() {}`,
    )!;
    assert.deepEqual(
      new Analysed(new Package([{ path: '', source: readSource(document.text, document.tree) }]))
        .functions()
        .map(({ name }) => name),
      ['init.func1', '(*T).M', '(*T).M.func1', '(*T).M.func1.1', '(*T).M.func2', '(T).N', 'F'],
    );
    closeDocument(document);
  });

  it('lists the concurrency operations where the rewriter sees them', () => {
    const document = openDocument(parser, source)!;
    const { operations, package: name, tests } = concurrencySites(document);
    assert.equal(name, 'podstatus');
    assert.deepEqual(tests, []);
    assert.deepEqual(
      operations.map(
        (it) => `${it.range.start.line}:${it.range.start.column} ${it.operation} ${it.expression} in ${it.function}`,
      ),
      [
        '20:74 make make(chan string) in NewManager',
        '25:2 go  in (*Manager).Start',
        '26:3 receive m.podStatusChannel in (*Manager).Start.func1',
        '33:2 lock m.podStatusesLock in (*Manager).syncPod',
        '34:8 unlock m.podStatusesLock in (*Manager).syncPod',
        '42:2 lock m.podStatusesLock in (*Manager).SetPodStatus',
        '43:8 unlock m.podStatusesLock in (*Manager).SetPodStatus',
        '45:2 send m.podStatusChannel in (*Manager).SetPodStatus',
        '49:28 close m.podStatusChannel in (*Manager).Stop',
      ],
    );
    closeDocument(document);
  });

  it('finds tests and the cases of a select', () => {
    const document = openDocument(parser, readFileSync('examples/fetch/fetch_test.go', 'utf8'))!;
    const { operations, tests } = concurrencySites(document);
    assert.deepEqual(
      tests.map(({ name, range }) => `${name} ${range.start.line}:${range.start.column}`),
      ['TestFirst 20:6', 'TestFixedFirst 27:6'],
    );
    assert.deepEqual(
      operations.flatMap((it) => (it.cases ? [it.cases] : [])),
      [['<-time.After(delay)', '<-ctx.Done()']],
    );
    closeDocument(document);
  });
});
