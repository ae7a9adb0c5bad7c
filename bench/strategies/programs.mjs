// The programs that the strategies are measured on: instrumented, with the accesses that were seen racing as scheduling
// points, and with what is predicted, as an exploration would have them after its first runs.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { targetsIn } from '../../core/analyse/targets.ts';
import { copyKernels, findKernels } from '../../engine/benchmark/goker-checkout.ts';
import { evidenceOf } from '../../engine/run/evidence.ts';
import { sitesFrom } from '../../engine/run/positions.ts';
import { runTarget } from '../../engine/run/run.ts';
import { subjectOf } from '../../engine/run/subject.ts';
import { installationAt } from '../../engine/system/installation.ts';
import { copyOfCorpus } from '../../scripts/corpus/lockstep.mjs';
import { built, root } from '../harness.mjs';

/** Runs that are looked at for races and predictions, and targets that are taken at most. */
const LOOKED_AT = 8;
const MOST_TARGETS = 16;
const SEED = '1';

/** A folder with the module to build: the corpus, a copy of the kernels of a GoBench checkout, or any module. */
export async function moduleAt(directory) {
  if (!directory) return copyOfCorpus();
  if (existsSync(path.join(directory, 'go.mod')) && !existsSync(path.join(directory, 'gobench'))) return directory;
  const checkout = await findKernels(directory);
  if (!checkout.ok) throw new Error(checkout.problem);
  // In a folder that its content names, so that what was built of it is found again.
  return copyKernels(checkout.value, checkout.value.kernels, path.join(installationAt(root).cache, 'goker'));
}

/** Tests whose name `wanted` accepts. Corrected twins are none: there is nothing to find. */
export async function programsIn(directory, wanted) {
  const build = await built(directory);
  const sites = sitesFrom(build.document, directory, build.toolchain.goroot);
  const programs = [];
  for (const found of build.packages) {
    const folder = path.relative(directory, found.dir);
    for (const { name } of found.tests) {
      const id = `${folder}/${name}`;
      if (!wanted(id)) continue;
      const subject = subjectOf(build, found, name, sites);
      programs.push({ id, subject, endless: folder === 'livelock', ...(await learned(subject)) });
    }
  }
  return { build, programs };
}

async function learned(subject) {
  const points = new Set();
  const targets = new Map();
  for (let first = 0; first < LOOKED_AT; ) {
    const request = { strategy: 'random', seed: SEED, first, iterations: LOOKED_AT - first, traceEvery: 1 };
    const run = await runTarget(subject, { ...request, milliseconds: 1_000 });
    for (const line of run.lines) {
      const evidence = await evidenceOf(subject, run, line);
      if (!evidence.ok) continue;
      for (const site of evidence.value.points) points.add(site);
      // What fails already needs no prediction.
      for (const target of line.outcome === 'pass' ? targetsIn(evidence.value.trace) : []) {
        if (targets.size < MOST_TARGETS) targets.set(JSON.stringify(target), target);
      }
    }
    first = Math.max(first, ...run.lines.map(({ index }) => index)) + 1;
  }
  // All strategies pause where those pause that take notice of targets.
  for (const { sites } of targets.values()) for (const site of sites) points.add(site);
  return { points: [...points].sort((a, b) => a - b), targets: [...targets.values()] };
}
