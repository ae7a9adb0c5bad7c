/** What the repository's settings call intended is no problem in a terminal either: listed, and no reason to fail. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../protocol/finding';
import { FINDING_LIST, type FindingDetail } from '../../protocol/messages';
import { startLanguageServer } from '../unit/server/language-server';
import { type Ended, ended, ROOT, start } from './command';

const SETTINGS = '.vscode/settings.json';
const QUIET = { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' };

describe('findings that are intended', function () {
  this.timeout(180_000);
  let repository = '';
  let module = '';
  before(() => {
    repository = mkdtempSync(join(tmpdir(), 'lockstep-intended-'));
    mkdirSync(join(repository, '.git'));
    module = join(repository, 'go');
    cpSync(join(ROOT, 'examples'), module, { recursive: true, filter: (path) => !path.includes('.lockstep') });
  });
  after(() => rmSync(repository, { recursive: true, force: true }));

  const lockstep = (directory: string, ...args: string[]): Promise<Ended> =>
    ended(start(directory, args, { ...process.env, ...QUIET }));
  const findingsOf = ({ stdout }: Ended): Finding[] => JSON.parse(stdout).findings;
  function settings(folder: string, file: string, text: string): void {
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  it('have the same id for the editor and from every folder', async () => {
    const [above] = findingsOf(await lockstep(repository, 'check', './go/fetch', '--json'));
    const [inside] = findingsOf(await lockstep(join(module, 'fetch'), 'check', '.', '--json'));
    const server = await startLanguageServer();
    try {
      await server.open('fetch/fetch.go', readFileSync(join(module, 'fetch/fetch.go'), 'utf8'));
      await server.diagnostics('fetch/fetch.go', (all) => all.length === 1);
      const [listed] = await server.connection.sendRequest<FindingDetail[]>(FINDING_LIST);
      assert.deepEqual([above?.kind, above?.id, inside?.id], ['abandoned-channel', listed?.id, listed?.id]);
    } finally {
      await server.stop();
    }
  });

  it('are listed with the reason and do not fail a check, whatever comments the settings have', async () => {
    const [finding] = findingsOf(await lockstep(module, 'check', './fetch', '--json'));
    settings(
      repository,
      SETTINGS,
      `{
  // The mirrors are closed with the process.
  "editor.rulers": [120],
  "lockstep.intended": { "${finding?.id}": "the process ends anyway", "ffffffffffff": 7, },
}`,
    );
    const run = await lockstep(module, 'check', './fetch');
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stderr, '');
    assert.match(run.stdout, /^intended abandoned-channel: /m);
    assert.match(run.stdout, new RegExp(`^  Intended: the process ends anyway \\(${finding?.id}\\)$`, 'm'));
    assert.match(run.stdout, /^no findings and 1 that is intended in \d+ files$/m);
    const written = ['--sarif', 'out.sarif', '--markdown', 'out.md', '--github', '--json'];
    const again = await lockstep(module, 'check', './fetch', ...written);
    assert.deepEqual(
      findingsOf(again).map(({ intended }) => intended),
      ['the process ends anyway'],
    );
    assert.doesNotMatch(again.stderr, /^::/m);
    const [result] = JSON.parse(readFileSync(join(module, 'out.sarif'), 'utf8')).runs[0].results;
    assert.deepEqual(result.suppressions, [
      { kind: 'external', status: 'accepted', justification: 'the process ends anyway' },
    ]);
    assert.match(readFileSync(join(module, 'out.md'), 'utf8'), /^## Lockstep: no bug and 1 that is intended\n/);
  });

  it('are no failure of their test, while others are', async () => {
    const explore = ['test', './fetch', '--run', 'TestFirst$', '--schedules', '60', '--seed', '1'];
    const first = await lockstep(module, ...explore, '--json');
    assert.equal(first.code, 1, first.stderr);
    const [leak] = findingsOf(first);
    settings(module, SETTINGS, JSON.stringify({ 'lockstep.intended': { [leak?.id ?? '']: 'mirrors may hang' } }));
    const run = await lockstep(module, ...explore, '--junit', 'out.xml');
    assert.equal(run.code, 0, run.stdout);
    assert.match(run.stdout, /TestFirst: no findings and 1 that is intended \(/);
    assert.match(run.stdout, /^no bug and 1 that is intended in \d+ interleavings of 1 test/m);
    const junit = readFileSync(join(module, 'out.xml'), 'utf8');
    assert.match(junit, /<testsuites name="lockstep" tests="1" failures="0" errors="0"/);
    assert.match(junit, /Intended \(mirrors may hang\): Goroutine leak/);
    writeFileSync(join(module, 'one.json'), (await lockstep(module, ...explore, '--json')).stdout);
    rmSync(join(module, '.vscode'), { recursive: true });
    const merged = await lockstep(module, 'merge', 'one.json', '--json');
    assert.deepEqual([merged.code, findingsOf(merged)[0]?.intended], [1, undefined], 'only what holds now counts');
  });

  it('are found in the file of a workspace with several folders', async () => {
    const [finding] = findingsOf(await lockstep(module, 'check', './fetch', '--json'));
    rmSync(join(repository, '.vscode'), { recursive: true });
    const text = { folders: [{ path: 'go' }], settings: { 'lockstep.intended': { [finding?.id ?? '']: 'as it is' } } };
    writeFileSync(join(repository, 'all.code-workspace'), JSON.stringify(text));
    assert.equal((await lockstep(module, 'check', './fetch')).code, 0);
    rmSync(join(repository, 'all.code-workspace'));
    assert.equal((await lockstep(module, 'check', './fetch')).code, 1);
  });

  it('may be missing where the settings have a fault, which is said', async () => {
    settings(module, SETTINGS, '{\n  "lockstep.intended": {,\n');
    const run = await lockstep(module, 'check', './fetch');
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /settings\.json is not valid in line 2: findings that it names as intended may be missing/,
    );
  });
});
