// What an exploration keeps in memory while it goes on: the engine's process and the largest process of the test.
//   node --import tsx bench/memory.mjs [--seconds N] [--every N] [--strategy NAME] [--write FILE]
// Linux: it reads /proc.
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machine, newFolder, positive, root, writeBetweenMarks } from './harness.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '330' },
    every: { type: 'string', default: '10' },
    strategy: { type: 'string', default: 'auto' },
    write: { type: 'string' },
  },
});
const seconds = positive('seconds', options.seconds);
const every = positive('every', options.every);

const directory = newFolder('steady');
cpSync(path.join(root, 'bench', 'steady'), directory, { recursive: true });
const main = path.join(root, 'cli', 'main.ts');
const flags = ['--budget', `${seconds}s`, '--workers', '1', '--strategy', options.strategy, '--race', 'off', '--json'];
const loader = import.meta.resolve('tsx');
const engine = spawn(process.execPath, ['--import', loader, main, 'test', './...', ...flags], {
  cwd: directory,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let printed = '';
engine.stdout.on('data', (text) => {
  printed += text;
});
let ended = false;
engine.on('close', () => {
  ended = true;
});

function megabytes(pid) {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}

/** Of the processes of the test. */
function largestTest() {
  let largest = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes('-test.run=^TestBusy$')) largest = Math.max(largest, megabytes(pid));
    } catch {} // it has ended
  }
  return largest;
}

const page = [];
const say = (text) => {
  console.log(text);
  page.push(...text.split('\n').map((line) => `    ${line}`));
};
say(`${machine}\nseconds  engine    test`);
for (let second = 0; !ended; second++) {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  if (second % every !== 0 || ended) continue;
  const row = [second, megabytes(engine.pid).toFixed(0), largestTest().toFixed(0)];
  say(`${String(row[0]).padStart(7)}  ${row[1].padStart(3)} MB  ${row[2].padStart(3)} MB`);
}
const [test] = JSON.parse(printed).tests;
say(`${test.schedules.toLocaleString('en')} schedules; ended: ${test.ended ?? 'with its budget'}`);
if (options.write) writeBetweenMarks(options.write, 'memory', page);
