// The demonstration: finds the deadlock of examples/podstatus, shows it, replays it 100 times out of 100, and looks
// for it in vain in the corrected twin. Exit code 0 only if all of that came true.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './checkout.mjs';

const REPLAYS = 100;
const TWIN_SCHEDULES = 10_000;
const PLAIN_RUNS = 50;
const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-demo-'));

/** Runs `lockstep … --json` in the copy of the examples; its progress is shown, its document returned. */
function lockstep(...args) {
  console.log(`\n$ lockstep ${args.join(' ')}`);
  const { status, stdout } = spawnSync(process.execPath, [path.join(root, 'dist/cli.cjs'), ...args, '--json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    return { status, document: JSON.parse(stdout) };
  } catch {
    throw new Error(`lockstep ${args[0]} ended with ${status} and without its document`);
  }
}

/** How often the test passes when the Go scheduler decides. */
function plainPasses(folderOfPackage, test) {
  const binary = path.join(folder, 'plain.test');
  const built = spawnSync('go', ['test', '-c', '-o', binary, folderOfPackage], { cwd: folder, encoding: 'utf8' });
  expect(built.status === 0, `go test -c failed: ${built.stderr}`);
  // Without the timer of a timeout, Go itself sees at once that everybody sleeps; ours is for the case that it does not.
  const args = [`-test.run=${test}`, '-test.timeout=0'];
  const once = () => spawnSync(binary, args, { stdio: 'ignore', timeout: 10_000, killSignal: 'SIGKILL' }).status === 0;
  return Array.from({ length: PLAIN_RUNS }, once).filter(Boolean).length;
}

function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

function showSite({ file, line, role, goroutine }) {
  const text = readFileSync(path.join(folder, file), 'utf8').split('\n')[line - 1].trim();
  console.log(`  goroutine ${goroutine}  ${file}:${line}  ${role}\n                 ${text}`);
}

function demonstrate() {
  cpSync(path.join(root, 'examples'), folder, {
    recursive: true,
    filter: (file) => path.basename(file) !== '.lockstep',
  });
  const passed = plainPasses('./podstatus', '^TestSetPodStatus$');
  console.log(
    `Plain go test: TestSetPodStatus passed ${passed} of ${PLAIN_RUNS} times. Lockstep takes over the scheduling:`,
  );
  const explored = lockstep('test', './podstatus', '--run', '^TestSetPodStatus$');
  const deadlock = explored.document.findings.find(({ kind }) => kind === 'deadlock');
  expect(deadlock !== undefined, `no deadlock was found: ${explored.document.problems.join('; ')}`);
  const blocked = deadlock.sites.filter(({ role }) => role.startsWith('waits'));
  expect(blocked.length >= 2, 'the finding does not name both lines that are blocked');

  console.log(`Found in schedule ${deadlock.stats.firstAt}: ${deadlock.message}.\n`);
  for (const site of blocked) showSite(site);
  console.log('\nHow it comes about:');
  for (const step of deadlock.explanation) console.log(`  - ${step}`);

  console.log('\nThe same choices, again and again:');
  const replay = lockstep('replay', deadlock.id, '--times', String(REPLAYS));
  const { reproduced, times } = replay.document;
  console.log(`The same deadlock in ${reproduced} of ${times} replays.`);
  expect(reproduced === REPLAYS && times === REPLAYS, 'a replay did not show the deadlock');

  console.log('\nThe corrected twin announces after it has given the lock back:');
  const twin = lockstep('test', './podstatus', '--run', '^TestFixedSetPodStatus$', '--schedules', `${TWIN_SCHEDULES}`);
  const [{ schedules, problem } = {}] = twin.document.tests;
  expect(twin.status === 0 && schedules > 0 && !problem, `the twin is not silent: ${JSON.stringify(twin.document)}`);
  console.log(`No bug in ${schedules.toLocaleString('en')} interleavings.`);
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
try {
  demonstrate();
  console.log('\nTo see it in VS Code: npm run package, install the .vsix, open examples/podstatus/podstatus_test.go.');
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
}
