/** The fixes of all checks' examples, and source that is being typed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { CHECKS, checkDocument } from '../../../core/static/checks';
import { closeDocument, editDocument, openDocument } from '../../../core/static/document';
import type { StaticFinding, StaticFix } from '../../../core/static/finding';
import { QuickChecks, runChecks } from '../../../core/static/run-checks';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { suppressionEdit } from '../../../core/static/suppression';
import { goParser } from '../go/parser';

type Edit = StaticFix['edits'][number];

/** Applies edits given in lines and byte columns; all examples are ASCII. */
function apply(text: string, edits: readonly Omit<Edit, 'file'>[]): string {
  const starts = [0];
  for (const line of text.split('\n')) starts.push(starts.at(-1)! + line.length + 1);
  const offset = ({ line, column }: { line: number; column: number }): number => starts[line - 1]! + column - 1;
  // From the back, so that what is in front keeps its place.
  const sorted = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  return sorted.reduce(
    (result, { range, text: inserted }) =>
      result.slice(0, offset(range.start)) + inserted + result.slice(offset(range.end)),
    text,
  );
}

describe('fixes of static checks', () => {
  let parser: Parser;
  let formatted: Map<string, string>;
  const name = (check: string, example: number): string => `${check}_${example}.go`;

  const findings = (text: string, only?: string[]): StaticFinding[] => {
    const document = openDocument(parser, text)!;
    const found = checkDocument(document, 'x.go', only).findings;
    closeDocument(document);
    return found;
  };

  /** gofmt of all files at once, by name. */
  function gofmt(files: ReadonlyMap<string, string>): Map<string, string> {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-fixes-'));
    try {
      return written(directory, files);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  function written(directory: string, files: ReadonlyMap<string, string>): Map<string, string> {
    for (const [file, text] of files) writeFileSync(join(directory, file), text);
    execFileSync('gofmt', ['-w', directory]);
    return new Map([...files.keys()].map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
  }

  before(async () => {
    parser = await goParser();
    formatted = gofmt(
      new Map(
        CHECKS.flatMap(({ name: check, examples }) =>
          examples.map(({ wrong }, index) => [name(check, index), `package p\n\n${wrong}\n`] as const),
        ),
      ),
    );
  });

  it('parse, look as gofmt writes them, and silence the check', () => {
    const fixed = new Map<string, string>();
    const silent = new Map<string, string>();
    for (const { name: check, examples } of CHECKS) {
      for (const index of examples.keys()) {
        const text = formatted.get(name(check, index))!;
        for (const [number, { title, edits }] of findings(text, [check])
          .flatMap(({ fixes }) => fixes)
          .entries()) {
          const file = `${number}_${name(check, index)}`;
          const result = apply(text, edits);
          const tree = parser.parse(result)!;
          assert.equal(tree.rootNode.hasError, false, `${check}: ${title}\n${result}`);
          tree.delete();
          fixed.set(file, result);
          silent.set(file, check);
        }
      }
    }
    assert.ok(fixed.size >= 15, `${fixed.size} fixes`);
    for (const [file, text] of gofmt(fixed)) {
      assert.equal(fixed.get(file), text, file);
      assert.deepEqual(findings(text, [silent.get(file)!]), [], `${file}\n${text}`);
    }
  });

  it('can be declined by a comment, which gofmt leaves as it is', () => {
    const suppressed = new Map<string, string>();
    for (const { name: check, examples } of CHECKS) {
      for (const index of examples.keys()) {
        let text = formatted.get(name(check, index))!;
        // One comment for each place; each moves those behind it.
        for (let found = findings(text, [check]); found.length > 0; found = findings(text, [check])) {
          const [{ sites }] = found as [StaticFinding];
          const { range } = sites[0];
          text = apply(text, [suppressionEdit(text.split('\n')[range.start.line - 1]!, range, check)]);
          assert.ok(text.length < 10_000, `${check} is not silenced`);
        }
        suppressed.set(name(check, index), text);
      }
    }
    for (const [file, text] of gofmt(suppressed)) assert.equal(suppressed.get(file), text, file);
  });
});

describe('static checks while typing', () => {
  it('say after each edit what they say of the text read anew, and never fail', async () => {
    const parser = await goParser();
    const text = readFileSync('test/fixtures/programs/corpus/deadlock/send_under_lock_test.go', 'utf8');
    let document = openDocument(parser, '')!;
    let source = readSource('', document.tree);
    for (const [at, character] of [...text].entries()) {
      document = editDocument(parser, document, [{ start: at, end: at, text: character }])!;
      source = readSource(document.text, document.tree, source);
      if (at % 7 !== 0 && at !== text.length - 1) continue;
      const { findings, problems } = runChecks(new Package([{ path: 'x.go', source }]), CHECKS);
      assert.deepEqual(problems, []);
      const anew = openDocument(parser, document.text)!;
      assert.deepEqual([...findings.values()].flat(), checkDocument(anew, 'x.go').findings, `at ${at}`);
      closeDocument(anew);
    }
    closeDocument(document);
  });

  it('keep what they said of functions that only moved, at their new places', async () => {
    const parser = await goParser();
    const bodies = CHECKS.filter(({ wholePackage }) => !wholePackage).flatMap(({ examples }) => examples);
    // Each in a function of its own name, so that none is declared twice.
    const text = bodies
      .map(({ wrong }, index) => wrong.replace(/^(func |type |var )(\w+)/gmu, `$1$2${index}`))
      .join('\n\n');
    const quick = new QuickChecks();
    const file = { path: 'x.go', source: readSource('', openDocument(parser, '')!.tree) };
    for (const head of ['', '\n', '// more\n\n', 'func first() {}\n\n']) {
      const document = openDocument(parser, `package p\n\n${head}${text}\n`)!;
      file.source = readSource(document.text, document.tree, file.source);
      const { findings } = quick.run(new Package([file]), file, CHECKS);
      const anew = new QuickChecks().run(new Package([file]), file, CHECKS);
      assert.ok((findings.get(file) ?? []).length > 10);
      assert.deepEqual(findings.get(file), anew.findings.get(file), head);
      closeDocument(document);
    }
  });
});
