/** A file that is edited in the language server's own documents, with the checks after each edit. */
import assert from 'node:assert/strict';
import type { Range } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Parser } from 'web-tree-sitter';
import { CHECKS } from '../../core/static/checks';
import { concurrencySites } from '../../core/static/concurrency-sites';
import type { StaticFinding } from '../../core/static/finding';
import { runChecks } from '../../core/static/run-checks';
import { readSource } from '../../core/static/source/declarations';
import { Package } from '../../core/static/source/package';
import { GoDocument } from '../../server/documents/go-document';
import { Packages } from '../../server/packages';
import { type Edit, Typist } from './typist';

const PATH = '/nowhere/typed.go';
const URI = `file://${PATH}`;

/** Where an offset into `text` is for LSP. */
export function rangeOf(text: string, { start, end }: Edit): Range {
  const document = TextDocument.create(URI, 'go', 0, text);
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** More findings than any reader would look at, for a file of so many lines. */
export const flood = (lines: number): number => 20 + lines / 50;

export interface Typed {
  /** Milliseconds of each edit with its quick checks, and of each check of all. */
  quick: number[];
  whole: number[];
  /** The most findings at any time. */
  most: number;
}

/** Makes `steps` edits, and then takes all of them back. Throws on the first thing that is not as it has to be. */
export function typeInto(parser: Parser, text: string, seed: number, steps: number): Typed {
  const typist = new Typist(text, seed);
  const document = GoDocument.create(URI, 'go', 1, text);
  const packages = new Packages();
  const typed: Typed = { quick: [], whole: [], most: 0 };
  let version = 1;
  const before = see(true);
  for (let step = 0; step < steps; step++) {
    const now = typist.text;
    apply(now, typist.next());
    // A whole check now and then, as after a pause; the text read anew has to say the same.
    see(step % 50 === 49);
    if (step % 200 === 199) compareWithFresh();
  }
  for (let now = typist.text, edit = typist.undo(); edit; now = typist.text, edit = typist.undo()) apply(now, edit);
  assert.equal(document.getText(), text, 'everything is taken back');
  assert.deepEqual(see(true), before, 'what was said of the text is said again');
  document.dispose();
  return typed;

  function apply(now: string, edit: Edit): void {
    GoDocument.update(document, [{ range: rangeOf(now, edit), text: edit.text }], ++version);
  }

  function see(all: boolean): StaticFinding[] {
    const begin = performance.now();
    const tree = document.syntax(parser);
    assert.ok(tree);
    const { pkg, file } = packages.packageOf(PATH, document.getText(), tree);
    const quick = packages.quick.run(pkg, file, CHECKS);
    typed.quick.push(performance.now() - begin);
    assert.deepEqual(quick.problems, []);
    bounded(quick.findings.get(file) ?? []);
    if (!all) return [];
    const beginAll = performance.now();
    const whole = runChecks(pkg, CHECKS);
    concurrencySites({ text: document.getText(), tree });
    typed.whole.push(performance.now() - beginAll);
    assert.deepEqual(whole.problems, []);
    const found = whole.findings.get(file) ?? [];
    bounded(found);
    return found;
  }

  function bounded(found: readonly StaticFinding[]): void {
    typed.most = Math.max(typed.most, found.length);
    const lines = document.getText().split('\n').length;
    assert.ok(found.length <= flood(lines), `${found.length} findings in ${lines} lines (seed ${seed})`);
  }

  /** What typing has kept of the text against the text read anew. */
  function compareWithFresh(): void {
    const tree = document.syntax(parser)!;
    const { pkg, file } = packages.packageOf(PATH, document.getText(), tree);
    const fresh = { path: PATH, source: readSource(document.getText(), tree) };
    const kept = runChecks(pkg, CHECKS).findings.get(file) ?? [];
    const anew = runChecks(new Package([fresh]), CHECKS).findings.get(fresh) ?? [];
    assert.deepEqual(kept, anew, `what was kept differs from what is read anew (seed ${seed})`);
  }
}
