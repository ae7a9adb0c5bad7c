// How soon each strategy finds each bug, over the corpus or a module with other tests.
//   node --import tsx bench/strategies.mjs [--dir DIR] [--filter RE] [--strategies LIST] [--seeds N] [--schedules N]
//     [--seconds N] [--workers N] [--coverage] [--json FILE] [--from FILE,…] [--write FILE --as NAME]
// --dir takes a GoBench checkout, too. Each test runs with each seed until a run ends wrongly; what only an analysis sees,
// such as a data race that harms nobody, does not count. Programs that nobody finds and programs that everybody finds at
// once, with the first seeds, are counted and left out of the tables; who finds a program with none of the first five
// seeds does not get the others. `auto-feedback` is `auto` without feedback, likewise `-mutation` and `-prediction`.
// --workers programs are measured at a time. --json keeps the numbers; --from makes the tables of such files, measured in
// pieces: other programs, or other strategies on the same ones; --filter and --strategies choose from them. --write puts the
// tables between the marks of that name in a Markdown page.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { disposeBuild } from '../engine/build/build.ts';
import { STRATEGIES } from '../protocol/run.ts';
import { machine, positive, writeBetweenMarks } from './harness.mjs';
import { coverageAfter, firstFind } from './strategies/measure.mjs';
import { moduleAt, programsIn } from './strategies/programs.mjs';
import {
  coverageTable,
  hardestFirst,
  programs as programTable,
  secondsTable,
  shares,
  standing,
} from './strategies/table.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    filter: { type: 'string', default: '' },
    strategies: {
      type: 'string',
      default: [...STRATEGIES.filter((name) => name !== 'steer'), 'auto-feedback'].join(','),
    },
    seeds: { type: 'string', default: '20' },
    schedules: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    workers: { type: 'string', default: `${availableParallelism()}` },
    coverage: { type: 'boolean', default: false },
    json: { type: 'string' },
    from: { type: 'string' },
    write: { type: 'string' },
    as: { type: 'string', default: 'strategies' },
  },
});
const seeds = positive('seeds', options.seeds);
const schedules = positive('schedules', options.schedules);
const seconds = positive('seconds', options.seconds);
const workers = positive('workers', options.workers);
const filter = new RegExp(options.filter);
const columns = options.strategies.split(',');
/** Seeds after which a program counts as found at once, by everybody within so many schedules, or by nobody. */
const FIRST = { seeds: 2, schedules: 2 };
/** Seeds after which a strategy that has found nothing is not tried with the others. */
const HOPELESS = 5;
const COVERED_AFTER = [10, 100, 1_000, 10_000];

async function measure(program) {
  const finds = Object.fromEntries(columns.map((column) => [column, []]));
  for (let seed = 1; seed <= seeds; seed++) {
    for (const column of columns) {
      const known = finds[column];
      const hopeless = known.length >= HOPELESS && known.every((find) => find.schedules === Infinity);
      known.push(hopeless ? known[0] : await firstFind(program, column, { seed, schedules, seconds }));
    }
    const all = Object.values(finds).flat();
    if (seed === FIRST.seeds && all.every((find) => find.schedules === Infinity))
      return { id: program.id, nothing: true };
    if (columns.length > 1 && seed === FIRST.seeds && all.every((find) => find.schedules <= FIRST.schedules))
      return { id: program.id, easy: true };
  }
  return { id: program.id, finds };
}

async function covered(programs) {
  const sums = {};
  for (const column of columns) {
    sums[column] = {};
    for (const schedules of COVERED_AFTER) {
      const sum = { pairs: 0, states: 0, classes: 0 };
      for (const program of programs) {
        const { pairs, states, classes } = await coverageAfter(program, column, { seed: 1, schedules });
        sum.pairs += pairs;
        sum.states += states;
        sum.classes += classes;
      }
      sums[column][schedules] = sum;
    }
  }
  return sums;
}

/** Also while it goes on: what is cut short is not lost. */
function keep(document) {
  if (options.json) writeFileSync(options.json, JSON.stringify(document));
}

async function measured() {
  const directory = await moduleAt(options.dir && path.resolve(options.dir));
  const twin = (id) => !options.dir && /\/TestFixed/.test(id);
  const { build, programs } = await programsIn(directory, (id) => filter.test(id) && twin(id) === options.coverage);
  const document = { results: [], coverage: {} };
  if (options.coverage) document.coverage = await covered(programs);
  else {
    const left = [...programs];
    const worker = async () => {
      for (let program = left.shift(); program; program = left.shift()) {
        const result = await measure(program);
        document.results.push(result);
        keep(document);
        process.stderr.write(`${result.id}${result.nothing ? ': nothing' : result.easy ? ': at once' : ''}\n`);
      }
    };
    await Promise.all(Array.from({ length: workers }, worker));
  }
  await disposeBuild(build);
  return document;
}

function joined(files) {
  const documents = files.map((file) =>
    JSON.parse(readFileSync(file, 'utf8'), (_, value) => (value === null ? Infinity : value)),
  );
  const results = new Map();
  for (const result of documents.flatMap(({ results }) => results)) {
    if (!filter.test(result.id)) continue;
    const known = results.get(result.id);
    if (known?.finds && !result.finds) continue;
    results.set(result.id, result.finds ? { id: result.id, finds: { ...known?.finds, ...result.finds } } : result);
  }
  return {
    results: [...results.values()],
    coverage: Object.assign({}, ...documents.map((document) => document.coverage)),
  };
}

const document = options.from ? joined(options.from.split(',')) : await measured();
keep(document);
const results = hardestFirst(
  document.results.filter(({ finds }) => finds),
  columns.includes('random') ? 'random' : columns[0],
  schedules,
);
const easy = document.results.filter((result) => result.easy).length;
const nothing = document.results.filter((result) => result.nothing);
const page = [];
const say = (text) => {
  console.log(text);
  page.push(text);
};
say(`${machine}; ${seeds} seeds, ${schedules.toLocaleString('en')} schedules or ${seconds} s each.`);
say(
  `${results.length} programs; ${easy} more found at once by all, ${nothing.length} by none${nothing.length ? `: ${nothing.map(({ id }) => id).join(' ')}` : ''}.`,
);
const print = (title, lines) => say(`\n### ${title}\n\n${lines.join('\n')}`);
if (results.length > 0) {
  const shown = columns.filter((column) => results.every(({ finds }) => finds[column]));
  const singles = shown.filter((column) => !column.startsWith('auto'));
  if (shown.includes('auto') && shown.includes('random'))
    print('`auto` against the others', standing(results, singles, schedules));
  print('Found within (share of programs × seeds)', shares(results, shown, seconds));
  // What is left out of `auto` shows in the shares.
  const whole = shown.filter((column) => !column.startsWith('auto-'));
  print('Schedules to the first find: median · 90th percentile', programTable(results, whole));
  console.log('\nSeconds to the first find: median · 90th percentile\n');
  console.log(secondsTable(results, shown).join('\n'));
}
if (Object.keys(document.coverage).length > 0) {
  print(
    'Pairs · states · happens-before classes covered, sums over the corrected twins',
    coverageTable(document.coverage, Object.keys(document.coverage)),
  );
}
if (options.write) writeBetweenMarks(options.write, options.as, page);
