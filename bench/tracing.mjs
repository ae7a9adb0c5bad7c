// What instrumentation costs: node --import tsx bench/tracing.mjs [--rounds N] [--dir MODULE]
//   building   `go test -c` of an instrumented package and the rewriting before it, against `go test -c` of the plain
//              one; its own packages are compiled anew each time, what they import is not
//   running    bench/programs in record mode, with and without reads and writes of memory, against the plain binary
//              and against the one built with -race
//   memory     what a recorded trace takes, by million events
// The rounds of what is compared alternate, so that whatever else the machine does falls on each alike; numbers are
// medians over the rounds. --dir measures building for another module, too.
import { cpSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { disposeBuild } from '../engine/build/build.ts';
import {
  built,
  configured,
  machine,
  measured,
  median,
  newFolder,
  positive,
  root,
  seconds,
  times,
  work,
} from './harness.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, dir: { type: 'string' } },
});
const rounds = positive('rounds', options.rounds);

/** Changes every package of the module a little, so that its own code is compiled again. */
function touch(module, round) {
  const packages = new Set();
  for (const entry of readdirSync(module, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.go') || packages.has(entry.parentPath)) continue;
    packages.add(entry.parentPath);
    const file = path.join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8').replace(/\n\/\/ round .*\n$/, '\n');
    writeFileSync(file, `${text}\n// round ${round} ${process.pid}\n`);
    // As if somebody had saved it a moment ago: what changes during a build is not kept.
    const earlier = new Date(Date.now() - 1000);
    utimesSync(file, earlier, earlier);
  }
}

async function building(name, source) {
  const module = newFolder(name);
  cpSync(source, module, { recursive: true, filter: (file) => path.basename(file) !== '.lockstep' });
  const cache = path.join(work, 'cache');
  const first = await built(module, cache); // builds the tracer, and what the packages import
  await disposeBuild(first);
  const all = { plain: [], rewrite: [], compile: [], again: [] };
  for (let round = 1; round <= rounds; round++) {
    touch(module, `plain ${round}`);
    let plain = 0;
    for (const found of first.packages) {
      const args = ['test', '-c', '-vet=off', '-ldflags=-w -s', '-o', '/dev/null', found.importPath];
      plain += measured(first.toolchain.go, args, module, first.toolchain.environment).took;
    }
    all.plain.push(plain);
    touch(module, `instrumented ${round}`);
    const build = await built(module, cache);
    all.rewrite.push(build.seconds.rewrite);
    all.compile.push(build.seconds.compile);
    await disposeBuild(build);
    const began = performance.now();
    await disposeBuild(await built(module, cache));
    all.again.push((performance.now() - began) / 1000);
  }
  const [plain, rewrite, compile, again] = [all.plain, all.rewrite, all.compile, all.again].map(median);
  const ratio = times((rewrite + compile) / plain);
  console.log(name.padEnd(24), seconds(plain), seconds(rewrite), seconds(compile), ratio, seconds(again));
}

const REPEATS = 5;

/** Runs a test in record mode; every === 1 records reads and writes of memory, and keeps the traces. */
function recorded(found, test, every) {
  const out = newFolder('out');
  const more = { mode: 'record', iterations: REPEATS, maxSteps: 1e9, traceEvery: every };
  const { args, environment } = configured(found, test, out, more);
  const result = measured(found.binary, args, found.dir, environment);
  const trace = every ? path.join(out, '0.trace') : undefined;
  const bytes = trace ? statSync(trace).size : 0;
  const events = trace ? eventsOf(readFileSync(trace)) : 0;
  rmSync(out, { recursive: true });
  return { ...result, bytes, events };
}

/** As in protocol/trace.ts: magic, version, length of the JSON header, header. */
function eventsOf(bytes) {
  const length = bytes.readUInt32LE(12);
  return JSON.parse(bytes.toString('utf8', 16, 16 + length)).events;
}

async function running() {
  const module = newFolder('programs');
  cpSync(path.join(root, 'bench/programs'), module, { recursive: true });
  const build = await built(module);
  const [found] = build.packages;
  const binaries = { plain: path.join(work, 'plain.test'), race: path.join(work, 'race.test') };
  const { go, environment } = build.toolchain;
  measured(go, ['test', '-c', '-o', binaries.plain, '.'], module, environment);
  measured(go, ['test', '-c', '-race', '-o', binaries.race, '.'], module, { ...environment, CGO_ENABLED: '1' });
  console.log(
    `\n${REPEATS} runs of`.padEnd(25),
    '    plain     -race    record  +memory  record/plain  record/-race  MB a million events: process  file',
  );
  for (const { name: test } of found.tests) {
    const all = { plain: [], race: [], record: [], memory: [] };
    for (let round = 0; round < rounds; round++) {
      const args = [`-test.run=^${test}$`, `-test.count=${REPEATS}`];
      all.plain.push(measured(binaries.plain, args, module));
      // By default a process waits a second for late reports.
      all.race.push(measured(binaries.race, args, module, { GORACE: 'atexit_sleep_ms=0' }));
      all.record.push(recorded(found, test, 0));
      all.memory.push(recorded(found, test, 1));
    }
    const of = (list, field) => median(list.map((one) => one[field]));
    const [plain, race, record, memory] = [all.plain, all.race, all.record, all.memory].map((list) => of(list, 'took'));
    const millions = of(all.memory, 'events') / 1e6;
    const held = (of(all.memory, 'megabytes') - of(all.plain, 'megabytes')) / millions;
    const file = of(all.memory, 'bytes') / 2 ** 20 / millions;
    console.log(
      test.padEnd(24),
      seconds(plain),
      seconds(race),
      seconds(record),
      seconds(memory),
      times(memory / plain).padStart(12),
      times(memory / race).padStart(13),
      held.toFixed(0).padStart(29),
      file.toFixed(0).padStart(5),
    );
  }
  await disposeBuild(build);
}

console.log(`${machine}; ${rounds} rounds`);
console.log('building'.padEnd(24), '    plain   rewrite   compile  against plain   unchanged');
await building('examples', path.join(root, 'examples'));
await building('programs', path.join(root, 'bench/programs'));
if (options.dir) await building(path.basename(options.dir), path.resolve(options.dir));
await running();
