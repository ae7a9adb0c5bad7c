/** What a CI matrix does: shards, their documents and stores united, and reports of all of it. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { assertSarif } from '../sarif-schema';
import { type Ended, ended, ROOT, start } from './command';

describe('reports and shards', function () {
  this.timeout(180_000);
  let repository = '';
  let examples = '';
  /** Not as a job of the CI that runs this test. */
  const environment: NodeJS.ProcessEnv = { ...process.env, GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' };

  before(() => {
    repository = mkdtempSync(join(tmpdir(), 'lockstep-reports-'));
    mkdirSync(join(repository, '.git'));
    examples = join(repository, 'go');
    cpSync(join(ROOT, 'examples'), examples, { recursive: true, filter: (path) => !path.includes('.lockstep') });
  });
  after(() => rmSync(repository, { recursive: true, force: true }));

  const lockstep = (args: string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    ended(start(examples, args, { ...environment, ...more }));
  const read = (file: string) => readFileSync(join(examples, file), 'utf8');

  describe('of two shards', () => {
    const documents: TestDocument[] = [];
    let merged: Ended;

    before(async () => {
      for (const index of [1, 2]) {
        const args = ['test', './...', '--shard', `${index}/2`, '--budget', '6s', '--seed', '1', '--json'];
        const run = await lockstep([...args, '--out', join(repository, `store-${index}`)]);
        assert.equal(run.code, 1, run.stderr);
        writeFileSync(join(repository, `${index}.json`), run.stdout);
        documents.push(JSON.parse(run.stdout));
      }
      const inputs = ['../1.json', '../2.json', '../store-1', '../store-2'];
      const reports = ['--sarif', 'out.sarif', '--junit', 'out.xml', '--markdown', 'out.md', '--github'];
      merged = await lockstep(['merge', ...inputs, '--json', ...reports]);
    });

    it('each explored half of the tests, none twice', () => {
      const names = documents.map(({ tests }) => tests.map(({ package: path, test }) => `${path} ${test}`));
      assert.deepEqual(
        names.map(({ length }) => length),
        [5, 5],
      );
      assert.equal(new Set(names.flat()).size, 10);
      assert.ok(names[0]?.every((name) => names[1]?.every((other) => name < other)));
    });

    it('the merged document has all findings and tests, and ends as test does', () => {
      assert.equal(merged.code, 1, merged.stderr);
      const document: TestDocument = JSON.parse(merged.stdout);
      assert.deepEqual(
        document.tests,
        documents.flatMap(({ tests }) => tests),
      );
      assert.deepEqual(
        document.findings.map(({ id }) => id).sort(),
        documents.flatMap(({ findings }) => findings.map(({ id }) => id)).sort(),
      );
      assert.deepEqual(document.problems, []);
    });

    it('a finding of a shard is replayed from the store they were merged into', async () => {
      const [finding] = documents[1]?.findings ?? [];
      const replay = await lockstep(['replay', finding?.id ?? '', '--times', '3', '--json']);
      assert.equal(replay.code, 1, replay.stderr);
      const { reproduced, sourceChanged } = JSON.parse(replay.stdout);
      assert.deepEqual([reproduced, sourceChanged], [3, false]);
    });

    it('reports name files from the root of the repository', () => {
      const log = JSON.parse(read('out.sarif'));
      assertSarif(log);
      const { runs } = log;
      const uris = runs[0].results.map(
        ({ locations }: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
          locations[0]?.physicalLocation.artifactLocation.uri,
      );
      assert.ok(uris.includes('go/podstatus/podstatus.go'), String(uris));
      for (const uri of uris) assert.ok(existsSync(join(repository, uri)));
      assert.match(
        merged.stderr,
        /^::error title=Deadlock \(confirmed\) in TestSetPodStatus of .*,file=go\/podstatus\/podstatus\.go,line=45,col=\d+::Goroutine/m,
      );
      assert.match(read('out.xml'), /<testsuite name="example\.com\/lockstep\/podstatus" tests="2" failures="1"/);
      assert.match(read('out.md'), /`go\/podstatus\/podstatus\.go:45`/);
    });

    it('a shard that is missing is said, ending with 2 when nothing is found', async () => {
      const silent = await lockstep([
        'test',
        './counter',
        '--run',
        'Fixed',
        '--shard',
        '1/2',
        '--schedules',
        '50',
        '--json',
      ]);
      assert.equal(silent.code, 0, silent.stderr);
      writeFileSync(join(repository, 'silent.json'), silent.stdout);
      const run = await lockstep(['merge', '../silent.json']);
      assert.equal(run.code, 2);
      assert.match(run.stderr, /Shard 2 of 2 is not among the documents/);
    });
  });

  it('annotates by itself in GitHub Actions, and adds to the summary of the step', async () => {
    const summary = join(repository, 'summary.md');
    writeFileSync(summary, '# Before\n');
    const run = await lockstep(['check', './fetch', '--markdown', summary, '--sarif', 'check.sarif', '--json'], {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
    });
    assert.equal(run.code, 1, run.stderr);
    assert.equal(JSON.parse(run.stdout).findings.length, 1);
    assertSarif(JSON.parse(read('check.sarif')));
    assert.match(
      run.stderr,
      /^::warning title=Abandoned channel \(suspected\) in .*,file=go\/fetch\/fetch\.go,line=\d+/m,
    );
    assert.match(readFileSync(summary, 'utf8'), /^# Before\n## Lockstep: 1 finding\n/);
  });

  describe('what cannot be merged is said in one line, ending with 2', () => {
    const written = (name: string, value: unknown) => {
      writeFileSync(join(repository, name), typeof value === 'string' ? value : JSON.stringify(value));
      return `../${name}`;
    };
    const refused: [string, () => string[], RegExp][] = [
      ['nothing', () => [], /say what to merge/],
      ['a file that is not there', () => ['gone.json'], /gone\.json cannot be read/],
      ['a file that is not JSON', () => ['go.mod'], /go\.mod cannot be read/],
      [
        'foreign JSON',
        () => [written('foreign.json', { name: 'x' })],
        /foreign\.json is not a document of lockstep test --json/,
      ],
      [
        'another version',
        () => [written('new.json', { version: 2, findings: [], tests: [], problems: [] })],
        /new\.json has version 2 of the format, and this Lockstep reads version 1/,
      ],
      [
        'what check printed',
        () => [written('check.json', { version: 1, findings: [], files: 1, problems: [] })],
        /check\.json has no tests/,
      ],
      [
        'a finding that is none',
        () => [written('bad.json', { version: 1, findings: [{ id: 'x' }], tests: [], problems: [] })],
        /bad\.json has a finding that is not valid/,
      ],
      ['a directory that is no store', () => ['podstatus'], /podstatus is not a store of Lockstep/],
    ];
    for (const [name, inputs, expected] of refused) {
      it(name, async () => {
        const run = await lockstep(['merge', ...inputs()]);
        assert.equal(run.code, 2, run.stdout);
        assert.equal(run.stdout, '');
        assert.match(run.stderr, expected);
        assert.equal(run.stderr.trim().split('\n').length, 1);
      });
    }
    it('a bad shard', async () => {
      const run = await lockstep(['test', '--shard', '3/2']);
      assert.equal(run.code, 2);
      assert.match(run.stderr, /--shard takes I\/N, such as 1\/4 for the first of four, not "3\/2"/);
    });
  });
});
