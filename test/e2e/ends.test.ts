/**
 * How runs end, with real Go: the programs of test/fixtures/programs/ends say on the line of each finding what is
 * wanted there, `// want <kind> "<part of the message>" [in <full name of the test>]`. What is not wanted is wrong too.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, TestDocument } from '../../protocol/finding';
import { englishLeft } from '../unit/pseudo';
import { type Ended, ended, ROOT, start } from './command';

const PROGRAMS = join('test', 'fixtures', 'programs', 'ends');

interface Wanted {
  file: string;
  line: number;
  kind: string;
  message: string;
  test: string;
}

/** What the comments of a package want. */
function wantedIn(name: string): Wanted[] {
  const file = `${name}/${name}_test.go`;
  let test = '';
  return readFileSync(join(ROOT, PROGRAMS, file), 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      test = /^func (Test\w+)/.exec(text)?.[1] ?? test;
      const want = /\/\/ want (\S+) "(.*?)"(?: in (\S+))?$/.exec(text);
      if (!want) return [];
      const [, kind = '', message = '', named] = want;
      return [{ file, line: index + 1, kind, message, test: named ?? test }];
    });
}

describe('how runs end', function () {
  this.timeout(240_000);
  let home = '';
  let module = '';
  let environment: NodeJS.ProcessEnv = {};

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-ends-'));
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
    module = join(home, 'module');
    cpSync(join(ROOT, PROGRAMS), module, { recursive: true });
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const lockstep = (...args: string[]): Promise<Ended> => ended(start(module, args, environment));

  for (const name of ['always', 'deaths', 'livelock', 'subtests']) {
    describe(name, () => {
      let document: TestDocument;
      before(async () => {
        const run = await lockstep('test', `./${name}`, '--budget', '24s', '--seed', '7', '--json');
        assert.equal(run.code, 1, run.stderr);
        document = JSON.parse(run.stdout);
      });

      it('has what the programs want, and nothing else', () => {
        const told = (finding: Finding) => {
          const [site] = finding.sites;
          return `${site?.file}:${site?.line} ${finding.kind} in ${finding.test}: ${finding.message}`;
        };
        const left = new Set(document.findings);
        for (const { file, line, kind, message, test } of wantedIn(name)) {
          const found = [...left].find((finding) => {
            const places = finding.kind === 'deadlock' ? finding.sites : finding.sites.slice(0, 1);
            const here = places.some((site) => site.file === file && site.line === line);
            return here && finding.kind === kind && finding.message.includes(message);
          });
          assert.ok(found, `${file}:${line} ${kind} "${message}"; found\n${[...left].map(told).join('\n')}`);
          // A test that only some other function of the file serves has no name on the line.
          if (name === 'subtests') assert.equal(found.test, test);
          left.delete(found);
        }
        assert.deepEqual([...left].map(told), []);
        assert.deepEqual(document.problems, []);
      });

      if (name === 'always') {
        it('says whether it is so without Lockstep, too', () => {
          const native = (test: string) => {
            const finding = document.findings.find((one) => one.test === test);
            return finding?.explanation.at(-1) ?? '';
          };
          assert.match(native('TestWrong'), /in each of \d+ interleavings, and without Lockstep as well/);
          assert.match(native('TestNil'), /in each of \d+ interleavings, and without Lockstep as well/);
          assert.match(native('TestTakesTime'), /in each of \d+ interleavings, but not without Lockstep/);
        });
      }

      it('can be told in another language', () => {
        const source = readFileSync(join(ROOT, PROGRAMS, name, `${name}_test.go`), 'utf8');
        assert.deepEqual(englishLeft(document.findings, source), []);
      });

      it('is confirmed, with a schedule that replays', async () => {
        for (const finding of document.findings) {
          assert.equal(finding.verdict, 'confirmed', finding.message);
          const replay = await lockstep('replay', finding.id, '--times', '5', '--json');
          assert.equal(JSON.parse(replay.stdout).reproduced, 5, `${finding.message}\n${replay.stderr}`);
        }
      });
    });
  }
});
