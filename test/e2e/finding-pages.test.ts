/** The examples of docs/findings that are found by running: one package has all of them, and each shows its kind. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pageOf } from '../../core/report/finding-page';
import { type FindingKind, RUN_KINDS, type TestDocument } from '../../protocol/finding';
import { lockstep } from '../../scripts/corpus/lockstep.mjs';
import { ROOT } from './command';

describe('the examples of the pages', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-pages-'));
  const pages = new Map<FindingKind, string>();
  let document: TestDocument;
  before(async () => {
    writeFileSync(path.join(directory, 'go.mod'), 'module example.com/findings\n\ngo 1.24\n');
    for (const kind of RUN_KINDS) {
      const page = readFileSync(path.join(ROOT, pageOf(kind)), 'utf8');
      pages.set(kind, page);
      const blocks = [...page.matchAll(/^```go\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
      writeFileSync(path.join(directory, `${kind}_test.go`), `package findings\n\n${blocks.join('\n')}`);
    }
    const run = await lockstep(directory, ['test', '.', '--schedules', '60', '--seed', '1', '--json']);
    document = JSON.parse(run.stdout);
    assert.deepEqual(document.problems, []);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const kind of RUN_KINDS) {
    it(`${kind}: is what the first shows, in the words of the page; the second shows nothing`, () => {
      const file = `${kind}_test.go`;
      const found = document.findings.filter(({ sites }) => sites[0]?.file === file);
      assert.deepEqual(
        found.map((finding) => [finding.kind, finding.verdict]),
        [[kind, 'confirmed']],
      );
      assert.doesNotMatch(found[0]?.test ?? '', /^TestMended/);
      const words = (found[0]?.message ?? '').replaceAll(/ \([\w.-]+:\d+\)/g, '');
      // Which of several goroutines that do the same it is depends on the schedule.
      const plain = (text: string) => text.replaceAll(/oroutine \d(\.\d)*/g, 'oroutine N');
      assert.ok(plain(pages.get(kind) ?? '').includes(`> ${plain(words)}`), words);
    });
  }

  it('was explored with its mended half', () => {
    const tests = document.tests.map(({ test }) => test);
    assert.equal(tests.length, 2 * RUN_KINDS.length);
    assert.equal(tests.filter((test) => test.startsWith('TestMended')).length, RUN_KINDS.length);
  });
});
