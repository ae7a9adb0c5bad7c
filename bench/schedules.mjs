// How many runs of a test a second: under Lockstep's control, against the same test run plainly by Go.
//   node --import tsx bench/schedules.mjs [--rounds N] [--seconds N]
// Each both ways: many runs in one process, and a process for every run. Baselines are the plain ones, with the binary
// that `go test -c` makes. The rounds of all four alternate, so that whatever else the machine does falls on each alike;
// numbers are medians over the rounds. Tests are the corrected twins of examples/.
import { cpSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { disposeBuild } from '../engine/build/build.ts';
import { explore } from '../engine/explore/explore.ts';
import { installationAt } from '../engine/system/installation.ts';
import { built, configured, machine, median, newFolder, perSecond, positive, root, run, times } from './harness.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } },
});
const rounds = positive('rounds', options.rounds);
const seconds = positive('seconds', options.seconds);

const tests = [
  ['podstatus', 'TestFixedSetPodStatus'],
  ['counter', 'TestFixedViews'],
  ['booking', 'TestFixedBooking'],
  ['fetch', 'TestFixedFirst'],
];

const once = (test) => ['-test.run', `^${test}$`];

/** Runs a second of the binary with -test.count; the count grows until it takes as long as asked. */
function plainly(binary, folder, test) {
  for (let count = 100; ; count *= 4) {
    const began = performance.now();
    run(binary, [...once(test), '-test.count', String(count)], folder);
    const took = (performance.now() - began) / 1000;
    if (took >= seconds / 4) return count / took;
  }
}

/** Processes a second, each with one run. */
function processEach(start) {
  const began = performance.now();
  let runs = 0;
  for (; performance.now() - began < seconds * 1000; runs++) start(runs);
  return (runs * 1000) / (performance.now() - began);
}

async function controlled(folder, test, seed) {
  // Others would have seen all there is before the time is over.
  const bounds = { run: `^${test}$`, budgetSeconds: seconds, workers: 1, seed: String(seed), strategy: 'random' };
  const result = await explore({ installation: installationAt(root), directory: folder, patterns: ['.'], ...bounds });
  if (!result.ok) throw new Error(result.problem);
  const [report] = result.value.document.tests;
  return report.schedules / report.seconds;
}

const examples = newFolder('examples');
cpSync(path.join(root, 'examples'), examples, { recursive: true, filter: (file) => !file.endsWith('.lockstep') });
const build = await built(examples);
console.log(`${machine}; ${build.toolchain.version}; ${rounds} rounds`);
console.log(
  'runs a second'.padEnd(32),
  'one process:  controlled     plain  ratio      a process each:  controlled     plain  ratio',
);
for (const [name, test] of tests) {
  const folder = path.join(examples, name);
  const binary = path.join(examples, `${name}.test`);
  run('go', ['test', '-c', '-o', binary, '.'], folder);
  const found = build.packages.find(({ dir }) => dir === folder);
  const out = newFolder('out');
  const rates = { controlled: [], plain: [], controlledEach: [], plainEach: [] };
  for (let round = 1; round <= rounds; round++) {
    rates.controlled.push(await controlled(folder, test, round));
    rates.plain.push(plainly(binary, folder, test));
    rates.controlledEach.push(
      processEach((first) => {
        const { args, environment } = configured(found, test, out, { first });
        run(found.binary, args, folder, environment);
      }),
    );
    rates.plainEach.push(processEach(() => run(binary, once(test), folder)));
  }
  const [a, b, c, d] = Object.values(rates).map(median);
  console.log(
    `${name}.${test}`.padEnd(32),
    ''.padEnd(12),
    perSecond(a),
    perSecond(b),
    times(a / b),
    ''.padEnd(16),
    perSecond(c),
    perSecond(d),
    times(c / d),
  );
}
await disposeBuild(build);
