/** Source that is being typed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CHECKS, checkDocument } from '../../../core/static/checks';
import { closeDocument, openDocument } from '../../../core/static/document';
import { QuickChecks, runChecks } from '../../../core/static/run-checks';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { GoDocument } from '../../../server/documents/go-document';
import { goParser } from '../go/parser';

describe('static checks while typing', () => {
  it('say after each edit what they say of the text read anew, and never fail', async () => {
    const parser = await goParser();
    const text = readFileSync('test/fixtures/programs/corpus/deadlock/send_under_lock_test.go', 'utf8');
    const document = GoDocument.create('file:///x.go', 'go', 0, '');
    let source = readSource('', document.syntax(parser)!);
    for (const [at, character] of [...text].entries()) {
      const end = document.positionAt(document.getText().length);
      GoDocument.update(document, [{ range: { start: end, end }, text: character }], at + 1);
      source = readSource(document.getText(), document.syntax(parser)!, source);
      if (at % 7 !== 0 && at !== text.length - 1) continue;
      const { findings, problems } = runChecks(new Package([{ path: 'x.go', source }]), CHECKS);
      assert.deepEqual(problems, []);
      const anew = openDocument(parser, document.getText())!;
      assert.deepEqual([...findings.values()].flat(), checkDocument(anew, 'x.go').findings, `at ${at}`);
      closeDocument(anew);
    }
    document.dispose();
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
