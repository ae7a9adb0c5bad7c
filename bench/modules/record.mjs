// Stage `record`: the tests of each package run natively, instrumented without a configuration (every operation is
// the plain one), and recorded; each test and subtest must end alike. What differs between native runs is flaky.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildFolder, builtPackages } from './build.mjs';
import { depthOf, outcomes, testNames, unitOf } from './outcomes.mjs';
import { spread } from './sample.mjs';

/** … of one test. One that takes longer is left out and named. */
const NATIVE_TEST_SECONDS = 30;
/** That many times longer than natively others may take, a package and a test. */
const SLOWER = 6;
const MOST_SECONDS = 120;
/** How often tests that differ are run again, and in processes of their own if they are that few. */
const RETRIES = 3;
const FEW = 6;

/**
 * `nativeSeconds` are the wall seconds of the tests of a package, natively. Of one that takes longer as many tests are
 * taken as that allows.
 */
export function record(module, dir, { 'native-seconds': nativeSeconds }) {
  return builtPackages(module, dir).map((found) => {
    const hash = createHash('sha256').update(JSON.stringify(module));
    hash.update(readFileSync(found.binary)).update(readFileSync(found.native));
    const out = path.join(buildFolder(dir, module), 'record');
    return {
      name: found.importPath,
      key: hash.digest('hex'),
      run: () => recordPackage(module, found, out, Number(nativeSeconds)),
    };
  });
}

async function recordPackage(module, found, out, nativeSeconds) {
  const all = testNames(found);
  const skipped = module.skip ? new RegExp(module.skip) : /^$/;
  const names = all.filter((name) => !skipped.test(name));
  const natively = (names) =>
    outcomes(found, found.native, { names, all, seconds: nativeSeconds, longest: () => NATIVE_TEST_SECONDS });
  const { first, taken, lost, all: units } = await sampled(names, natively, nativeSeconds);
  const depth = depthOf(units);
  const unit = (test) => unitOf(test, depth);
  const result = { packages: 1, topLevel: units.length, taken: taken.length, tests: 0, flaky: 0, plain: 0, record: 0 };
  const seconds = { native: first.seconds, plain: 0, record: 0 };
  const [differences, problems] = [
    [],
    lost.map((name) => `${found.importPath} ${name} did not end natively: left out`),
  ];
  const isTaken = new Set(taken);
  const ends = new Map(
    [...first.tests].filter(([test]) => isTaken.has(unit(test))).map(([test, end]) => [test, new Set([end])]),
  );
  result.tests = ends.size;
  // A name that another run does not have (a seed is part of it) cannot be compared.
  const second = await natively(taken);
  for (const [test, those] of ends)
    if (!second.missing.includes(unit(test))) those.add(second.tests.get(test) ?? 'did not end');

  const limits = {
    seconds: Math.min(MOST_SECONDS, Math.max(60, first.seconds * SLOWER)),
    longest: (name) => Math.min(MOST_SECONDS / 2, Math.max(45, SLOWER * (first.took.get(name) ?? 0))),
  };
  const ways = {
    plain: (names) => outcomes(found, found.binary, { names, all, ...limits }),
    record: (names) => recorded(found, { names, all, ...limits }, out),
  };
  for (const [name, way] of Object.entries(ways)) {
    const did = await way(taken);
    seconds[name] = did.seconds;
    const differing = () => [...ends].filter(([test, those]) => those.size === 1 && !those.has(did.tests.get(test)));
    let left = differing();
    // Alone and again, because machines are busy: natively too.
    for (let again = 0; again < RETRIES && left.length > 0; again++) {
      // … but what did not end twice will not.
      const twice = again > 0 ? new Set(did.lost) : new Set();
      const tests = [...new Set(left.map(([test]) => unit(test)))].filter((test) => !twice.has(test));
      for (const names of tests.length > FEW ? [tests] : tests.map((test) => [test])) {
        for (const [test, end] of (await natively(names)).tests) ends.get(test)?.add(end);
        const retried = await way(names);
        for (const [test, end] of retried.tests) {
          if (!ends.get(test)?.has(did.tests.get(test))) did.tests.set(test, end);
          did.output.set(test, retried.output.get(test));
        }
      }
      left = differing();
    }
    result[name] = ends.size - left.length;
    if (did.problem && left.length > 0) problems.push(`${found.importPath} ${name}: ${did.problem}`);
    for (const [test, those] of left) {
      const got = did.tests.get(test) ?? (did.missing.includes(unit(test)) ? 'not reached' : 'did not end');
      differences.push(`${found.importPath} ${test} ${name}: ${got}, natively ${[...those]}${said(did, test)}`);
    }
  }
  for (const those of ends.values()) if (those.size > 1) result.flaky++;
  return { ...result, seconds, differences, problems };
}

/**
 * About as many of the tests as a native run has time for, evenly spread: `{ first, taken, lost }`, the run, those of
 * it that ended, those that do not end.
 */
async function sampled(names, natively, seconds) {
  const lost = new Set();
  let [all, best] = [names];
  let most = names.length;
  for (let tries = 0; tries < 4; tries++) {
    const left = all.filter((name) => !lost.has(name));
    const chosen = spread(left, Math.max(1, Math.floor(most)));
    const first = await natively(chosen);
    const inside = subtests(first, chosen);
    if (inside.length > 0) {
      all = inside;
      most = inside.length * 0.7;
      continue;
    }
    for (const name of first.lost) lost.add(name);
    const missing = new Set(first.missing);
    const taken = chosen.filter((name) => !missing.has(name) && !lost.has(name));
    // One that is not through has no tests of the end of the list.
    if (!best?.through || first.missing.length === 0) best = { first, taken, through: first.missing.length === 0 };
    if (best.through && (chosen.length === left.length || first.seconds > seconds * 0.4)) break;
    most = best.through ? (taken.length * seconds * 0.6) / first.seconds : Math.min(taken.length, most / 2) * 0.7;
  }
  return { ...best, all, lost: [...lost] };
}

/** Where one test takes all of the time, those of its subtests that ended in it. */
function subtests(run, names) {
  if (names.length !== 1 || names[0].includes('/') || run.tests.has(names[0])) return [];
  return [...run.tests.keys()].filter((test) => depthOf([test]) === 2);
}

/** The last lines that a test printed. */
function said(way, test) {
  const lines = (way.output.get(test) ?? []).filter((line) => !/^\s*(=== |--- )/.test(line)).slice(-4);
  return lines.length > 0 ? ` (${lines.join(' · ').slice(0, 300)})` : '';
}

async function recorded(found, limits, out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const configuration = path.join(out, 'config.json');
  const config = { mode: 'record', strategy: 'random', package: found.importPath, test: '', seed: '1', first: 0 };
  const rest = { version: 1, iterations: 1, milliseconds: 0, maxSteps: 1e9, foreignMilliseconds: 1000, traceEvery: 1 };
  writeFileSync(configuration, JSON.stringify({ ...config, ...rest, out }));
  const environment = { LOCKSTEP_CONFIG: configuration };
  const did = await outcomes(found, found.binary, { ...limits, environment });
  if (did.tests.size > 0 && !existsSync(path.join(out, 'results.jsonl'))) did.problem ??= 'nothing was recorded';
  rmSync(out, { recursive: true, force: true });
  return did;
}
