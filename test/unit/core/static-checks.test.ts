/** The static checks against `// want "check: regexp"` comments, and over the examples. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { CHECKS, checkDocument } from '../../../core/static/checks';
import { closeDocument, openDocument } from '../../../core/static/document';
import { type StaticFinding, toFinding } from '../../../core/static/finding';
import { runChecks } from '../../../core/static/run-checks';
import { readSource, type SourceFile } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { goParser } from '../go/parser';

const FIXTURES = 'test/fixtures/programs/static';

function check(parser: Parser, text: string, goVersion?: string, path = ''): StaticFinding[] {
  const document = openDocument(parser, text)!;
  const { findings, problems } = checkDocument(document, path, { goVersion });
  closeDocument(document);
  assert.deepEqual(problems, []);
  return findings;
}

/** Each line with a want has such a finding, and no other line has any. */
function compare(text: string, findings: readonly StaticFinding[]): void {
  const seen = new Map<number, string[]>();
  for (const { check: name, message, sites } of findings) {
    const { line } = sites[0].range.start;
    seen.set(line, [...(seen.get(line) ?? []), `${name}: ${message}`]);
  }
  const complaints: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const wants = [...(/\/\/ want (.*)$/u.exec(line)?.[1] ?? '').matchAll(/"((?:[^"\\]|\\.)*)"/gu)].map(
      ([, it]) => it!,
    );
    const found = seen.get(index + 1) ?? [];
    for (const want of wants) {
      if (!found.some((it) => new RegExp(want, 'u').test(it)))
        complaints.push(`${index + 1}: no ${want}; found ${found.join(' | ')}`);
    }
    if (found.length > wants.length) complaints.push(`${index + 1}: not wanted: ${found.join(' | ')}`);
  }
  assert.deepEqual(complaints, []);
}

