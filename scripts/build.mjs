// Bundles the programs that ship: client, server, command line and webview page.
//   node scripts/build.mjs [--watch] [--out DIR]      DIR is dist/ unless told
// Types are not checked here; `npm run check` does that.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import { root } from './checkout.mjs';
import { thirdPartyLicenses } from './package/licenses.mjs';

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
  metafile: true,
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
    // Some packages (jsonc-parser) load their files by names that no bundler sees, unless taken as modules.
    mainFields: ['module', 'main'],
    external,
    define: { 'import.meta.url': '__bundleUrl', 'import.meta.dirname': '__dirname' },
    banner: { js: `${firstLine}const __bundleUrl = require('node:url').pathToFileURL(__filename).href;` },
  };
}

/** `import('./name')` loads a bundle of its own, `name.cjs`, when it comes to that. */
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/[\w-]+$/ }, ({ kind, path: file }) =>
      kind === 'dynamic-import' ? { path: `${file}.cjs`, external: true } : undefined,
    );
  },
};

/** What is left alone until it is needed, so that activating the extension costs little, is not in `client.cjs`. */
function extension() {
  const external = ['vscode'];
  const main = nodeProgram('client/main.ts', 'client.cjs', { external });
  return [
    // VS Code hands itself out to `require`.
    { ...main, plugins: [apart], supported: { 'dynamic-import': false } },
    nodeProgram('client/language-client.ts', 'language-client.cjs', { external }),
  ];
}

/** The webview page and the style sheets beside it. */
function webviewPages() {
  const styles = readdirSync(path.join(root, 'media')).filter((name) => name.endsWith('.css'));
  return {
    ...shared,
    // The page, and the worker that it starts.
    entryPoints: ['media/trace.ts', 'media/worker.ts', ...styles.map((name) => `media/${name}`)],
    outdir: path.join(out, 'media'),
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  };
}

const bundles = [
  ...extension(),
  nodeProgram('server/main.ts', 'server.cjs'),
  nodeProgram('cli/main.ts', 'cli.cjs', { firstLine: '#!/usr/bin/env node\n' }),
  webviewPages(),
];

/** What the programs read at run time from the folder they stand in. Paths in the checkout. */
const assets = [
  'node_modules/web-tree-sitter/web-tree-sitter.wasm',
  'node_modules/tree-sitter-go/tree-sitter-go.wasm',
  // ONNX Runtime, for the processor alone, looks for these two beside the program. They are read when a model is.
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.mjs',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  'training/next-event.onnx',
];

/**
 * Builds and returns the source files that went in. esbuild has printed warnings and errors with their
 * positions; here they become a failure.
 */
async function build(bundle) {
  const { warnings, metafile } = await esbuild.build(bundle);
  if (warnings.length > 0) throw new Error(`warnings in ${bundle.entryPoints[0]}, and a build has none`);
  return Object.keys(metafile.inputs);
}

mkdirSync(out, { recursive: true });
for (const asset of assets) copyFileSync(path.join(root, asset), path.join(out, path.basename(asset)));
if (options.watch) {
  for (const bundle of bundles) await (await esbuild.context({ ...bundle, logLevel: 'info' })).watch();
} else {
  try {
    const files = (await Promise.all(bundles.map(build))).flat();
    writeFileSync(path.join(out, 'third-party-licenses.txt'), thirdPartyLicenses([...files, ...assets]));
    chmodSync(path.join(out, 'cli.cjs'), 0o755);
  } catch (error) {
    console.error(`build: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
  }
}
