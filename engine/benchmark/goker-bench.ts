/**
 * Explores the kernels of a GoBench checkout one after the other, each until its bug has been found and replayed, or
 * its time is over. Findings are not stored: what the user has there belongs to GoBench.
 */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describesBug } from '../../core/benchmark/goker-kinds';
import type { GokerDocument, GokerKernel } from '../../protocol/benchmark';
import type { Finding, FindingSite } from '../../protocol/finding';
import { english } from '../../protocol/phrase';
import { type Build, type BuiltPackage, buildTests, disposeBuild } from '../build/build';
import { TestExplorer } from '../explore/explore-test';
import { freshSeed } from '../explore/seeds';
import { strategyOf } from '../explore/strategies';
import { sitesFrom } from '../run/positions';
import type { BuildSites } from '../run/schedule-sites';
import { subjectOf } from '../run/subject';
import { type Attempt, failed, succeeded } from '../system/attempt';
import { writeProblem } from '../system/files';
import type { Installation } from '../system/installation';
import { type Checkout, copyKernels, findKernels, importPathOf, type Kernel } from './goker-checkout';

export interface GokerOptions {
  installation: Installation;
  /** A GoBench checkout, or its folder with the kernels. Absolute. Never written to. */
  directory: string;
  /** Ids of kernels; all when left out. */
  only?: readonly string[];
  /** Wall seconds for each kernel. */
  budgetSeconds: number;
  /** Decimal u64. */
  seed?: string;
  signal?: AbortSignal;
  onProgress?: (step: string) => void;
  onKernel?: (kernel: GokerKernel, done: number, of: number) => void;
}

/** Replays of each finding, every one in a fresh process. */
export const GOKER_REPLAYS = 20;

/** Fails when nothing could be done: no checkout, no such kernel, no Go. */
export async function benchGoker(options: GokerOptions): Promise<Attempt<GokerDocument>> {
  const checkout = await findKernels(options.directory);
  if (!checkout.ok) return checkout;
  const kernels = chosen(checkout.value, options.only);
  if (!kernels.ok) return kernels;
  const { cache } = options.installation;
  const parent = join(cache, 'goker');
  let copy: string;
  try {
    copy = await copyKernels(checkout.value, kernels.value, parent);
  } catch (error) {
    return failed(writeProblem(parent, error));
  }
  const built = await buildTests({
    installation: options.installation,
    directory: copy,
    patterns: ['./...'],
    signal: options.signal,
    onStep: (step) => options.onProgress?.(english(step)),
  });
  if (!built.ok) return built;
  try {
    return await exploreAll(built.value, copy, kernels.value, options);
  } finally {
    await disposeBuild(built.value);
  }
}

function chosen({ kernels }: Checkout, only: readonly string[] | undefined): Attempt<Kernel[]> {
  if (only === undefined) return succeeded(kernels);
  const unknown = only.find((id) => !kernels.some((kernel) => kernel.id === id));
  if (unknown !== undefined)
    return failed(`There is no kernel "${unknown}" in this checkout; ids look like etcd_7443.`);
  return succeeded(kernels.filter(({ id }) => only.includes(id)));
}

async function exploreAll(
  build: Build,
  copy: string,
  kernels: readonly Kernel[],
  options: GokerOptions,
): Promise<Attempt<GokerDocument>> {
  const seed = options.seed ?? freshSeed();
  const sites = sitesFrom(build.document, copy, build.toolchain.goroot);
  const { tracer, rewrite, compile } = build.seconds;
  const document: GokerDocument = {
    version: 1,
    kernels: [],
    goVersion: build.document.goVersion,
    seed,
    budgetSeconds: options.budgetSeconds,
    build: { tracer, rewrite, compile },
    // What the compiler adds below its sentence is for editors.
    problems: build.problems.map((problem) => english(problem).split('\n')[0] ?? ''),
    cancelled: false,
  };
  for (const kernel of kernels) {
    const found = build.packages.find(({ importPath }) => importPath === importPathOf(kernel));
    const result = found
      ? await exploreKernel({ build, sites, found, kernel, seed }, options)
      : unexplored(kernel, document.problems.find((problem) => problem.includes(kernel.folder)) ?? 'It has no test.');
    if (options.signal?.aborted) break;
    document.kernels.push(result);
    options.onKernel?.(result, document.kernels.length, kernels.length);
  }
  document.cancelled = options.signal?.aborted ?? false;
  return succeeded(document);
}

interface Work {
  build: Build;
  sites: BuildSites;
  found: BuiltPackage;
  kernel: Kernel;
  seed: string;
}

async function exploreKernel({ build, sites, found, kernel, seed }: Work, options: GokerOptions): Promise<GokerKernel> {
  const isBug = (finding: Finding) => describesBug(finding, kernel.type, kernel.subtype);
  const findings: Finding[] = [];
  let schedules = 0;
  let seconds = 0;
  let problem: string | undefined;
  for (const { name } of found.tests) {
    const explorer = new TestExplorer(subjectOf(build, found, name, sites), {
      schedules: Infinity,
      strategy: strategyOf('auto'),
      seed,
      epoch: `${BigInt(Date.now()) * 1_000_000n}`,
      workers: Math.max(1, availableParallelism() - 1),
      replays: GOKER_REPLAYS,
      enough: isBug,
      signal: options.signal,
    });
    await explorer.explore(options.budgetSeconds / found.tests.length);
    const exploration = await explorer.end();
    findings.push(...exploration.findings);
    schedules += exploration.tally.schedules;
    seconds += exploration.seconds;
    problem ??= exploration.problem === undefined ? undefined : english(exploration.problem);
    if (findings.some(isBug)) break;
  }
  const bug = findings.find(isBug) ?? findings[0];
  const others = findings.filter((finding) => finding !== bug).map((finding) => `${finding.kind} ${placeOf(finding)}`);
  const row = { ...unexplored(kernel, problem), schedules, seconds, buildSeconds: found.compileSeconds, others };
  if (!bug) return row;
  return {
    ...row,
    found: true,
    kind: bug.kind,
    kindRight: isBug(bug),
    site: placeOf(bug),
    sites: [...new Set(findings.filter(isBug).flatMap(placesOf))],
    message: bug.message,
    schedules: bug.stats?.firstAt ?? schedules,
    seconds: bug.stats?.seconds ?? seconds,
    replays: bug.stats?.replays ?? 0,
    replayed: bug.stats?.replayed ?? 0,
  };
}

const place = ({ file, line }: FindingSite): string => `${file}:${line}`;

/** Where a goroutine was started does not say what it did wrong. */
const placesOf = ({ sites }: Finding): string[] => sites.filter(({ operation }) => operation !== 'go').map(place);

const placeOf = ({ sites }: Finding): string => (sites[0] ? place(sites[0]) : '');

function unexplored({ id, set, type, subtype }: Kernel, problem: string | undefined): GokerKernel {
  return {
    ...{ id, set, type, subtype, found: false, kindRight: false, schedules: 0, seconds: 0, buildSeconds: 0 },
    ...{ sites: [], replays: 0, replayed: 0, others: [] },
    ...(problem === undefined ? {} : { problem }),
  };
}
