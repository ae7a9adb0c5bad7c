// Stage `control`: tests of each package are explored with a few schedules each. Every one must finish, or be named
// with the reason why it cannot be explored.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildFolder, builtPackages, markedEnvironment } from './build.mjs';
import { exactly } from './outcomes.mjs';
import { readResult } from './results.mjs';
import { run } from './run.mjs';
import { spread } from './sample.mjs';

const cli = path.join(import.meta.dirname, '../../dist/cli.cjs');
const tracer = path.join(import.meta.dirname, '../../tracer');
const SCHEDULES = 20;
/** Of a module with more tests about that many are taken, of each package as many as of another, evenly spread. */
const MOST_TESTS = 40;
/** … but that many at least. */
const LEAST_OF_A_PACKAGE = 2;
const SECONDS_EACH = 3;

export function control(module, dir) {
  const packages = builtPackages(module, dir);
  const most = Math.max(LEAST_OF_A_PACKAGE, Math.round(MOST_TESTS / packages.length));
  const document = readFileSync(path.join(buildFolder(dir, module), 'document.json'), 'utf8');
  const hash = createHash('sha256').update(JSON.stringify(module)).update(readFileSync(cli));
  for (const file of tracerSources()) hash.update(readFileSync(file));
  const key = hash.update(String(most)).digest('hex');
  const { mark } = readResult(dir, module, 'build');
  const out = path.join(buildFolder(dir, module), 'control');
  return packages.map(({ importPath }) => {
    const { tests = [] } = JSON.parse(document).packages.find((one) => one.importPath === importPath) ?? {};
    const skipped = module.skip ? new RegExp(module.skip) : /^$/;
    const names = tests.map(({ name }) => name).filter((name) => !skipped.test(name));
    const explored = () => controlPackage(module, importPath, spread(names, most), mark, out);
    return { name: importPath, key, run: async () => ({ of: names.length, ...(await explored()) }) };
  });
}

/** What the command line builds the tracer from. */
function tracerSources() {
  return readdirSync(tracer, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.go') && !entry.name.endsWith('_test.go'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

async function controlPackage(module, importPath, chosen, mark, out) {
  const result = { packages: 1, tests: chosen.length, finished: 0, named: 0, seconds: 0, schedules: 0 };
  const [reasons, findings, problems] = [[], [], []];
  if (chosen.length === 0) return result;
  rmSync(out, { recursive: true, force: true });
  const budget = chosen.length * SECONDS_EACH;
  const flags = ['--schedules', String(SCHEDULES), '--budget', `${budget}s`, '--seed', '1', '--out', out, '--json'];
  const ran = await run(process.execPath, [cli, 'test', importPath, '--run', exactly(chosen), ...flags], {
    cwd: module.folder,
    seconds: 300 + 3 * budget,
    // What the build stage has compiled need not be compiled again.
    env: markedEnvironment(module, mark),
  });
  result.seconds = ran.seconds;
  let said;
  try {
    said = JSON.parse(ran.stdout);
  } catch {
    const why = ran.timedOut ? 'did not end' : `exit ${ran.code}: ${ran.stderr.trim().slice(-400)}`;
    return { ...result, problems: [`${importPath}: ${why}`] };
  }
  problems.push(...said.problems.map((problem) => `${importPath}: ${problem}`));
  for (const name of chosen) {
    const report = said.tests.find(({ test }) => test === name);
    if (!report) problems.push(`${importPath} ${name}: not reported`);
    else if (report.problem === undefined) result.finished++;
    else {
      result.named++;
      reasons.push(`${importPath}: ${report.problem}`);
    }
    result.schedules += report?.schedules ?? 0;
  }
  for (const { kind, verdict, message, test, foreign, stats, explanation, sites } of said.findings) {
    findings.push({ kind, verdict, test: `${importPath}.${test}`, message, foreign, stats, explanation, sites });
  }
  return { ...result, reasons, problems, findings };
}
