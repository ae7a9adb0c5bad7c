// What a prediction for a hover costs: the operations of a big file, each with a thousand counted places beside it.
//   node --import tsx bench/hover.mjs [--file PATH]
// The first one after an edit works the file out, which hovers, marks and symbols share.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { distribution, mergeCounts } from '../core/model/counts.ts';
import { analysedFile, sitesOf } from '../core/static/concurrency-sites.ts';
import { dependences } from '../core/static/dependence.ts';
import { openDocument } from '../core/static/document.ts';
import { installationAt } from '../engine/system/installation.ts';
import { goParser, parserFiles } from '../engine/system/parser.ts';
import { median, root } from './harness.mjs';
import { percentile } from './strategies/measure.mjs';

const { values } = parseArgs({ options: { file: { type: 'string' } } });
const goroot = () => execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
const file = values.file ?? path.join(goroot(), 'src/net/http/server.go');
const parser = await goParser((await parserFiles(installationAt(root).root)).value);
const document = openDocument(parser.value, readFileSync(file, 'utf8'));

const timed = (work) => {
  const began = performance.now();
  const result = work();
  return { result, took: performance.now() - began };
};
const { result: first, took } = timed(() => {
  const all = analysedFile(document);
  return { all, operations: sitesOf(all, '').operations };
});
const { all, operations } = first;
const counts = Array.from({ length: 1_000 }, (_, at) => {
  const { operation, expression, cases, range } = operations[at % operations.length];
  const outcomes = { 'at-once': at, waited: 7, 'blocked-for-ever': 1 };
  return { file, ...range.start, operation, expression, outcomes, runs: at + 8, ...(cases ? { cases } : {}) };
});
const times = operations.map((one) => {
  const { start } = one.range;
  return timed(() => {
    const own = counts.filter(({ line, column }) => line === start.line && column === start.column);
    return [distribution(mergeCounts(own)[0] ?? counts[0]), dependences(all, '', start)];
  }).took;
});
const ms = (number) => `${number.toFixed(2)} ms`;
console.log(`${path.basename(file)}, ${operations.length} operations: the file ${ms(took)}, once for each text`);
console.log(
  `a prediction: median ${ms(median(times))}, 99th percentile ${ms(percentile(times, 0.99))}, most ${ms(Math.max(...times))}`,
);
