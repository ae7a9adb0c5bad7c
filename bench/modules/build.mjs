// Stage `build`: every package whose tests build natively must build instrumented, all of its files rewritten.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { keptPart } from './results.mjs';
import { output, run } from './run.mjs';

const root = path.join(import.meta.dirname, '../..');
/** Some published modules come without every line of their go.sum. */
export const environment = { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false' };
/**
 * The environment with a flag that changes nothing but the key under which Go keeps what it has compiled of the module:
 * otherwise one of two builds finds what an earlier one left, and the other does not.
 */
export function markedEnvironment(module, mark) {
  const flags = `-gcflags=${module.module}/...=-memprofilerate=${mark}`;
  return { ...environment, GOFLAGS: `${environment.GOFLAGS} ${flags}` };
}

/** Wall seconds of `go test -c` on one package. */
const LONGEST_BUILD = 3600;

export function build(module, dir) {
  const tracer = tracerCommand(dir);
  const key = createHash('sha256').update(readFileSync(tracer)).update(JSON.stringify(module)).digest('hex');
  return [
    { name: REWRITE, key, run: () => rewriteModule(module, dir, tracer) },
    ...testedPackages(module).map((name) => ({ name, key, run: () => buildPackage(module, dir, name, key) })),
  ];
}
/** The part that comes first: the sources of the whole module. Also the name that the user's build cache has for it. */
const REWRITE = 'rewrite';

let built;
function tracerCommand(dir) {
  if (!built) {
    built = path.join(path.resolve(dir), 'lockstep-tracer');
    mkdirSync(path.resolve(dir), { recursive: true });
    output('go', ['build', '-trimpath', '-o', built, './cmd/lockstep-tracer'], path.join(root, 'tracer'));
  }
  return built;
}

export const buildFolder = (dir, module) => path.join(path.resolve(dir), 'build', module.name);
/** What the stage has built: `{ importPath, dir, native, binary }` of each package. */
export function builtPackages(module, dir) {
  const out = buildFolder(dir, module);
  const form = '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}';
  const listed = output('go', ['list', '-f', form, ...module.packages], module.folder, environment);
  return listed
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [importPath, folder] = line.split(' ');
      const binary = path.join(out, binaryName(importPath));
      return { importPath, dir: folder, native: path.join(out, `native-${binaryName(importPath)}`), binary };
    })
    .filter(({ native, binary }) => existsSync(native) && existsSync(binary));
}

const binaryName = (importPath) => `${importPath.replaceAll('/', '_')}.test`;

/** Rewrites the module; what it imports from elsewhere is compiled, natively and with the overlay. */
async function rewriteModule(module, dir, tracer) {
  const { folder } = module;
  const out = buildFolder(dir, module);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const native = await dependencies(module, []);
  if (!native.ok) return { problems: [`its dependencies do not build: ${firstLines(native.stderr)}`] };
  const rewriting = ['rewrite', '--dir', folder, '--out', path.join(out, 'overlay'), ...module.packages];
  const rewritten = await run(tracer, rewriting, { cwd: folder, env: environment });
  if (!rewritten.ok) return { problems: [`rewrite: ${firstLines(rewritten.stderr)}`] };
  const document = JSON.parse(rewritten.stdout);
  writeFileSync(path.join(out, 'document.json'), rewritten.stdout);
  const again = await dependencies(module, ['-overlay', document.overlay]);
  const problems = document.errors.map((error) => `${at(error, folder)} ${error.message}`);
  if (!again.ok) problems.push(`its dependencies do not build instrumented: ${firstLines(again.stderr)}`);
  return {
    mark: Math.floor(Date.now() / 1000),
    seconds: { rewrite: rewritten.processor, dependencies: again.processor },
    problems,
    sites: document.sites.length,
    files: new Set(document.sites.filter((site) => !site.internal).map((site) => site.file)).size,
    uncontrolled: document.uncontrolled.length,
    degraded: document.uncontrolled
      .filter(({ reason }) => /file is left alone|accesses of the file/.test(reason))
      .map((place) => `${at(place, folder)} ${place.reason}`),
    reasons: tally(document.uncontrolled.map(({ reason }) => reason)),
  };
}

async function buildPackage(module, dir, importPath, key) {
  const out = buildFolder(dir, module);
  const rewritten = keptPart(dir, module, 'build', REWRITE, key);
  if (rewritten?.mark === undefined) return { packages: 1, native: 0, instrumented: 0 };
  const { overlay } = JSON.parse(readFileSync(path.join(out, 'document.json'), 'utf8'));
  const compile = (binary, extra) => compileTests(module, rewritten.mark, importPath, path.join(out, binary), extra);
  const native = await compile(`native-${binaryName(importPath)}`, []);
  if (!native.ok)
    return {
      packages: 1,
      native: 0,
      problems: [`${importPath} does not build natively: ${firstLines(native.stderr)}`],
    };
  const instrumented = await compile(binaryName(importPath), ['-overlay', overlay]);
  return {
    packages: 1,
    native: 1,
    instrumented: instrumented.ok ? 1 : 0,
    seconds: { native: native.processor, instrumented: instrumented.processor },
    problems: instrumented.ok ? [] : [`${importPath} does not build instrumented: ${firstLines(instrumented.stderr)}`],
  };
}

/** How often each, most frequent first. */
function tally(texts) {
  const counts = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return Object.fromEntries(
    Object.entries(counts)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 12),
  );
}

const at = ({ file, line }, folder) => `${file ? path.relative(folder, file) : ''}:${line ?? ''}`;
const firstLines = (text) => text.trim().split('\n').slice(0, 4).join(' · ').slice(0, 600);

function compileTests(module, mark, importPath, binary, extra) {
  const args = ['test', '-c', '-vet=off', '-ldflags=-w -s', ...extra, '-o', binary, importPath];
  return run('go', args, { cwd: module.folder, env: markedEnvironment(module, mark), seconds: LONGEST_BUILD });
}

/** Import paths of the packages with test files. */
export function testedPackages(module) {
  const form = '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}';
  return output('go', ['list', '-f', form, ...module.packages], module.folder, environment)
    .split('\n')
    .filter(Boolean);
}

/**
 * Compiles what the packages import from elsewhere, so that times are those of the module itself. With an overlay
 * these are the packages that import context, which is rewritten.
 */
function dependencies(module, extra) {
  const form = '{{if and (or .Standard (and .Module (not .Module.Main))) (not .ForTest)}}{{.ImportPath}}{{end}}';
  const listed = output('go', ['list', '-deps', '-test', '-f', form, ...module.packages], module.folder, environment);
  const paths = [...new Set(listed.split('\n').filter((line) => line && line !== 'unsafe' && !line.endsWith('.test')))];
  return run('go', ['build', ...extra, ...paths], { cwd: module.folder, env: environment });
}
