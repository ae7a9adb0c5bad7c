// What is in the package that users install, and that scripts/package.mjs notices what should not be there, or is not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Package, readPackage } from '../../scripts/package/archive.mjs';
import { contentProblems, MOST } from '../../scripts/package/contents.mjs';
import { manifestProblems } from '../../scripts/package/manifest.mjs';

const root = path.join(import.meta.dirname, '../..');

describe('the package', () => {
  let folder = '';
  let made: Package;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'package-test-'));
    const run = spawnSync(process.execPath, ['scripts/package.mjs', '--out', folder], { cwd: root, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    const vsix = run.stdout.trim();
    assert.deepEqual(readdirSync(folder), [path.basename(vsix)]);
    made = readPackage(vsix);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const manifest = () => JSON.parse(made.entries.get('package.json')?.read().toString('utf8') ?? '');
  const text = (words: string) => ({ packed: 0, size: words.length, read: () => Buffer.from(words) });
  /** The package as it would be with other entries. */
  const altered = (change: (entries: Package['entries']) => void): Package => {
    const entries = new Map(made.entries);
    change(entries);
    return { ...made, entries };
  };

  it('is made of what is allowed, with all that is needed', () => {
    assert.deepEqual(contentProblems(made), []);
    assert.deepEqual(manifestProblems(manifest(), made.entries), []);
  });

  it('may not be too large, lack a file or have one more', () => {
    const said = [
      ...contentProblems({ ...made, bytes: MOST }),
      ...contentProblems(altered((entries) => entries.delete('dist/server.cjs'))),
      ...contentProblems(altered((entries) => entries.set('dist/server.cjs.map', text('')))),
      ...contentProblems(altered((entries) => entries.set('tracer/runtime/scheduler_test.go', text('')))),
      ...contentProblems(altered((entries) => entries.delete('tracer/vendor/golang.org/x/tools/LICENSE'))),
    ];
    assert.deepEqual(
      said.map((sentence) => sentence.replaceAll(/\d+/g, 'N')),
      [
        'the package has N bytes, and N are the most',
        'dist/server.cjs is missing',
        'dist/server.cjs.map is nothing that scripts/package/contents.mjs allows',
        'tracer/runtime/scheduler_test.go is nothing that scripts/package/contents.mjs allows',
        'tracer/vendor/golang.org/x/tools/ goes without its license',
      ],
    );
  });

  it('has a manifest whose references lead somewhere', () => {
    const { contributes } = manifest();
    const menus = { 'view/title': [{ command: 'lockstep.gone', when: 'view == lockstep.nowhere' }] };
    const said = (change: object) =>
      manifestProblems({ ...manifest(), contributes: { ...contributes, ...change } }, made.entries);
    assert.deepEqual(said({ menus }), [
      'package.json: the menu view/title names the command lockstep.gone, which is not there',
      'package.json: the menu view/title names the view lockstep.nowhere, which is not there',
    ]);
    assert.deepEqual(said({ grammars: [{ path: './syntaxes/gone.json' }] }), [
      'package.json: ./syntaxes/gone.json is not in the package',
    ]);
    const { configuration } = contributes;
    const loud = { properties: { 'lockstep.loud': { type: 'boolean' } } };
    assert.deepEqual(said({ configuration: [...configuration, loud] }), [
      'package.json: lockstep.loud lacks a description, type or default',
    ]);
    assert.deepEqual(said({ commands: [...contributes.commands, { command: 'lockstep.more', title: '%more%' }] }), [
      'package.json: lockstep.more lacks a title or category',
      'package.json: %more% is not in package.nls.json',
    ]);
    assert.deepEqual(said({ debuggers: [] }), [
      'package.json: package.nls.json has debugger.lockstep-go.label, which nothing uses',
    ]);
  });

  it('says whose code it carries, with the licenses', () => {
    const licenses = made.entries.get('dist/third-party-licenses.txt')?.read().toString('utf8') ?? '';
    for (const name of ['onnxruntime-web', 'onnxruntime-common', 'tree-sitter-go', 'vscode-languageclient'])
      assert.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
  });

  it('runs by itself: the model runtime of the command line is found beside it', () => {
    const home = mkdtempSync(path.join(tmpdir(), 'package-run-'));
    try {
      for (const [name, { read }] of made.entries) {
        if (!/^dist\/[^/]+$/.test(name)) continue;
        mkdirSync(path.join(home, 'dist'), { recursive: true });
        writeFileSync(path.join(home, name), read());
      }
      const kernel = path.join(home, 'gobench/goker/blocking/project/1');
      mkdirSync(kernel, { recursive: true });
      writeFileSync(path.join(kernel, 'kernel_test.go'), 'package kernel\n');
      writeFileSync(path.join(home, 'broken.onnx'), 'no model');
      const args = ['dist/cli.cjs', 'evaluate', '--dir', '.', '--model', 'broken.onnx'];
      const run = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
      assert.equal(run.status, 2, run.stdout);
      // It is the runtime itself that says so.
      assert.match(run.stderr, /broken\.onnx cannot be loaded: .*protobuf parsing failed/);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
