// How a program's runs are likely to end, forwards and backwards:
//   node --import tsx bench/outcomes.mjs [--dir DIR] [--filter RE] [--runs N] [--within SECONDS] [--find] [--seeds N] [--write FILE]
// Of each test whose random runs do not all end alike, a model learns from some of them and tells of the others, after a
// quarter, a half and three quarters of their events, how they end; against the shares of the ends alone. Backwards: how
// much more often runs end badly that are steered to the order that speaks most for it. --find: schedules to the first
// find where runs are steered to orders that the first random runs have not shown, against `random` and `auto`.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withMarked } from '../cli/marked.ts';
import { hashOf } from '../core/model/operations/gathered.ts';
import { describeEnd } from '../core/model/outcomes/ends.ts';
import { OutcomeModel, speakingFor, unseenOrders } from '../core/model/outcomes/model.ts';
import { ordersIn } from '../core/model/outcomes/orders.ts';
import { disposeBuild } from '../engine/build/build.ts';
import { randomRuns } from '../engine/dataset/random-runs.ts';
import { removeRun, runTarget } from '../engine/run/run.ts';
import { CORPUS } from '../scripts/corpus/lockstep.mjs';
import { median } from './harness.mjs';
import { firstFind } from './strategies/measure.mjs';
import { moduleAt, programsIn } from './strategies/programs.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    filter: { type: 'string', default: '' },
    runs: { type: 'string', default: '60' },
    within: { type: 'string', default: '3600' },
    find: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '5' },
    write: { type: 'string' },
  },
});
const LEARNED = [4, 20, 60];
const SHARES = [0.25, 0.5, 0.75];
const BINS = 15;
const LEAST = 1e-6;
const count = Number(options.runs);

/** Runs that the orders which nobody has shown are told of, and orders that are steered to. */
const FIRST_RUNS = 16;
const MOST_TARGETS = 16;
const SCHEDULES = 2_000;

const endsOf = (runs) => runs.map(({ run, outcome }) => ({ run, end: describeEnd(outcome, run.trace.header) }));
const targetOf = ({ first, second }) => ({ kind: 'order', sites: [first.site, second.site] });

async function learned(subject) {
  const runs = endsOf(await randomRuns(subject, { first: 0, count: Math.max(...LEARNED) + count }));
  const [told, asked] = [runs.slice(0, Math.max(...LEARNED)), runs.slice(Math.max(...LEARNED))];
  if (new Set(runs.map(({ end }) => end)).size < 2 || asked.length === 0) return undefined;
  const answers = [];
  for (const known of LEARNED) {
    const few = told.slice(0, known);
    const model = new OutcomeModel(few);
    for (const { run, end } of asked) {
      for (const share of SHARES) {
        const chances = new Map(
          model
            .forward(ordersIn(run, Math.floor(share * run.trace.count)))
            .map((chance, at) => [model.ends[at], chance]),
        );
        const alone = new Map(
          model.ends.map((one) => [one, few.filter((each) => each.end === one).length / few.length]),
        );
        answers.push({ known, share, end, chances, alone });
      }
    }
  }
  const bad = told.filter(({ end }) => end !== 'pass').map(({ end }) => end);
  const end = bad.sort((a, b) => bad.filter((one) => one === b).length - bad.filter((one) => one === a).length)[0];
  const [order] = end
    ? speakingFor(told, end).filter(({ order: { first, second } }) => first.site !== second.site)
    : [];
  const steered = order ? await endsUnder(subject, end, [targetOf(order.order)]) : undefined;
  const random = asked.filter((one) => one.end === end).length / asked.length;
  return { answers, ...(steered === undefined ? {} : { steered, random }) };
}

/** The share of runs that are steered to a target and end so. */
async function endsUnder(subject, end, targets) {
  let [runs, hits] = [0, 0];
  for (let first = 0; first < count; ) {
    const request = { strategy: 'steer', targets, seed: '9', first, iterations: count - first, traceEvery: 1 };
    const run = await runTarget(subject, { ...request, maxSteps: 20_000, milliseconds: 10_000 });
    for (const { outcome, returned } of run.lines) {
      runs++;
      if (describeEnd(outcome, { returned }) === end) hits++;
    }
    const done = Math.max(run.diedIn ?? -1, ...run.lines.map(({ index }) => index)) + 1;
    removeRun(run);
    if (done <= first) break;
    first = done;
  }
  return runs === 0 ? undefined : hits / runs;
}

