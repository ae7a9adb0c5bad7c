// What the static checks cost: a key stroke in a big file from edit to findings, next to tree-sitter's own incremental
// parse of the same edit, and a module checked cold.
//   node --import tsx bench/static.mjs [--file PATH] [--module DIR] [--strokes N]
// What they find: of the bugs of a GoBench checkout, and in real modules (static/modules.json), with a random sample to judge.
//   node --import tsx bench/static.mjs --goker DIR [--explored FILE]
//   node --import tsx bench/static.mjs --real [--modules FILE] [--only RE] [--sample 100] [--seed 1]
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKS } from '../core/static/checks.ts';
import { QuickChecks } from '../core/static/run-checks.ts';
import { readSource } from '../core/static/source/declarations.ts';
import { Package } from '../core/static/source/package.ts';
import { check } from '../engine/check.ts';
import { installationAt } from '../engine/system/installation.ts';
import { goParser, parserFiles } from '../engine/system/parser.ts';
import { goker } from './static/goker.mjs';
import { realCode } from './static/real-code.mjs';

const root = path.join(import.meta.dirname, '..');
const goroot = () => execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    module: { type: 'string' },
    strokes: { type: 'string', default: '400' },
    goker: { type: 'string' },
    explored: { type: 'string' },
    real: { type: 'boolean', default: false },
    modules: { type: 'string', default: path.join(import.meta.dirname, 'static/modules.json') },
    only: { type: 'string', default: '' },
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
const file = values.file ?? path.join(goroot(), 'src/net/http/server.go');

const files = await parserFiles(root);
if (!files.ok) throw new Error(files.problem);
const parser = await goParser(files.value);
if (!parser.ok) throw new Error(parser.problem);

function strokes(count) {
  let text = readFileSync(file, 'utf8');
  let tree = parser.value.parse(text);
  const opened = performance.now();
  let source = readSource(text, tree);
  const subject = { path: file, source };
  const quick = new QuickChecks();
  quick.run(new Package([subject]), subject, CHECKS);
  const first = performance.now() - opened;
  const parsing = [];
  const checking = [];
  // Typing at places all over the file, a character at a time; editors close brackets when they are opened.
  const word = ['g', 'o', ' ', 's', '.', 'r', 'u', 'n', '(', ')', '\n'];
  for (let stroke = 0; stroke < count; stroke++) {
    const index = stroke % word.length;
    if (index === 0) place = text.indexOf('\n\t', Math.floor((text.length * stroke) / count)) + 2;
    const at = place + index;
    const point = pointAt(text, at);
    const after = text.slice(0, at) + word[index] + text.slice(at);
    const begin = performance.now();
    tree.edit({
      startIndex: at,
      oldEndIndex: at,
      newEndIndex: at + 1,
      startPosition: point,
      oldEndPosition: point,
      newEndPosition:
        word[index] === '\n' ? { row: point.row + 1, column: 0 } : { row: point.row, column: point.column + 1 },
    });
    const next = parser.value.parse(after, tree);
    tree.delete();
    tree = next;
    text = after;
    const parsed = performance.now();
    source = readSource(text, tree, source);
    subject.source = source;
    quick.run(new Package([subject]), subject, CHECKS);
    checking.push(performance.now() - begin);
    parsing.push(parsed - begin);
  }
  tree.delete();
  return { lines: text.split('\n').length, first, parsing, checking };
}

let place = 0;

function pointAt(text, offset) {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  let row = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) row++;
  return { row, column: offset - start };
}

const rank = (list, share) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const shown = (list) => `median ${rank(list, 0.5).toFixed(1)} ms, 99th percentile ${rank(list, 0.99).toFixed(1)} ms`;

if (values.goker !== undefined) await goker(installationAt(root), path.resolve(values.goker), values.explored);
else if (values.real)
  await realCode(installationAt(root), goroot(), {
    list: values.modules,
    only: values.only,
    sample: Number(values.sample),
    seed: Number(values.seed),
  });
else {
  const { lines, first, parsing, checking } = strokes(Number(values.strokes));
  console.log(`${path.basename(file)}, ${lines} lines, opened: ${first.toFixed(0)} ms`);
  console.log(`key stroke, parse alone (baseline): ${shown(parsing)}`);
  console.log(`key stroke, to findings:            ${shown(checking)}`);
  console.log(`ratio of the medians: ${(rank(checking, 0.5) / rank(parsing, 0.5)).toFixed(1)}`);
}

if (values.module !== undefined) {
  const began = process.cpuUsage();
  const start = performance.now();
  const result = await check({
    installation: installationAt(root),
    directory: path.resolve(values.module),
    paths: ['./...'],
  });
  if (!result.ok) throw new Error(result.problem);
  const { user, system } = process.cpuUsage(began);
  const seconds = (performance.now() - start) / 1000;
  const { findings, files: count, lines } = result.value;
  console.log(
    `${values.module}: ${count} files, ${lines} lines, ${findings.length} findings in ${seconds.toFixed(1)} s ` +
      `(${((user + system) / 1e6).toFixed(1)} s of processor), ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`,
  );
}
