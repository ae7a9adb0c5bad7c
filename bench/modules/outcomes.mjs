// Runs the tests of a test binary and reads what each ended with. A test that hangs, or takes the process with it,
// costs only itself: the others are run in a new process.
import { output, run } from './run.mjs';

/** So often at most a new process goes on where one died. */
const MOST_PROCESSES = 12;

/** Names of the tests, examples and fuzz targets, as the binary has them. */
export function testNames({ native, dir }) {
  const lines = output(native, ['-test.list=^(Test|Example|Fuzz)'], dir).split('\n');
  // A TestMain that runs all of them twice lists them twice.
  return [...new Set(lines.filter((line) => /^(Test|Example|Fuzz)\w*$/.test(line)))];
}

/**
 * `{ tests, took, output, seconds, lost, missing, problem }`: what each test and subtest ended with (pass, fail or skip), its
 * seconds, its last lines; `lost` are the tests that hung or died, `missing` those that nothing was left for.
 * Those of `names` are run: all of them top-level tests, or all of them subtests of one test (`TestA/sub`). `seconds`
 * are for all together, `longest(name)` for one.
 */
export async function outcomes(found, binary, { names, all, seconds, longest, environment = {} }) {
  const result = { tests: new Map(), took: new Map(), output: new Map(), seconds: 0, lost: [], missing: names };
  for (let n = 0; n < MOST_PROCESSES && result.missing.length > 0 && result.seconds < seconds; n++) {
    const only =
      depthOf(names) === 1 && result.missing.length === all.length ? [] : [`-test.run=${exactly(result.missing)}`];
    const limit = Math.max(5, seconds - result.seconds);
    const ran = await oneProcess(found, binary, { only, limit, longest, environment, depth: depthOf(names) });
    result.seconds += ran.seconds;
    for (const kind of ['tests', 'took', 'output']) for (const [test, what] of ran[kind]) result[kind].set(test, what);
    result.problem ??= ran.problem;
    result.lost.push(...ran.lost);
    const before = result.missing.length;
    const lost = new Set(result.lost);
    result.missing = names.filter((name) => !result.tests.has(name) && !lost.has(name));
    if (result.missing.length === before) break;
  }
  return result;
}

/** For -test.run. */
export function exactly(names) {
  const parts = names.map((name) => name.split('/'));
  const levels = parts[0].map((_, at) => [...new Set(parts.map((those) => those[at]))].map(escaped).join('|'));
  return levels.map((level) => `^(${level})$`).join('/');
}
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** How many names a unit of the list has: 2 where these are subtests. */
export const depthOf = (names) => names[0]?.split('/').length ?? 1;
/** The unit that a test or subtest belongs to. */
export const unitOf = (test, depth) => test.split('/').slice(0, depth).join('/');

async function oneProcess(found, binary, { only, limit, longest, environment, depth }) {
  const command = [
    binary,
    '-test.v=test2json',
    '-test.paniconexit0',
    `-test.timeout=${Math.round(limit + 20)}s`,
    ...only,
  ];
  const said = { tests: new Map(), took: new Map(), output: new Map(), running: new Map(), ended: new Set(), last: [] };
  const slow = () =>
    [...said.running].find(
      ([test, since]) => depthOf([test]) === depth && performance.now() - since > longest(test) * 1000,
    );
  let rest = '';
  let hung;
  const ran = await run('go', ['tool', 'test2json', '-t', ...command], {
    cwd: found.dir,
    seconds: limit,
    env: { ...process.env, ...environment, PWD: found.dir },
    heard: (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) if (line.startsWith('{')) note(said, JSON.parse(line));
    },
    tooLong: () => {
      hung ??= slow()?.[0];
      return hung !== undefined;
    },
  });
  const left = [...new Set([...said.running.keys()].map((test) => unitOf(test, depth)))];
  // Out of time is no fault of the tests that ran just then.
  const lost = hung === undefined && ran.timedOut ? [] : hung === undefined ? left : [hung];
  const death = said.last.find((line) => /^(panic|fatal error|SIG|lockstep):? /.test(line));
  const whole = ran.ok || left.length === 0;
  const problem = whole
    ? undefined
    : hung
      ? `${hung} did not end`
      : (death ?? (ran.timedOut ? 'out of time' : `status ${ran.code}`));
  return { tests: said.tests, took: said.took, output: said.output, seconds: ran.seconds, lost, problem };
}

/** Of a test that has no end of its own, test2json says that it failed, where the process ended. */
function note(said, { Action, Test, Output, Elapsed }) {
  if (Action === 'output') {
    const text = Output.trimEnd();
    said.last = [...said.last.slice(-30), text];
    if (/^\s*--- (PASS|FAIL|SKIP): /.test(text)) said.ended.add(Test);
    if (Test) said.output.set(Test, [...(said.output.get(Test) ?? []).slice(-12), text]);
  } else if (Action === 'run' || Action === 'cont') said.running.set(Test, performance.now());
  else if (Action === 'pause') said.running.set(Test, Number.POSITIVE_INFINITY);
  else if (Test && said.ended.has(Test) && ['pass', 'fail', 'skip'].includes(Action)) {
    said.running.delete(Test);
    said.tests.set(Test, Action);
    said.took.set(Test, Elapsed ?? 0);
  }
}
