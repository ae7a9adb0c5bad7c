// Stage `record`: the tests of each package run natively, instrumented without a configuration (every operation is
// the plain one), and recorded; each test and subtest must end alike. What differs between native runs is flaky.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildFolder, builtPackages } from './build.mjs';
import { run } from './run.mjs';

/** Native runs that tell what is flaky. */
const NATIVE_RUNS = 2;
/** How often tests that differ are run again. */
const RETRIES = 3;
/** Wall seconds of a native run of a package at most; of another, that many times longer than native. */
const MOST_SECONDS = 240;
const SLOWER = 6;

export function record(module, dir) {
  const hash = createHash('sha256').update(JSON.stringify(module));
  for (const { binary } of builtPackages(module, dir)) hash.update(readFileSync(binary));
  return { key: hash.digest('hex'), run: () => recordModule(module, dir) };
}

async function recordModule(module, dir) {
  const result = { packages: 0, tests: 0, flaky: 0, plain: 0, record: 0, seconds: {}, differences: [], problems: [] };
  const seconds = { native: 0, plain: 0, record: 0 };
  for (const found of builtPackages(module, dir)) {
    const natively = (run) => results(found, found.native, MOST_SECONDS, { ...module, run });
    const native = [];
    for (let n = 0; n < NATIVE_RUNS; n++) native.push(await natively(module.run));
    if (native[0].problem) result.problems.push(`${found.importPath} natively: ${native[0].problem}`);
    const limit = Math.max(60, native[0].seconds * SLOWER);
    const out = path.join(buildFolder(dir, module), 'record');
    const ways = {
      plain: (run) => results(found, found.binary, limit, { ...module, run }),
      record: (run) => recordedResults(found, limit, { ...module, run }, out),
    };
    result.packages++;
    result.tests += native[0].tests.size;
    seconds.native += native[0].seconds;
    const outcomes = new Map([...native[0].tests.keys()].map((test) => [test, new Set()]));
    // A name that another run does not have (a seed is part of it) cannot be compared.
    for (const { tests } of native) for (const [test, those] of outcomes) those.add(tests.get(test) ?? 'did not end');
    for (const [name, way] of Object.entries(ways)) {
      const did = await way(module.run);
      seconds[name] += did.seconds;
      if (did.problem) result.problems.push(`${found.importPath} ${name}: ${did.problem}`);
      const differing = () =>
        [...outcomes].filter(([test, those]) => those.size === 1 && !those.has(did.tests.get(test)));
      let left = differing();
      // Alone and again, because machines are busy: natively too.
      for (let again = 0; again < RETRIES && left.length > 0; again++) {
        const only = `^(${[...new Set(left.map(([test]) => test.split('/')[0]))].map(escaped).join('|')})$`;
        for (const [test, outcome] of (await natively(only)).tests) outcomes.get(test)?.add(outcome);
        const retried = await way(only);
        for (const [test, outcome] of retried.tests) {
          if (!outcomes.get(test)?.has(did.tests.get(test))) did.tests.set(test, outcome);
          did.output.set(test, retried.output.get(test));
        }
        left = differing();
      }
      result[name] += outcomes.size - left.length;
      for (const [test, those] of left) {
        const got = did.tests.get(test) ?? 'did not end';
        result.differences.push(
          `${found.importPath} ${test} ${name}: ${got}, natively ${[...those]}${said(did, test)}`,
        );
      }
    }
    for (const those of outcomes.values()) if (those.size > 1) result.flaky++;
  }
  for (const name of Object.keys(seconds)) result.seconds[name] = Number(seconds[name].toFixed(1));
  return result;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The last lines that a test printed. */
function said(way, test) {
  const lines = (way.output.get(test) ?? []).filter((line) => !/^\s*(=== |--- )/.test(line)).slice(-4);
  return lines.length > 0 ? ` (${lines.join(' · ').slice(0, 300)})` : '';
}

/** `{ tests, output, seconds, problem }`: what each test ended with: pass, fail or skip. */
async function results(found, binary, limit, { run: only, skip }, environment = {}) {
  const filter = [];
  if (skip) filter.push(`-test.skip=${skip}`);
  if (only) filter.push(`-test.run=${only}`);
  const command = [binary, '-test.v=test2json', '-test.paniconexit0', `-test.timeout=${Math.round(limit)}s`, ...filter];
  const ran = await run('go', ['tool', 'test2json', '-t', ...command], {
    cwd: found.dir,
    seconds: limit + 10,
    env: { ...process.env, ...environment, PWD: found.dir },
  });
  const tests = new Map();
  const begun = new Set();
  const printed = new Map();
  let last = [];
  for (const line of ran.stdout.split('\n')) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line);
    if (event.Action === 'run') begun.add(event.Test);
    if (event.Action === 'output') {
      last = [...last.slice(-30), event.Output.trimEnd()];
      if (event.Test) printed.set(event.Test, [...(printed.get(event.Test) ?? []).slice(-12), event.Output.trimEnd()]);
    } else if (event.Test && ['pass', 'fail', 'skip'].includes(event.Action)) tests.set(event.Test, event.Action);
  }
  // What dies takes tests with it; others print what looks the same.
  const death = last.find((line) => /^(panic|fatal error|SIG|lockstep):? /.test(line));
  const whole = ran.ok || [...begun].every((test) => tests.has(test));
  const problem = whole ? undefined : (death ?? (ran.timedOut ? 'did not end' : `status ${ran.code}`));
  return { tests, output: printed, seconds: ran.seconds, problem };
}

async function recordedResults(found, limit, chosen, out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const configuration = path.join(out, 'config.json');
  const config = { mode: 'record', strategy: 'random', package: found.importPath, test: '', seed: '1', first: 0 };
  const rest = { version: 1, iterations: 1, milliseconds: 0, maxSteps: 1e9, foreignMilliseconds: 1000, traceEvery: 1 };
  writeFileSync(configuration, JSON.stringify({ ...config, ...rest, out }));
  const recorded = await results(found, found.binary, limit, chosen, { LOCKSTEP_CONFIG: configuration });
  if (!existsSync(path.join(out, 'results.jsonl'))) recorded.problem ??= 'nothing was recorded';
  rmSync(out, { recursive: true, force: true });
  return recorded;
}
