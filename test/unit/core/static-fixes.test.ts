/** Every fix that is offered for the checks' examples, the corpus and fixtures of its own: applied, it has to hold. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { CHECKS } from '../../../core/static/checks';
import { closeDocument, openDocument } from '../../../core/static/document';
import type { StaticFinding } from '../../../core/static/finding';
import { runChecks } from '../../../core/static/run-checks';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { suppressionEdit } from '../../../core/static/suppression';
import { goParser } from '../go/parser';
import { applied } from './apply-edits';

/** A package: text by file name. */
type Sources = ReadonlyMap<string, string>;

const FIXTURES = 'test/fixtures/programs/fixes';
const CORPUS = 'test/fixtures/programs/corpus';

function sourcesIn(folder: string): Sources {
  const names = readdirSync(folder).filter((name) => name.endsWith('.go'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** gofmt of all files at once, by name. */
function gofmt(files: Sources): Map<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-fixes-'));
  try {
    for (const [file, text] of files) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
    execFileSync('gofmt', ['-w', directory]);
    return new Map([...files.keys()].map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Type-checks packages with go vet; gives what it says. */
function typeErrors(packages: ReadonlyMap<string, Sources>): string {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-fixes-'));
  try {
    // What programs of the corpus import, they import here.
    const required = readFileSync(join(CORPUS, 'go.mod'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('require '));
    writeFileSync(join(directory, 'go.mod'), `module fixed\n\ngo 1.25\n\n${required.join('\n')}\n`);
    copyFileSync(join(CORPUS, 'go.sum'), join(directory, 'go.sum'));
    for (const [folder, sources] of packages) {
      mkdirSync(join(directory, folder));
      for (const [name, text] of sources) writeFileSync(join(directory, folder, name), text);
    }
    execFileSync('go', ['vet', '-nilfunc', './...'], { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return String(error instanceof Error && 'stderr' in error ? error.stderr : error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe('fixes of static checks', function () {
  this.timeout(120_000);
  let parser: Parser;
  /** Compiling packages, and single files that need not compile, all as gofmt writes them. */
  const compiling = new Map<string, Sources>([
    ['fixes', sourcesIn(FIXTURES)],
    // A file of the corpus needs no other.
    ...readdirSync(CORPUS, { withFileTypes: true })
      .filter((it) => it.isDirectory())
      .flatMap(({ name: folder }) =>
        [...sourcesIn(join(CORPUS, folder))].map(([name, text]) => [folder, new Map([[name, text]])] as const),
      )
      .map(([folder, sources], index) => [`${folder}${index}of`, sources] as const),
    ...['booking', 'counter', 'fetch', 'podstatus'].map((name) => [name, sourcesIn(join('examples', name))] as const),
  ]);
  let single: Sources;

  before(async () => {
    parser = await goParser();
    const examples = CHECKS.flatMap(({ name, examples: all }) =>
      all.map(({ wrong }, index) => [`${name}_${index}.go`, `package p\n\n${wrong}\n`] as const),
    );
    const fixtures = [...sourcesIn('test/fixtures/programs/static')];
    single = gofmt(new Map([...examples, ...fixtures]));
  });

  function findings(sources: Sources): StaticFinding[] {
    const files = [...sources].map(([path, text]) => {
      const document = openDocument(parser, text)!;
      assert.equal(document.tree.rootNode.hasError, false, `${path} does not parse:\n${text}`);
      const source = readSource(text, document.tree);
      closeDocument(document);
      return { path, source };
    });
    const { findings: found, problems } = runChecks(new Package(files, '1.25'), CHECKS);
    assert.deepEqual(problems, []);
    return [...found.values()].flat();
  }

  const counts = (found: readonly StaticFinding[]): Map<string, number> => {
    const by = new Map<string, number>();
    for (const { check } of found) by.set(check, (by.get(check) ?? 0) + 1);
    return by;
  };

  /** Every fix of a package, applied by itself. */
  function* fixed(sources: Sources): Generator<{ found: StaticFinding; title: string; after: Sources }> {
    for (const found of findings(sources)) {
      for (const { title, edits } of found.fixes) {
        const after = new Map(sources);
        for (const file of new Set(edits.map(({ file }) => file))) {
          const own = edits.filter((edit) => edit.file === file);
          after.set(file, applied(sources.get(file)!, own));
        }
        yield { found, title, after };
      }
    }
  }

  it('parse, look as gofmt writes them, silence their check, and make no other speak', () => {
    const packages = [...compiling.values(), ...[...single].map((one) => new Map([one]))];
    const written = new Map<string, string>();
    const said: string[] = [];
    let number = 0;
    for (const sources of packages) {
      const before = counts(findings(sources));
      for (const { found, title, after } of fixed(sources)) {
        const of = `${found.sites[0].file}:${found.sites[0].range.start.line}: ${title}`;
        const now = counts(findings(after));
        for (const [check, count] of now)
          if (count > (before.get(check) ?? 0)) said.push(`${of}: makes ${check} speak`);
        if ((now.get(found.check) ?? 0) >= before.get(found.check)!) said.push(`${of}: ${found.check} is not silent`);
        for (const [name, text] of after) if (text !== sources.get(name)) written.set(`${number++}/${name}`, text);
      }
    }
    assert.deepEqual(said, []);
    assert.ok(number >= 60, `${number} fixes`);
    for (const [file, text] of gofmt(written)) assert.equal(written.get(file), text, file);
  });

  it('compile', () => {
    const packages = new Map<string, Sources>();
    for (const [folder, sources] of compiling) {
      for (const { after } of fixed(sources)) packages.set(`${folder}${packages.size}`, after);
    }
    assert.ok(packages.size >= 40, `${packages.size} packages`);
    assert.equal(typeErrors(packages), '');
  });

  it('are those that the fixtures name, several where there is a choice', () => {
    const sources = sourcesIn(FIXTURES);
    const wanted: Record<string, string> = {};
    for (const [name, text] of sources) {
      for (const [index, line] of text.split('\n').entries()) {
        const titles = /\/\/ fixes: (.+)$/u.exec(line)?.[1];
        if (titles !== undefined) wanted[`${name}:${index + 1}`] = titles;
      }
    }
    const offered = findings(sources).map(({ sites: [{ file, range }], fixes }) => [
      `${file}:${range.start.line}`,
      fixes.map(({ title }) => title).join(' | '),
    ]);
    assert.deepEqual(Object.fromEntries(offered), wanted);
  });

  it('can be declined by a comment, which gofmt leaves as it is', () => {
    const suppressed = new Map<string, string>();
    for (const [name, original] of single) {
      let text = original;
      // One comment for each place; each moves those behind it.
      for (let found = findings(new Map([[name, text]])); found.length > 0; found = findings(new Map([[name, text]]))) {
        const [{ sites, check }] = found as [StaticFinding];
        const { range } = sites[0];
        text = applied(text, [suppressionEdit(text.split('\n')[range.start.line - 1]!, range, check)]);
        assert.ok(text.length < 2 * original.length + 10_000, `${check} is not silenced\n${text}`);
      }
      suppressed.set(name, text);
    }
    for (const [file, text] of gofmt(suppressed)) assert.equal(suppressed.get(file), text, file);
  });
});
