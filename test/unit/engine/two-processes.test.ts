/** A store that several processes write to at once: nothing that one of them has written is lost to another. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keepCounts, readCounts } from '../../../engine/store/counts';
import { readFindings, storeOf } from '../../../engine/store/store';
import { temporaryDirectory } from './temporary';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const ENGINE = join(import.meta.dirname, '..', '..', '..', 'engine', 'store');
const TIMES = 40;

/** What each process does, as the test with that name. */
const WRITER = `
import { keepCounts } from '${pathToFileURL(join(ENGINE, 'counts.ts')).href}';
import { storeOf, writeFinding } from '${pathToFileURL(join(ENGINE, 'store.ts')).href}';
const [directory, test] = process.argv.slice(2);
const store = storeOf(directory);
const schedule = { version: 1, package: 'example.com/m/p', test, seed: '1', strategy: 'random', sourceHash: '',
  preemptions: 0, sites: [], steps: [{ g: '1', op: 'start', site: -1 }] };
for (let time = 0; time < ${TIMES}; time++) {
  const count = { file: 'p/a.go', line: 3, column: 2, operation: 'lock', expression: 'mu', outcomes: { 'at-once': 1 }, runs: 1 };
  const counted = await keepCounts(store, [count]);
  if (!counted.ok) throw new Error(counted.problem);
  const finding = { id: String(time).padStart(12, '0'), kind: 'deadlock', verdict: 'confirmed', message: 'a waits for b',
    explanation: [], package: 'example.com/m/p', test, analysis: { name: 'deadlock', sound: true },
    sites: [{ file: 'p/a.go', line: 3, column: 2, role: 'waits', operation: 'lock' }] };
  const written = await writeFinding(store, finding, { schedule });
  if (!written.ok) throw new Error(written.problem);
}
`;

const TESTS = ['TestA', 'TestB', 'TestC'];
const LEFT_BY_THE_DEAD = `1073741823 0123456789ab ${hostname()}`;

describe('a store that several processes write to at once', function () {
  this.timeout(60_000);
  const directory = temporaryDirectory();

  const writer = (test: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const script = join(directory(), 'writer.mjs');
      writeFileSync(script, WRITER);
      const child = spawn(process.execPath, ['--import', LOADER, script, directory(), test], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (text: Buffer) => {
        said += text.toString();
      });
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(said))));
    });

  beforeEach(() => {
    mkdirSync(join(directory(), 'p'));
    writeFileSync(join(directory(), 'p', 'a.go'), 'package p\n');
    writeFileSync(join(directory(), 'go.mod'), 'module example.com/m\n');
  });

  it('keeps what each of them has counted, and found of one bug', async () => {
    await Promise.all(TESTS.map(writer));
    const store = storeOf(directory());
    const [count] = await readCounts(store);
    assert.equal(count?.runs, TESTS.length * TIMES);
    const { findings, warnings } = await readFindings(store);
    assert.deepEqual(warnings, []);
    assert.equal(findings.length, TIMES);
    for (const { test, alsoSeen = [] } of findings)
      assert.deepEqual([test, ...alsoSeen.map((view) => view.test)].sort(), TESTS);
    const left = readdirSync(store.directory, { recursive: true }).filter((name) => /lock|tmp/.test(String(name)));
    assert.deepEqual(left, []);
  });

  it('goes on where a process has died that was about to write', async () => {
    const store = storeOf(directory());
    mkdirSync(store.directory);
    const lock = join(store.directory, 'counts.json.lock');
    writeFileSync(lock, LEFT_BY_THE_DEAD);
    const count = { file: 'p/a.go', line: 3, column: 2, operation: 'lock', expression: 'mu', outcomes: {}, runs: 7 };
    assert.ok((await keepCounts(store, [count])).ok);
    assert.equal((await readCounts(store))[0]?.runs, 7);
    assert.ok(!existsSync(lock));
  });

  it('takes away what is no lock and has lain there for long', async () => {
    const store = storeOf(directory());
    const lock = join(store.directory, 'counts.json.lock');
    mkdirSync(lock, { recursive: true });
    utimesSync(lock, new Date(0), new Date(0));
    const count = { file: 'p/a.go', line: 3, column: 2, operation: 'lock', expression: 'mu', outcomes: {}, runs: 7 };
    assert.ok((await keepCounts(store, [count])).ok);
    assert.ok(!existsSync(lock));
  });
});
