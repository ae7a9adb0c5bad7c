/** `lockstep replay --debug`: a real Delve stops where the finding shows. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '../../engine/system/installation';
import type { Finding, FindingKind } from '../../protocol/finding';
import { type Ended, ended, start } from './command';

const PROGRAM = path.join(import.meta.dirname, '..', 'fixtures', 'programs', 'debug');

describe('lockstep replay --debug', function () {
  this.timeout(400_000);
  let directory = '';
  let findings: Finding[] = [];

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'lockstep-debug-'));
    cpSync(PROGRAM, directory, { recursive: true });
    const explored = await ended(
      start(directory, ['test', '--seed', '1', '--schedules', '200', '--json'], process.env),
    );
    findings = JSON.parse(explored.stdout).findings;
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const idOf = (kind: FindingKind, test: string): string => {
    const found = findings.find((finding) => finding.kind === kind && finding.test === test);
    assert.ok(found, `no ${kind} in ${test}: ${findings.map(({ message }) => message).join('; ')}`);
    return found.id;
  };

  /** What Delve says to these commands. */
  function debugged(id: string, commands: string[], environment: NodeJS.ProcessEnv = process.env): Promise<Ended> {
    const child = start(directory, ['replay', id, '--debug'], environment, 'pipe');
    child.stdin?.on('error', () => {});
    child.stdin?.end(`${commands.join('\n')}\nexit\n`);
    return ended(child);
  }

  /** `debug_test.go:14` of the line that says `// stops: leak`. */
  function marked(name: string): string {
    const lines = readFileSync(path.join(directory, 'debug_test.go'), 'utf8').split('\n');
    return `debug_test.go:${lines.findIndex((line) => line.endsWith(`// stops: ${name}`)) + 1}`;
  }

  /** Without colours. */
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how they begin
  const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '');

  for (const { name, kind, test } of [
    { name: 'leak', kind: 'goroutine-leak', test: 'TestLeak' },
    { name: 'race', kind: 'data-race', test: 'TestRace' },
    { name: 'panic', kind: 'close-of-closed-channel', test: 'TestPanic' },
    { name: 'failure', kind: 'test-failure', test: 'TestFails' },
  ] as const) {
    it(`stops at a ${name} with the line on its stack, and says what it is`, async () => {
      const id = idOf(kind, test);
      const { stdout, stderr, code } = await debugged(id, ['continue', 'stack', 'continue']);
      const said = plain(stdout + stderr);
      assert.equal(code, 0, stderr);
      const message = findings.find((finding) => finding.id === id)?.message ?? '';
      assert.ok(said.includes(`Lockstep: ${message}`), said);
      // The stack, innermost first: the first line of the program that is not a wrapper of the compiler's.
      const stack = plain(stdout).slice(plain(stdout).lastIndexOf('stopHere'));
      const places = [...stack.matchAll(/ in (\S+)\n\s+at \.\/(\S+)/g)].filter(
        ([, called]) => !/deferwrap/.test(called ?? ''),
      );
      assert.equal(places[0]?.[2], marked(name), said);
      assert.match(said, /Process \d+ has exited with status/);
    });
  }

  it('stops where the run takes another course, when the code has changed', async () => {
    const file = path.join(directory, 'debug_test.go');
    const text = readFileSync(file, 'utf8');
    const id = idOf('goroutine-leak', 'TestLeak');
    writeFileSync(file, text.replace('answers := make(chan int)', 'answers := make(chan int, 2)'));
    const { stdout, stderr } = await debugged(id, ['continue']);
    writeFileSync(file, text);
    assert.match(stderr, /The code has changed since this was found, so the run may take another course/);
    assert.match(stdout + stderr, /Lockstep: the run has (taken another course|ended \(pass\) without a stop)/);
  });

  it('says in one sentence that Delve is missing and cannot be installed', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'lockstep-debug-cache-'));
    try {
      // The tracer is there; modules are not, and nobody can be asked for them.
      mkdirSync(path.join(cache, 'lockstep'));
      symlinkSync(path.join(cacheDirectory(process.env), 'tracer'), path.join(cache, 'lockstep', 'tracer'));
      const folders = (process.env.PATH ?? '').split(path.delimiter);
      const environment = {
        ...process.env,
        XDG_CACHE_HOME: cache,
        GOCACHE: execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim(),
        GOPATH: path.join(cache, 'go'),
        GOBIN: '',
        GOMODCACHE: '',
        GOPROXY: 'off',
        PATH: folders.filter((folder) => !existsSync(path.join(folder, 'dlv'))).join(path.delimiter),
      };
      const { code, stderr } = await debugged(idOf('goroutine-leak', 'TestLeak'), [], environment);
      assert.equal(code, 2);
      const last = stderr.trim().split('\n').at(-1) ?? '';
      assert.match(
        last,
        /^lockstep: Debugging needs Delve, which could not be installed \(.*\); put a dlv of yours on the PATH: go install /,
      );
      assert.deepEqual(readdirSync(path.join(cache, 'lockstep', 'delve')), []);
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });
});