async function found(program) {
  const finds = { random: [], auto: [], unseen: [] };
  for (let seed = 1; seed <= Number(options.seeds); seed++) {
    const bound = { seed, schedules: SCHEDULES, seconds: 5 };
    for (const column of ['random', 'auto']) finds[column].push((await firstFind(program, column, bound)).schedules);
    const early = endsOf(await randomRuns(program.subject, { first: 1_000 * seed, count: FIRST_RUNS }));
    const at = early.findIndex(({ end }) => end !== 'pass');
    if (at >= 0) finds.unseen.push(at + 1);
    else {
      const orders = unseenOrders(early.map(({ run }) => run)).filter(
        ({ first, second }) => first.site !== second.site,
      );
      const targets = orders.slice(0, MOST_TARGETS).map(targetOf);
      const { schedules } = await firstFind({ ...program, targets }, targets.length > 0 ? 'steer' : 'random', bound);
      finds.unseen.push(FIRST_RUNS + schedules);
    }
  }
  return finds;
}

function measured(answers, which) {
  const bins = Array.from({ length: BINS }, () => ({ sure: 0, right: 0 }));
  let [right, nll, all] = [0, 0, 0];
  for (const { end, share, [which]: chances } of answers) {
    const [[likeliest, sure]] = [...chances].sort((a, b) => b[1] - a[1]);
    const hit = likeliest === end ? share : 0;
    const bin = bins[Math.min(BINS - 1, Math.floor(sure * BINS))];
    bin.sure += share * sure;
    bin.right += hit;
    right += hit;
    nll -= share * Math.log(Math.max(chances.get(end) ?? 0, LEAST));
    all += share;
  }
  const ece = bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.sure), 0) / all;
  return { accuracy: right / all, nll: nll / all, ece };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const row = (cells) => `| ${cells.join(' | ')} |`;

function tables(results) {
  // Each program counts the same.
  const answers = results.flatMap(({ answers: of }) =>
    of.map((one) => ({ ...one, at: one.share, share: 1 / of.length })),
  );
  const lines = [
    row([
      'runs known',
      'model',
      'likeliest is right',
      'ECE',
      'NLL',
      ...SHARES.map((share) => `right at ${percent(share)}`),
    ]),
  ];
  lines.push(row(['---:', '---', ...Array.from({ length: 3 + SHARES.length }, () => '---:')]));
  for (const known of LEARNED) {
    for (const [name, which] of [
      ['shares of the ends alone', 'alone'],
      ['orders until now', 'chances'],
    ]) {
      const of = answers.filter((one) => one.known === known);
      const { accuracy, ece, nll } = measured(of, which);
      const at = SHARES.map((share) =>
        percent(
          measured(
            of.filter((one) => one.at === share),
            which,
          ).accuracy,
        ),
      );
      lines.push(row([known, name, percent(accuracy), ece.toFixed(3), nll.toFixed(3), ...at]));
    }
  }
  const steered = results.filter((one) => one.steered !== undefined);
  const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);
  lines.push(
    '',
    `${results.length} programs whose runs end in more than one way. Backwards, for the ${steered.length} of them of which an order speaks for ending badly: ${percent(mean(steered.map(({ random }) => random)))} of random runs end so, ${percent(mean(steered.map((one) => one.steered)))} of runs that are steered to that order (more often in ${steered.filter((one) => one.steered > one.random).length}, less in ${steered.filter((one) => one.steered < one.random).length}).`,
  );
  return lines.join('\n');
}

function findTable(results) {
  const lines = [row(['program', '`random`', '`auto`', 'unseen orders']), row(['---', '---:', '---:', '---:'])];
  const shown = (schedules) => (Number.isFinite(schedules) ? Math.round(schedules).toLocaleString('en') : '–');
  for (const { id, finds } of results)
    lines.push(row([id, ...['random', 'auto', 'unseen'].map((column) => shown(median(finds[column])))]));
  return lines.join('\n');
}

// Nothing is stored in it, so that the corpus can be built where it is, once.
const directory = options.dir ? await moduleAt(path.resolve(options.dir)) : CORPUS;
const filter = new RegExp(options.filter);
const wanted = (id) => filter.test(id) && (options.dir || !/\/TestFixed/.test(id));
const { build, programs } = await programsIn(directory, wanted);
const until = performance.now() + Number(options.within) * 1000;
const results = [];
for (const program of programs.sort((a, b) => hashOf(a.id) - hashOf(b.id))) {
  if (performance.now() > until) break;
  const result = options.find ? { finds: await found(program) } : await learned(program.subject);
  process.stderr.write(`${program.id}${result ? '' : ': ends in one way'}\n`);
  if (result) results.push({ id: program.id, ...result });
}
await disposeBuild(build);
const markdown = options.find ? findTable(results) : tables(results);
const name = `bench/outcomes.mjs${options.find ? ' --find' : ''}`;
if (options.write) writeFileSync(options.write, withMarked(readFileSync(options.write, 'utf8'), name, markdown));
else console.log(markdown);
