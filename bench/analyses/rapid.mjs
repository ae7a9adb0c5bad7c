// Our analyses and RAPID's engines, on the same STD files, one after the other. `folder` has RAPID's classes and jars:
//   git clone https://github.com/umangm/rapid DIR && cd DIR && mkdir bin &&
//   javac -d bin -cp 'lib/*' -sourcepath src src/{HBEpoch,SHBEpoch,LockSet,SyncPreserving,WCP}.java
// Seconds are of reading and analysis together, each without the start of its virtual machine: RAPID's as it tells them.
// RAPID has no deadlock engine; its engine that comes nearest to PWR is WCP. Of races it counts the second accesses, each
// time, and so does its lockset engine, of which the variables are told beside: we tell each once.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stdLines } from '../../core/trace/execution/std.ts';
import { analyze } from '../../engine/analyze.ts';
import { workload } from './workload.mjs';

const ENGINES = {
  hb: 'HBEpoch',
  shb: 'SHBEpoch',
  lockset: 'LockSet',
  pwr: 'WCP',
  'sync-preserving': 'SyncPreserving',
};
const JARS = ['commons-cli-1.3.1.jar', 'rvparse.jar', 'parserv.jar', 'lz4-1.3-SNAPSHOT.jar'];
/** RAPID is given up then. */
const MILLISECONDS = 100_000;

export async function againstRapid({ folder, threads, events, chosen }) {
  const work = mkdtempSync(path.join(tmpdir(), 'lockstep-bench-'));
  const file = path.join(work, 'trace.std');
  const classes = [path.join(folder, 'bin'), ...JARS.map((jar) => path.join(folder, 'lib', jar))].join(path.delimiter);
  console.log(`\n${'analysis'.padEnd(18)} threads     events     ours    RAPID   ratio  races: ours, RAPID's`);
  try {
    for (const count of threads) {
      for (const length of events) {
        write(file, workload(length, count));
        for (const [name, engine] of Object.entries(ENGINES)) {
          if (!chosen.includes(name)) continue;
          const ours = await measured(file, name);
          const theirs = rapid(engine, classes, file);
          const ratio = theirs.seconds ? `${(theirs.seconds / ours.seconds).toFixed(1)}×` : theirs.why;
          const columns = [
            name.padEnd(18),
            String(count).padStart(7),
            String(length).padStart(10),
            `${ours.seconds.toFixed(2)} s`.padStart(8),
            theirs.seconds ? `${theirs.seconds.toFixed(2)} s`.padStart(8) : '-'.padStart(8),
            ratio.padStart(7),
            ` ${ours.races}, ${theirs.races ?? '-'}`,
          ];
          console.log(columns.join(' '));
        }
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function write(file, execution) {
  const out = openSync(file, 'w');
  let text = '';
  for (const line of stdLines(execution)) {
    text += line;
    if (text.length < 1 << 20) continue;
    writeSync(out, text);
    text = '';
  }
  writeSync(out, text);
  closeSync(out);
}

async function measured(file, name) {
  const began = performance.now();
  const result = await analyze({ files: [file], directory: '/', only: [name] });
  const seconds = (performance.now() - began) / 1000;
  if (!result.ok) throw new Error(result.problem);
  return { seconds, races: result.value.findings.length };
}

function rapid(engine, classes, file) {
  const args = ['-Xmx8g', '-cp', classes, engine, '-f', 'std', '-p', file];
  const { stdout, stderr, status, error } = spawnSync('java', args, {
    encoding: 'utf8',
    timeout: MILLISECONDS,
    maxBuffer: 1 << 30,
  });
  const told = (pattern) => Number(pattern.exec(stdout ?? '')?.[1]);
  const seconds = told(/Time for (?:full )?analysis = (\d+)/) / 1000;
  if (status === 0 && seconds > 0) {
    const races = told(/Number of 'racy' events found = (\d+)/);
    const variables = new Set(stdout.match(/(?<=violated on variable )\S+/gu));
    return { seconds, races: variables.size > 0 ? `${races} accesses of ${variables.size} variables` : races };
  }
  return { why: error?.code === 'ETIMEDOUT' ? `over ${MILLISECONDS / 1000} s` : (stderr ?? '').split('\n')[0] };
}
