// What is in the package that users install, and what is not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');

/** Names in a zip archive, from its central directory (APPNOTE.TXT 4.3.12 and 4.3.16; no zip64, no comment). */
function namesInZip(file: string): string[] {
  const bytes = readFileSync(file);
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50, 'an end of central directory record');
  const names: string[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50, 'a central directory header');
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    names.push(bytes.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

describe('the package', () => {
  let folder = '';
  let names: string[] = [];
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'package-test-'));
    const made = spawnSync(process.execPath, ['scripts/package.mjs', '--out', folder], { cwd: root, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const vsix = made.stdout.trim();
    assert.deepEqual(readdirSync(folder), [path.basename(vsix)]);
    names = namesInZip(vsix).map((name) => name.replace(/^extension\//, ''));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has everything that runs', () => {
    const wanted = [
      'package.json',
      'readme.md',
      'changelog.md',
      'LICENSE.txt',
      'media/icon.png',
      'dist/client.cjs',
      'dist/server.cjs',
      'dist/cli.cjs',
      'dist/web-tree-sitter.wasm',
      'dist/tree-sitter-go.wasm',
      'dist/media/trace.js',
      'dist/media/panes.css',
      'dist/media/trace.css',
      'dist/media/worker.js',
      'media/lockstep.svg',
      'dist/third-party-licenses.txt',
      'syntaxes/lockstep-trace.tmLanguage.json',
      'tracer/go.mod',
      'tracer/cmd/lockstep-tracer/main.go',
      'tracer/launch/launch.go',
      'tracer/runtime/scheduler.go',
      'tracer/vendor/modules.txt',
      'tracer/vendor/golang.org/x/tools/LICENSE',
    ];
    assert.deepEqual(
      wanted.filter((name) => !names.includes(name)),
      [],
    );
  });

  it('has nothing else', () => {
    const known = [
      /^(package\.json|readme\.md|changelog\.md|LICENSE\.txt|extension\.vsixmanifest|\[Content_Types\]\.xml)$/,
      /^dist\/(client\.cjs|server\.cjs|cli\.cjs|[a-z-]+\.wasm|third-party-licenses\.txt|media\/\w+\.(js|css))$/,
      /^media\/(icon\.png|lockstep\.svg)$/,
      /^syntaxes\/[\w.-]+\.json$/,
      /^tracer\/(go\.mod|go\.sum|embed\.go|(cmd|launch|rewrite|runtime)\/([\w-]+\/)?\w+\.go)$/,
      /^tracer\/vendor\//,
    ];
    assert.deepEqual(
      names.filter((name) => /_test\.go$/.test(name) || !known.some((pattern) => pattern.test(name))),
      [],
    );
  });
});
