// The tables of docs/strategies.md. results: {id, finds: {column: [{schedules, seconds}]}}[].
import { percentile } from './measure.mjs';

const WITHIN = [10, 100, 1_000, 10_000];
const count = (number) => (number === Infinity ? '–' : Math.round(number).toLocaleString('en'));
const time = (number) => (number === Infinity ? '–' : number < 0.01 ? '<0.01' : number.toFixed(2));
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const row = (cells) => `| ${cells.join(' | ')} |`;
const head = (cells) => [row(cells), row(cells.map((_, index) => (index === 0 ? '---' : '---:')))];
const schedulesOf = (finds) => finds.map(({ schedules }) => schedules);
const median = (finds) => percentile(schedulesOf(finds), 0.5);
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);

/** Finds count as the bound where there is none, so that means exist. */
const meanSchedules = (finds, bound) => mean(schedulesOf(finds).map((schedules) => Math.min(schedules, bound)));

/** Share of all program × seed that were found within so many schedules, and seconds. */
export function shares(results, columns, seconds) {
  const lines = head(['strategy', ...WITHIN.map((n) => `${count(n)} schedules`), `${seconds} s`]);
  for (const column of columns) {
    const finds = results.flatMap((result) => result.finds[column] ?? []);
    const within = WITHIN.map((n) => percent(finds.filter(({ schedules }) => schedules <= n).length / finds.length));
    lines.push(
      row([`\`${column}\``, ...within, percent(finds.filter((find) => find.seconds <= seconds).length / finds.length)]),
    );
  }
  return lines;
}

/** Median and 90th percentile of schedules for each program, the hardest for random walks first. */
export function programs(results, columns) {
  const lines = head(['program', ...columns.map((column) => `\`${column}\``)]);
  for (const { id, finds } of results) {
    const cell = (column) => `${count(median(finds[column]))} · ${count(percentile(schedulesOf(finds[column]), 0.9))}`;
    lines.push(row([id, ...columns.map(cell)]));
  }
  return lines;
}

export function secondsTable(results, columns) {
  const lines = head(['program', ...columns.map((column) => `\`${column}\``)]);
  for (const { id, finds } of results) {
    const secondsOf = (column) => finds[column].map(({ seconds }) => seconds);
    lines.push(
      row([
        id,
        ...columns.map(
          (column) => `${time(percentile(secondsOf(column), 0.5))} · ${time(percentile(secondsOf(column), 0.9))}`,
        ),
      ]),
    );
  }
  return lines;
}

/**
 * Whether `a` needs more schedules than `b`: one-sided rank-sum test with its normal approximation (Mann, Whitney 1947),
 * at 5 %.
 */
export function worse(a, b) {
  let wins = 0;
  for (const x of a) for (const y of b) wins += x > y ? 1 : x === y ? 0.5 : 0;
  const expected = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return (wins - expected) / deviation > 1.645;
}

/** How `auto` stands against the others, over all programs and over those of each folder. */
export function standing(results, singles, bound) {
  const folders = [...new Set(results.map(({ id }) => id.split('/')[0]))].sort();
  const parts = [
    ['all', results],
    ...folders.map((folder) => [folder, results.filter(({ id }) => id.startsWith(`${folder}/`))]),
  ];
  const shown = folders.length > 1 ? parts : parts.slice(0, 1);
  const columns = shown.map(([, part]) => verdicts(hardestFirst(part, 'random', bound), singles, bound));
  return [
    ...head(['', ...shown.map(([name, part]) => `${name}, ${part.length}`)]),
    ...columns[0].map(([what], line) => row([what, ...columns.map((column) => column[line][1])])),
  ];
}

/** What is said of some programs, the hardest for random walks first: pairs of words and a number. */
function verdicts(results, singles, bound) {
  const at = (column, list = results) => mean(list.map(({ finds }) => meanSchedules(finds[column], bound)));
  const best = [...singles].sort((a, b) => at(a) - at(b))[0];
  const notWorse = (result, column) => !worse(schedulesOf(result.finds.auto), schedulesOf(result.finds[column]));
  const share = (accept) => percent(results.filter(accept).length / results.length);
  const oracle = (result) =>
    [...singles].sort((a, b) => meanSchedules(result.finds[a], bound) - meanSchedules(result.finds[b], bound))[0];
  const hardest = results.slice(0, Math.ceil(results.length / 3));
  const ratios = hardest.map(({ finds }) => meanSchedules(finds.random, bound) / meanSchedules(finds.auto, bound));
  const geometric = Math.exp(mean(ratios.map(Math.log)));
  return [
    ['best single strategy, mean schedules', `\`${best}\`, ${count(at(best))}`],
    ['`auto`, mean schedules', count(at('auto'))],
    ['`random`, mean schedules', count(at('random'))],
    [
      'programs on which `auto` is not worse than the best single one (rank-sum test, 5 %)',
      share((result) => notWorse(result, best)),
    ],
    ['… than whichever is best on each program', share((result) => notWorse(result, oracle(result)))],
    ['times fewer schedules than `random` on the hardest third (geometric mean)', geometric.toFixed(1)],
  ];
}

/** By the schedules that a strategy needs. */
export function hardestFirst(results, column, bound) {
  return [...results].sort((a, b) => meanSchedules(b.finds[column], bound) - meanSchedules(a.finds[column], bound));
}

/** coverage: {column: {schedules: {pairs, states, classes}}}, summed over programs. */
export function coverageTable(coverage, columns) {
  const steps = Object.keys(coverage[columns[0]]);
  const lines = head(['strategy', ...steps.map((n) => `${count(Number(n))} schedules`)]);
  for (const column of columns) {
    const cell = ({ pairs, states, classes }) => `${count(pairs)} · ${count(states)} · ${count(classes)}`;
    lines.push(row([`\`${column}\``, ...steps.map((n) => cell(coverage[column][n]))]));
  }
  return lines;
}
