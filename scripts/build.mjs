// Bundles the programs that ship: client, server, command line and webview page.
//   node scripts/build.mjs [--watch] [--out DIR]      DIR is dist/ unless told
// Types are not checked here; `npm run check` does that.
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values: options } = parseArgs({
  options: { watch: { type: 'boolean', default: false }, out: { type: 'string', default: path.join(root, 'dist') } },
});
const out = path.resolve(options.out);

const shared = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: true,
  // The maps name the sources but do not carry them: they would be most of the package.
  sourcesContent: false,
  minify: !options.watch,
  // Function names stay, for the stack traces in bug reports.
  keepNames: true,
  logLevel: 'warning',
};

/** A Node program in one CommonJS file. `import.meta` does not exist there, so it is put back by hand. */
function nodeProgram(entry, file, { external = [], firstLine = '' } = {}) {
  return {
    ...shared,
    entryPoints: [entry],
    outfile: path.join(out, file),
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    external,
    define: { 'import.meta.url': '__bundleUrl', 'import.meta.dirname': '__dirname' },
    banner: { js: `${firstLine}const __bundleUrl = require('node:url').pathToFileURL(__filename).href;` },
  };
}

/** The webview page and the style sheets beside it. */
function webviewPages() {
  const styles = readdirSync(path.join(root, 'media')).filter((name) => name.endsWith('.css'));
  return {
    ...shared,
    entryPoints: ['media/trace.ts', ...styles.map((name) => `media/${name}`)],
    outdir: path.join(out, 'media'),
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  };
}

const bundles = [
  nodeProgram('client/main.ts', 'client.cjs', { external: ['vscode'] }),
  nodeProgram('server/main.ts', 'server.cjs'),
  nodeProgram('cli/main.ts', 'cli.cjs', { firstLine: '#!/usr/bin/env node\n' }),
  webviewPages(),
];

/** What the programs read at run time from the folder they stand in. */
const assets = ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-go/tree-sitter-go.wasm'];

/** esbuild has printed warnings and errors with their positions; here they become a failure. */
async function build(bundle) {
  const { warnings } = await esbuild.build(bundle);
  if (warnings.length > 0) throw new Error(`warnings in ${bundle.entryPoints[0]}, and a build has none`);
}

mkdirSync(out, { recursive: true });
for (const asset of assets) copyFileSync(path.join(root, 'node_modules', asset), path.join(out, path.basename(asset)));
if (options.watch) {
  for (const bundle of bundles) await (await esbuild.context({ ...bundle, logLevel: 'info' })).watch();
} else {
  try {
    await Promise.all(bundles.map(build));
    chmodSync(path.join(out, 'cli.cjs'), 0o755);
  } catch (error) {
    console.error(`build: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
  }
}
