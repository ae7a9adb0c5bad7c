// Compiles suites for the extension host, which loads CommonJS files.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './checkout.mjs';

/** Puts each suite of `source`, a folder of the checkout, into one file in `folder`; returns these files. */
export async function compileSuites(source, folder) {
  const suites = readdirSync(path.join(root, source)).filter((name) => name.endsWith('.test.ts'));
  await build({
    absWorkingDir: root,
    entryPoints: suites.map((name) => path.join(source, name)),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return suites.map((name) => path.join(folder, name.replace(/\.ts$/, '.cjs')));
}
