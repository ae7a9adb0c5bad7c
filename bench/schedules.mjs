// How many runs of a test a second: under Lockstep's control, against the same test run plainly by Go.
//   node bench/schedules.mjs [--rounds N] [--seconds N]
// Baselines, both with the binary that `go test -c` makes: "plain" repeats the test in one process (-test.count),
// "process each" starts a process for every run. The rounds of all three alternate, so that whatever else the machine
// does falls on each alike; numbers are medians over the rounds. Tests are the corrected twins of examples/.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
if (!(rounds >= 1 && seconds > 0)) throw new Error('--rounds and --seconds take positive numbers');

const tests = [
  ['podstatus', 'TestFixedSetPodStatus'],
  ['counter', 'TestFixedViews'],
  ['booking', 'TestFixedBooking'],
  ['fetch', 'TestFixedFirst'],
];

const examples = mkdtempSync(path.join(tmpdir(), 'lockstep-bench-'));
process.on('exit', () => rmSync(examples, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

function run(command, args, folder) {
  const result = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.status !== 0)
    throw new Error(`${path.basename(command)} ${args.join(' ')}: ${result.stderr || result.stdout}`);
  return result.stdout;
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Runs a second of the binary with -test.count; the count grows until it takes as long as asked. */
function plainly(binary, folder, test) {
  for (let count = 100; ; count *= 4) {
    const began = performance.now();
    run(binary, ['-test.run', `^${test}$`, '-test.count', String(count)], folder);
    const took = (performance.now() - began) / 1000;
    if (took >= seconds / 4) return count / took;
  }
}

function processEach(binary, folder, test) {
  const began = performance.now();
  let runs = 0;
  for (; performance.now() - began < seconds * 1000; runs++) run(binary, ['-test.run', `^${test}$`], folder);
  return (runs * 1000) / (performance.now() - began);
}

function controlled(folder, test, seed) {
  const args = ['test', '.', '--run', `^${test}$`, '--budget', `${seconds}s`, '--workers', '1', '--seed', String(seed)];
  const document = JSON.parse(run(process.execPath, [path.join(root, 'dist/cli.cjs'), ...args, '--json'], folder));
  const [report] = document.tests;
  return report.schedules / report.seconds;
}

const perSecond = (number) => Math.round(number).toLocaleString('en').padStart(10);
const times = (number) => `${number >= 10 ? Math.round(number) : number.toFixed(2)}x`.padStart(8);

cpSync(path.join(root, 'examples'), examples, { recursive: true, filter: (file) => !file.endsWith('.lockstep') });
console.log(`${cpus()[0].model}, ${cpus().length} cores; ${run('go', ['version'], examples).trim()}; ${rounds} rounds`);
console.log(
  'runs a second'.padEnd(32),
  'controlled     plain  process each   controlled/plain  controlled/process each',
);
for (const [name, test] of tests) {
  const folder = path.join(examples, name);
  const binary = path.join(examples, `${name}.test`);
  run('go', ['test', '-c', '-o', binary, '.'], folder);
  controlled(folder, test, 0); // builds the tracer and the instrumented binary
  const rates = { controlled: [], plain: [], each: [] };
  for (let round = 1; round <= rounds; round++) {
    rates.controlled.push(controlled(folder, test, round));
    rates.plain.push(plainly(binary, folder, test));
    rates.each.push(processEach(binary, folder, test));
  }
  const [a, b, c] = [median(rates.controlled), median(rates.plain), median(rates.each)];
  console.log(`${name}.${test}`.padEnd(32), perSecond(a), perSecond(b), perSecond(c), times(a / b), times(a / c));
}
