// What may be in the package and what has to be: everything is named here or it is a mistake.

/** Bytes. */
export const MOST = 15_000_000;

const REQUIRED = [
  'package.json',
  'package.nls.json',
  'l10n/bundle.l10n.json',
  'readme.md',
  'changelog.md',
  'LICENSE.txt',
  'media/icon.png',
  'media/lockstep.svg',
  'dist/client.cjs',
  'dist/language-client.cjs',
  'dist/server.cjs',
  'dist/cli.cjs',
  'dist/web-tree-sitter.wasm',
  'dist/tree-sitter-go.wasm',
  'dist/ort-wasm-simd-threaded.mjs',
  'dist/ort-wasm-simd-threaded.wasm',
  'dist/media/trace.js',
  'dist/media/choices.css',
  'dist/media/controls.css',
  'dist/media/lanes.css',
  'dist/media/legend.css',
  'dist/media/panes.css',
  'dist/media/state.css',
  'dist/media/trace.css',
  'dist/media/waits.css',
  'dist/media/worker.js',
  'dist/third-party-licenses.txt',
  'docs/findings/README.md',
  'examples/go.mod',
  'examples/podstatus/podstatus_test.go',
  'docs/findings/deadlock.md',
  'syntaxes/lockstep-trace.tmLanguage.json',
  'tracer/go.mod',
  'tracer/cmd/lockstep-tracer/main.go',
  'tracer/launch/launch.go',
  'tracer/runtime/scheduler.go',
  'tracer/vendor/modules.txt',
];

/** The program that the walkthrough opens. */
const EXAMPLE = /^examples\/(go\.mod|podstatus\/\w+\.go)$/;

/** Files that may be there besides, in folders where more of a kind is welcome. */
const ALLOWED = [
  EXAMPLE,
  /^(extension\.vsixmanifest|\[Content_Types\]\.xml)$/,
  /^package\.nls(\.[\w-]+)?\.json$|^l10n\/[\w.-]+\.json$/,
  /^dist\/[\w-]+\.onnx$|^dist\/media\/\w+\.(js|css)$/,
  /^media\/walkthrough\/[\w-]+\.(md|svg|png)$/,
  /^docs\/findings\/[\w-]+\.md$/,
  /^syntaxes\/[\w.-]+\.json$/,
  /^tracer\/(go\.sum|embed\.go|(cmd|launch|rewrite|runtime)\/([\w-]+\/)?\w+\.go)$/,
  /^tracer\/vendor\//,
];

/** Said by `go mod vendor` of each module that it has put there. */
const VENDORED = /^# (\S+) v/gm;

/** One sentence for each thing that is wrong with a package that archive.mjs has read. */
export function contentProblems({ bytes, entries }) {
  const names = [...entries.keys()];
  const problems = [];
  if (bytes >= MOST) problems.push(`the package has ${bytes} bytes, and ${MOST} are the most`);
  for (const name of REQUIRED) if (!entries.has(name)) problems.push(`${name} is missing`);
  for (const name of names) {
    const known = REQUIRED.includes(name) || ALLOWED.some((pattern) => pattern.test(name));
    if (!known || (/_test\.go$/.test(name) && !EXAMPLE.test(name)))
      problems.push(`${name} is nothing that scripts/package/contents.mjs allows`);
  }
  const vendored = entries.get('tracer/vendor/modules.txt')?.read().toString('utf8') ?? '';
  for (const [, module] of vendored.matchAll(VENDORED)) {
    const folder = `tracer/vendor/${module}/`;
    const carried = names.filter((name) => name.startsWith(folder));
    const licensed = carried.some((name) => /^licen[cs]e/i.test(name.slice(folder.length)));
    if (carried.length > 0 && !licensed) problems.push(`${folder} goes without its license`);
  }
  return problems;
}
