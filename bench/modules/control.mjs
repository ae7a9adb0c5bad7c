// Stage `control`: tests of each package are explored with a few schedules each. Every one must finish, or be named
// with the reason why it cannot be explored.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildFolder, builtPackages, markedEnvironment } from './build.mjs';
import { readResult } from './results.mjs';
import { run } from './run.mjs';

const cli = path.join(import.meta.dirname, '../../dist/cli.cjs');
const SCHEDULES = 20;
/** Of a package with more tests that many are taken, evenly spread. */
const MOST_TESTS = 60;
const SECONDS_EACH = 4;

export function control(module, dir) {
  const hash = createHash('sha256').update(JSON.stringify(module)).update(readFileSync(cli));
  hash.update(readFileSync(path.join(buildFolder(dir, module), 'document.json')));
  return { key: hash.digest('hex'), run: () => controlModule(module, dir) };
}

async function controlModule(module, dir) {
  const document = JSON.parse(readFileSync(path.join(buildFolder(dir, module), 'document.json'), 'utf8'));
  const { mark } = readResult(dir, module, 'build').result;
  const out = path.join(buildFolder(dir, module), 'control');
  const result = { packages: 0, tests: 0, of: 0, finished: 0, named: 0, seconds: 0, schedules: 0 };
  const [reasons, findings, problems] = [[], [], []];
  for (const { importPath } of builtPackages(module, dir)) {
    const { tests = [] } = document.packages.find((one) => one.importPath === importPath) ?? {};
    const skipped = module.skip ? new RegExp(module.skip) : /^$/;
    const names = tests.map(({ name }) => name).filter((name) => !skipped.test(name));
    const step = Math.max(1, names.length / MOST_TESTS);
    const chosen = [];
    for (let at = 0; at < names.length; at += step) chosen.push(names[Math.floor(at)]);
    if (chosen.length === 0) continue;
    rmSync(out, { recursive: true, force: true });
    const budget = chosen.length * SECONDS_EACH;
    const flags = ['--schedules', String(SCHEDULES), '--budget', `${budget}s`, '--seed', '1', '--out', out, '--json'];
    const ran = await run(process.execPath, [cli, 'test', importPath, '--run', `^(${chosen.join('|')})$`, ...flags], {
      cwd: module.folder,
      seconds: 600 + 4 * budget,
      // What the build stage has compiled need not be compiled again.
      env: markedEnvironment(module, mark),
    });
    result.packages++;
    result.of += names.length;
    result.tests += chosen.length;
    result.seconds += ran.seconds;
    let said;
    try {
      said = JSON.parse(ran.stdout);
    } catch {
      problems.push(
        `${importPath}: ${ran.timedOut ? 'did not end' : `exit ${ran.code}: ${ran.stderr.trim().slice(-400)}`}`,
      );
      continue;
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
  }
  result.seconds = Number(result.seconds.toFixed(1));
  return { ...result, reasons, problems, findings };
}
