// Stage `build`: every package whose tests build natively must build instrumented, all of its files rewritten.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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
  return { key, run: () => buildModule(module, dir, tracer) };
}

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

async function buildModule(module, dir, tracer) {
  const { folder } = module;
  const out = buildFolder(dir, module);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const packages = testedPackages(module);
  const native = await dependencies(module, []);
  if (!native.ok) return { problems: [`its dependencies do not build: ${firstLines(native.stderr)}`] };

  const mark = Math.floor(Date.now() / 1000);
  const result = { packages: packages.length, native: 0, instrumented: 0, mark, seconds: {}, problems: [] };
  const compile = (importPath, binary, extra) => compileTests(module, mark, importPath, binary, extra);
  const nativeSeconds = [];
  const good = [];
  for (const importPath of packages) {
    const compiled = await compile(importPath, path.join(out, `native-${binaryName(importPath)}`), []);
    nativeSeconds.push(compiled.processor);
    if (compiled.ok) good.push(importPath);
    else result.problems.push(`${importPath} does not build natively: ${firstLines(compiled.stderr)}`);
  }
  result.native = good.length;

  const rewritten = await run(
    tracer,
    ['rewrite', '--dir', folder, '--out', path.join(out, 'overlay'), ...module.packages],
    {
      cwd: folder,
      env: environment,
    },
  );
  if (!rewritten.ok) {
    result.problems.push(`rewrite: ${firstLines(rewritten.stderr)}`);
    return result;
  }
  const document = JSON.parse(rewritten.stdout);
  writeFileSync(path.join(out, 'document.json'), rewritten.stdout);
  const again = await dependencies(module, ['-overlay', document.overlay]);
  if (!again.ok) result.problems.push(`its dependencies do not build instrumented: ${firstLines(again.stderr)}`);
  const compileSeconds = [];
  for (const importPath of good) {
    const overlay = ['-overlay', document.overlay];
    const compiled = await compile(importPath, path.join(out, binaryName(importPath)), overlay);
    compileSeconds.push(compiled.processor);
    if (compiled.ok) result.instrumented++;
    else result.problems.push(`${importPath} does not build instrumented: ${firstLines(compiled.stderr)}`);
  }
  for (const error of document.errors) result.problems.push(`${at(error, folder)} ${error.message}`);
  const sum = (numbers) => Number(numbers.reduce((a, b) => a + b, 0).toFixed(1));
  result.seconds = {
    native: sum(nativeSeconds),
    rewrite: sum([rewritten.processor]),
    dependencies: sum([again.processor]),
    instrumented: sum(compileSeconds),
  };
  result.sites = document.sites.length;
  result.files = new Set(document.sites.filter((site) => !site.internal).map((site) => site.file)).size;
  result.uncontrolled = document.uncontrolled.length;
  result.degraded = document.uncontrolled
    .filter(({ reason }) => /file is left alone|accesses of the file/.test(reason))
    .map((place) => `${at(place, folder)} ${place.reason}`);
  result.reasons = tally(document.uncontrolled.map(({ reason }) => reason));
  return result;
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
