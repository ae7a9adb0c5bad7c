// Makes lockstep-go-VERSION.vsix, the package that is installed in VS Code, and checks it.
//   node scripts/package.mjs [--out DIR]      DIR is the checkout's root unless told
// What may be in it says package/contents.mjs, what its manifest must keep package/manifest.mjs. What goes in is decided by .vscodeignore. It is put together in a staging folder, because it has two things that
// the checkout has not: a fresh build without leftovers, and the tracer's dependencies, vendored.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './checkout.mjs';
import { readPackage } from './package/archive.mjs';
import { contentProblems } from './package/contents.mjs';
import { manifestProblems } from './package/manifest.mjs';

const { values: options } = parseArgs({ options: { out: { type: 'string', default: root } } });
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const vsix = path.join(path.resolve(options.out), `${name}-${version}.vsix`);
const parts = [
  '.vscodeignore',
  'package.json',
  'package.nls.json',
  'l10n',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'media',
  'syntaxes',
  'tracer',
  'docs/findings',
  'examples',
];

/** The tracer's tests stay at home, and so does what an earlier hand may have vendored. */
function ships(file) {
  const name = path.basename(file);
  // The example is a test, and what was found in it here stays here.
  if (file.startsWith(path.join(root, 'examples'))) return name !== '.lockstep';
  return !name.endsWith('_test.go') && name !== 'testdata' && file !== path.join(root, 'tracer/vendor');
}

function run(cwd, command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', process.stderr, process.stderr] });
  if (error || status !== 0)
    throw new Error(`${path.basename(command)} ${args[0]} failed${error ? `: ${error.message}` : ''}`);
}

/** Throws for a package that nobody should install; says how large it is. */
function check(file) {
  const made = readPackage(file);
  const manifest = JSON.parse(made.entries.get('package.json').read().toString('utf8'));
  const problems = [...contentProblems(made), ...manifestProblems(manifest, made.entries)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) throw new Error(`${file} is not as it should be (${problems.length} problems)`);
  console.error(`${(made.bytes / 1e6).toFixed(1)} MB, ${made.entries.size} files`);
}

const staging = mkdtempSync(path.join(tmpdir(), 'lockstep-package-'));
try {
  for (const part of parts) cpSync(path.join(root, part), path.join(staging, part), { recursive: true, filter: ships });
  // Its pictures lie in docs/, which stays out.
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8').replace(/^!\[.*\n\n?/gm, '');
  writeFileSync(path.join(staging, 'README.md'), readme);
  run(root, process.execPath, path.join(root, 'scripts/build.mjs'), '--out', path.join(staging, 'dist'));
  run(path.join(staging, 'tracer'), 'go', 'mod', 'vendor');
  mkdirSync(path.dirname(vsix), { recursive: true });
  run(
    staging,
    process.execPath,
    path.join(root, 'node_modules/@vscode/vsce/vsce'),
    'package',
    // The bundles carry their dependencies.
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    vsix,
  );
  if (!existsSync(vsix)) throw new Error(`vsce wrote no ${vsix}`);
  check(vsix);
  console.log(vsix);
} catch (error) {
  console.error(`package: ${error.message}; see above.`);
  process.exitCode = 1;
} finally {
  rmSync(staging, { recursive: true, force: true });
}
