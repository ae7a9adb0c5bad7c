// How fast executions are analysed: node --expose-gc --import tsx bench/analyses.mjs
//   [--events 100000,1000000] [--threads 10,100,1000] [--only hb,pwr] [--rapid DIR]
//   events/s   by processor time, of the analysis alone, on the columns
//   bytes      of heap, buffers and WebAssembly that the analysis has at its end, by event of the execution
//   growth     time by event against that of the shortest execution: 1.0 is a straight line
// --rapid compares with RAPID on the same STD files (analyses/rapid.mjs).
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { lockCycles } from '../core/analyse/locks/cycles.ts';
import { soundDeadlocks } from '../core/analyse/locks/deadlocks.ts';
import { lockDependencies } from '../core/analyse/locks/dependencies.ts';
import { accessSets } from '../core/analyse/relations/access-sets.ts';
import { LockSetSearch } from '../core/analyse/relations/lockset.ts';
import { optionsFor, RaceSearch, raceSearch } from '../core/analyse/relations/races.ts';
import { HB, PWR, SHB } from '../core/analyse/relations/rules.ts';
import { treeRaceSearch } from '../core/analyse/relations/tree-order.ts';
import { syncPreservingRaces } from '../core/analyse/reorder/sync-preserving.ts';
import { feed } from '../core/trace/execution/execution.ts';
import { againstRapid } from './analyses/rapid.mjs';
import { workload } from './analyses/workload.mjs';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '100000,1000000' },
    threads: { type: 'string', default: '10,100,1000' },
    only: { type: 'string' },
    rapid: { type: 'string' },
  },
});
const numbers = (text) => text.split(',').map(Number);

const bySink = (make) => (execution) => {
  let found = 0;
  const sink = make(execution, () => found++);
  feed(execution, sink);
  return { found, kept: sink };
};
const clocks = (rules) => bySink((execution, onPair) => raceSearch(rules, onPair, optionsFor(execution)));
const ANALYSES = {
  hb: clocks(HB),
  'hb (trees)': bySink((execution, onPair) => treeRaceSearch(onPair, optionsFor(execution))),
  'hb-sets': bySink((execution, onPair) => new RaceSearch(HB, accessSets(execution), onPair, optionsFor(execution))),
  shb: clocks(SHB),
  lockset: bySink((_, onPair) => new LockSetSearch(onPair)),
  pwr: clocks(PWR),
  'sync-preserving': (execution) => ({ found: syncPreservingRaces(execution).length }),
  'lock-dependencies': (execution) => {
    const kept = lockDependencies(execution);
    return { found: lockCycles(kept.found()).cycles.length, kept };
  },
  'lock-dependencies-sound': (execution) => ({ found: soundDeadlocks(execution).length }),
};

const memory = () => {
  globalThis.gc?.();
  // Clocks of many threads lie in WebAssembly's memory.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

function measured(analysis, execution) {
  const before = memory();
  const began = process.cpuUsage();
  const { found, kept } = analysis(execution);
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1e6;
  const bytes = kept ? (memory() - before) / execution.count : Number.NaN;
  return { found, took, bytes };
}

/** Before it is measured: for a second, so that also what is compiled late is. */
function compile(name, threads) {
  const short = workload(50_000, threads);
  const until = performance.now() + 1_000;
  do ANALYSES[name](short);
  while (performance.now() < until);
}

const chosen = options.only?.split(',') ?? Object.keys(ANALYSES);
console.log(`${cpus()[0].model}, ${cpus().length} cores, node ${process.version}`);
console.log(
  'analysis'.padEnd(24),
  'threads'.padStart(7),
  'events'.padStart(10),
  'events/s'.padStart(12),
  'bytes'.padStart(7),
  'growth'.padStart(7),
  'found'.padStart(7),
);
for (const threads of numbers(options.threads)) {
  const first = new Map();
  for (const events of numbers(options.events)) {
    const execution = workload(events, threads);
    for (const name of chosen) {
      if (!first.has(name)) compile(name, threads);
      const { found, took, bytes } = measured(ANALYSES[name], execution);
      const each = took / events;
      if (!first.has(name)) first.set(name, each);
      const growth = (each / first.get(name)).toFixed(2);
      const size = Number.isNaN(bytes) ? '' : bytes.toFixed(1);
      console.log(
        name.padEnd(24),
        String(threads).padStart(7),
        String(events).padStart(10),
        Math.round(1 / each)
          .toLocaleString('en')
          .padStart(12),
        size.padStart(7),
        growth.padStart(7),
        String(found).padStart(7),
      );
    }
  }
}

if (options.rapid) {
  await againstRapid({
    folder: options.rapid,
    threads: numbers(options.threads),
    events: numbers(options.events),
    chosen,
  });
}