describe('static checks', () => {
  let parser: Parser;
  before(async () => {
    parser = await goParser();
  });

  for (const name of readdirSync(FIXTURES).filter((it) => it.endsWith('.go'))) {
    it(`finds what ${name} wants`, () => {
      const text = readFileSync(join(FIXTURES, name), 'utf8');
      compare(text, check(parser, text, undefined, name));
    });
  }

  it('takes no longer for each link of a chain of calls, nor for each deferred function, than for the one before', () => {
    const links = (link: string): string =>
      Array.from({ length: 40 }, (_, at) => link.replace('%', String(at))).join('');
    const text = `package p

import (
	"sync"

	"example.com/foreign"
)

func chained(mu *sync.Mutex) {
	foreign.New()${links('.With%(foreign.Some)')}.Build()
	foreign.New()${links('.Part%.With(foreign.Some)')}.Build()
	${links(`defer func() {
		if recover() != nil {
			return
		}
		foreign.Do(%)
	}()
	`)}
	mu.Lock()
	mu.Lock() // want "double-lock"
}
`;
    compare(text, check(parser, text, undefined, 'chained.go'));
  });

  it('knows the functions of all systems for which a package has them', () => {
    const unit = (path: string, text: string): { path: string; source: SourceFile } => {
      const document = openDocument(parser, `package p\nimport "os/signal"\n${text}`)!;
      const source = readSource(document.text, document.tree);
      closeDocument(document);
      return { path, source };
    };
    const dump = 'func Serve() {\n\tdump := make(chan os.Signal)\n\tlisten(dump)\n\t<-dump\n}\n';
    const files = [
      unit('serve.go', dump),
      unit('listen_unix.go', 'func listen(to chan<- os.Signal) { signal.Notify(to, os.Interrupt) }\n'),
      unit('listen_windows.go', 'func listen(to chan<- os.Signal) {}\n'),
    ];
    const kinds = (of: typeof files): string[] =>
      [...runChecks(new Package(of, '1.24'), CHECKS).findings.values()].flat().map(({ check: kind }) => kind);
    assert.deepEqual(kinds(files), []);
    // Where none of them listens it is nobody's.
    assert.deepEqual(kinds([files[0]!, files[2]!]), ['unserved-channel']);
  });

  it('flags what is wrong in the examples and nothing else', () => {
    const files = readdirSync('examples', { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.go'));
    const found = files.flatMap((name) =>
      check(parser, readFileSync(join('examples', name), 'utf8')).map(
        ({ check: kind, function: where }) => `${name.replaceAll('\\', '/')} ${where} ${kind}`,
      ),
    );
    assert.deepEqual(found.sort(), [
      'booking/future.go (*Future).FirstSucc.func1 abandoned-channel',
      'fetch/fetch.go First abandoned-channel',
      'podstatus/podstatus.go (*Manager).SetPodStatus blocking-under-lock',
    ]);
  });

  for (const { name, examples, examplesGo } of CHECKS) {
    it(`${name}: its own examples are wrong and right`, () => {
      assert.ok(examples.length > 0);
      for (const { wrong, right } of examples) {
        assert.deepEqual(
          check(parser, `package p\n${wrong}\n`, examplesGo).map((it) => it.check),
          [name],
          wrong,
        );
        assert.deepEqual(
          check(parser, `package p\n${right}\n`, examplesGo).map(({ message }) => message),
          [],
          right,
        );
      }
    });
  }

  it('offers a buffer with room for every value', () => {
    const fixes = (path: string): string[] =>
      check(parser, readFileSync(path, 'utf8')).map(({ fixes: [first] }) => first!.title);
    assert.deepEqual(fixes('examples/fetch/fetch.go'), [
      'Give answers room for every value: make(chan string, len(fetchers))',
    ]);
    assert.deepEqual(fixes('examples/booking/future.go'), [
      'Give results room for every value: make(chan Result[T], 2)',
    ]);
  });

  it('is silent once its fix is applied', () => {
    for (const path of ['examples/fetch/fetch.go', 'examples/booking/future.go']) {
      const lines = readFileSync(path, 'utf8').split('\n');
      const [{ fixes }] = check(parser, lines.join('\n')) as [StaticFinding];
      for (const { range, text } of fixes[0]!.edits) {
        const line = lines[range.start.line - 1]!;
        lines[range.start.line - 1] = line.slice(0, range.start.column - 1) + text + line.slice(range.end.column - 1);
      }
      assert.deepEqual(check(parser, lines.join('\n')), []);
    }
  });

  it('finds planted bugs of the corpus, and says nothing of the corrected twins', () => {
    const corpus = 'test/fixtures/programs/corpus';
    const folders = readdirSync(corpus, { withFileTypes: true }).filter((it) => it.isDirectory());
    const hits = new Set<string>();
    for (const { name: folder } of folders) {
      const files = readdirSync(join(corpus, folder))
        .filter((name) => name.endsWith('.go'))
        .map((name) => {
          const document = openDocument(parser, readFileSync(join(corpus, folder, name), 'utf8'))!;
          const source = readSource(document.text, document.tree);
          closeDocument(document);
          return { path: `${folder}/${name}`, source };
        });
      const { findings, problems } = runChecks(new Package(files, '1.24'), CHECKS);
      assert.deepEqual(problems, []);
      for (const found of [...findings.values()].flat()) {
        assert.doesNotMatch(found.function, /ixed/u, `${found.sites[0].file}: ${found.message}`);
        const wanted = found.sites.some(({ file, range }) => {
          const text = files.find(({ path }) => path === file)!.source.text;
          return /\/\/ (?:want|may) /u.test(text.split('\n')[range.start.line - 1]!);
        });
        if (wanted) hits.add(found.sites[0].file);
      }
    }
    assert.ok(hits.size >= 16, [...hits].join(' '));
  });

  it('becomes a finding with byte columns, suspected', () => {
    const text = 'package p\nfunc f(mu *sync.Mutex) {\n\tmu.Lock()\n\t_ = "é世"; mu.Lock()\n}\n';
    const [found] = check(parser, text) as [StaticFinding];
    const finding = toFinding(found, { package: 'example.com/p', inModule: (file) => file });
    assert.equal(finding.verdict, 'suspected');
    // Tab, `_ = "`, two and three bytes, `"; `: the call begins in byte 15.
    assert.deepEqual(
      finding.sites.map(({ line, column }) => [line, column]),
      [
        [4, 15],
        [3, 2],
      ],
    );
    assert.match(finding.id, /^[0-9a-f]{12}$/u);
  });

  it('survives source that is broken anywhere', () => {
    const text =
      readFileSync(join(FIXTURES, 'abandoned-channel.go'), 'utf8') +
      readFileSync(join(FIXTURES, 'double-lock.go'), 'utf8');
    for (let cut = 1; cut < text.length; cut += 997) {
      check(parser, text.slice(0, cut));
      check(parser, text.slice(cut));
    }
  });
});
