// What a prediction of the scheduler's next event costs: reading the model, one question, and following a trace.
//   node --import tsx bench/next-event.mjs
// A question is what a hover asks (code alone, 5 candidates) or a state with 20 goroutines (about 70 candidates); the
// baseline is making the features of the same state without asking.
import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fromCodeAlone, situation } from '../core/model/scheduling/candidates.ts';
import { Memory } from '../core/model/scheduling/memory.ts';
import { SchedulerState } from '../core/model/scheduling/state.ts';
import { loadNextEventModel, shippedModel } from '../engine/model/next-event.ts';

const ROUNDS = 200;
const file = shippedModel(process.cwd());
const began = performance.now();
const loaded = await loadNextEventModel(file);
if (!loaded.ok) throw new Error(loaded.problem);
const loading = performance.now() - began;
const model = loaded.value;

const event = (kind, goroutine, by, rest = {}) => ({
  kind,
  goroutine,
  by,
  proc: 0,
  reason: '',
  stack: [],
  entry: [],
  time: goroutine * 1000,
  ...rest,
});
const state = new SchedulerState(4);
state.take(event('Known', 1, -1, { known: 'running' }));
for (let id = 2; id <= 20; id++) state.take(event('GoCreate', id, 1));
for (let id = 2; id <= 12; id++) state.take(event('GoStart', id, -1));
const memory = new Memory();
const features = () => situation(state, memory, undefined, 'TestIt');
const steps = [1, 2, 3].map((depth) => ({ depth, kind: ['lock', 'send', 'end'][depth - 1], weight: 1 / depth }));
const alone = () => fromCodeAlone({ op: undefined, steps }, 1);

async function median(work) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2];
}

const made = await median(async () => features());
const small = await median(() => model.events(alone()));
const large = await median(() => model.events(features()));
const row = (what, milliseconds) => `| ${what} | ${milliseconds.toFixed(2)} | ${(milliseconds / made).toFixed(1)}× |`;
console.log(`${file.slice(process.cwd().length + 1)}: ${(statSync(file).size / 1e6).toFixed(2)} MB`);
console.log('| | ms, median | against features |\n|---|---|---|');
console.log(row(`features of a state with ${features().candidates.length} candidates (baseline)`, made));
console.log(row('a hover: the code alone', small));
console.log(row('that state, with the model', large));
console.log(row('reading runtime and model, once', loading));
