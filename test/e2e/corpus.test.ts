/** The programs of test/fixtures/programs/corpus: every planted bug is found on its line, and the corrected twins are silent. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { TestDocument } from '../../protocol/finding';
import { type Corpus, complaints, overdue, readCorpus } from '../../scripts/corpus/expectations.mjs';
import { CORPUS, copyOfCorpus, exploreThriftily } from '../../scripts/corpus/lockstep.mjs';

describe('the corpus', function () {
  this.timeout(840_000);
  let directory = '';
  let corpus: Corpus;
  let document: TestDocument;

  before(async () => {
    directory = copyOfCorpus();
    corpus = readCorpus(CORPUS);
    document = await exploreThriftily(directory, corpus);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('has at least 80 programs, each with a corrected twin', () => {
    const names = new Set(corpus.tests.map(({ file, test }) => `${file} ${test}`));
    const planted = corpus.tests.filter(({ test }) => !test.startsWith('TestFixed'));
    assert.ok(planted.length >= 80);
    for (const { file, test } of planted) assert.ok(names.has(`${file} ${test.replace('Test', 'TestFixed')}`), test);
  });

  it('is found as its comments say, and nothing else', () => {
    assert.deepEqual(complaints(corpus, document), []);
  });

  it('has every finding replayed each time', () => {
    const unsteady = document.findings.filter(({ stats }) => !stats?.replays || stats.replayed !== stats.replays);
    assert.deepEqual(
      unsteady.map(({ id, test, stats }) => `${id} of ${test}: ${stats?.replayed} of ${stats?.replays}`),
      [],
    );
  });

  it('has nothing on its pending list that is found', () => {
    assert.deepEqual(overdue(corpus, document), []);
  });
});
