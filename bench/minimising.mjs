// What shortening makes of schedules as random walks find them, over the corpus or another module:
//   node --import tsx bench/minimising.mjs [--dir DIR] [--filter RE] [--bounded N] [--json FILE] [--from FILE,…] [--write FILE]
// Of each test the first finding of a random walk that switches at every point (the worst case for a reader) is confirmed:
// preemptions, steps and context switches before and after, and the seconds that it took with its replays. --bounded looks
// in so many runs of the strategy `bounded`, which tries few preemptions first, for a schedule with fewer.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contextSwitches } from '../core/explore/shorten.ts';
import { disposeBuild } from '../engine/build/build.ts';
import { confirm } from '../engine/replay/confirm.ts';
import { evidenceOf } from '../engine/run/evidence.ts';
import { sitesFrom } from '../engine/run/positions.ts';
import { removeRun, runTarget } from '../engine/run/run.ts';
import { subjectOf } from '../engine/run/subject.ts';
import { built, median, writeBetweenMarks } from './harness.mjs';
import { moduleAt } from './strategies/programs.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    filter: { type: 'string', default: '' },
    bounded: { type: 'string', default: '0' },
    json: { type: 'string' },
    from: { type: 'string' },
    write: { type: 'string' },
  },
});
const RUNS = 2_000;
const BOUNDS = { epoch: '1700000000000000000', maxSteps: 20_000, milliseconds: 5_000 };

/** Runs until `wanted` takes one that did not pass. */
async function firstRun(subject, strategy, runs, wanted) {
  for (let first = 0; first < runs; ) {
    const request = { ...BOUNDS, strategy, seed: '1', first, iterations: runs - first, traceEvery: 0 };
    const run = await runTarget(subject, request);
    for (const line of run.lines) {
      const evidence = await evidenceOf(subject, run, line);
      const taken = evidence.ok ? wanted(evidence.value) : undefined;
      if (taken === undefined) continue;
      removeRun(run);
      return taken;
    }
    first = Math.max(first + (run.summary?.iterations ?? 1), ...run.lines.map(({ index }) => index + 1));
    removeRun(run);
    if (run.end === 'overdue' || run.end === 'died') return undefined;
  }
  return undefined;
}

const sizeOf = ({ raw }) => ({
  preemptions: raw.preemptions,
  switches: contextSwitches(raw.steps),
  steps: raw.steps.length,
});

async function measureTest(id, subject) {
  const found = await firstRun(subject, 'random', RUNS, (evidence) =>
    evidence.findings[0] ? { evidence, finding: evidence.findings[0] } : undefined,
  );
  if (!found) return undefined;
  const began = performance.now();
  const stats = { schedules: 1, firstAt: 1, preemptions: 0, replays: 0, replayed: 0, seconds: 0 };
  const confirmed = await confirm(subject, { ...found.finding, stats }, found.evidence, {
    replays: 5,
    workers: 1,
    shortenSeconds: 10,
  });
  const seconds = (performance.now() - began) / 1000;
  const least = Number(options.bounded)
    ? await firstRun(subject, 'bounded', Number(options.bounded), (evidence) =>
        evidence.findings.some((one) => one.id === found.finding.id) ? sizeOf(evidence) : undefined,
      )
    : undefined;
  const { kind, verdict } = confirmed.finding;
  return { id, kind, verdict, seconds, before: sizeOf(found.evidence), after: sizeOf(confirmed.evidence), least };
}

async function measured() {
  const directory = await moduleAt(options.dir);
  const filter = new RegExp(options.filter);
  const build = await built(directory);
  const results = [];
  try {
    const sites = sitesFrom(build.document, directory, build.toolchain.goroot);
    for (const found of build.packages) {
      for (const { name } of found.tests) {
        const id = `${path.relative(directory, found.dir)}/${name}`;
        if (!filter.test(id) || (!options.dir && name.startsWith('TestFixed'))) continue;
        const result = await measureTest(id, subjectOf(build, found, name, sites));
        if (result) results.push(result);
      }
    }
  } finally {
    await disposeBuild(build);
  }
  return results;
}

const results = options.from
  ? options.from.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8')))
  : await measured();
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, undefined, 1)}\n`);

const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.floor(share * (numbers.length - 1))];
const page = [];
const say = (text) => {
  console.log(text);
  page.push(`    ${text}`);
};
for (const [name, of] of [
  ['preemptions', ({ preemptions }) => preemptions],
  ['switches', ({ switches }) => switches],
  ['steps', ({ steps }) => steps],
]) {
  const [before, after] = ['before', 'after'].map((when) => results.map((result) => of(result[when])));
  const told = (list) => `median ${median(list)}, 90 % ${quantile(list, 0.9)}, most ${Math.max(...list)}`;
  say(`${name.padEnd(12)} before: ${told(before)}; after: ${told(after)}`);
}
const times = results.map(({ seconds }) => seconds);
say(
  `${results.length} findings, ${results.filter(({ verdict }) => verdict === 'confirmed').length} confirmed; ` +
    `median ${median(times).toFixed(2)} s, most ${Math.max(...times).toFixed(2)} s`,
);
for (const { id, before, after, least, seconds } of results) {
  const fewer = least && least.preemptions < after.preemptions ? `, bounded needs ${least.preemptions}` : '';
  if (after.preemptions > 2 || fewer !== '') {
    say(
      `  ${id}: preemptions ${before.preemptions} → ${after.preemptions}, steps ${before.steps} → ${after.steps}, ${seconds.toFixed(1)} s${fewer}`,
    );
  }
}
if (options.write) writeBetweenMarks(options.write, 'minimising', page);
