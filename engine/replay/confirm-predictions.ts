/**
 * Runs what the analyses of one trace foretell: builds its test, takes the order of the witness, and where there is none
 * steers to the place. What happens then is replayed, shortened and stored like any finding.
 */

import { availableParallelism } from 'node:os';
import { isConfirmedBy } from '../../core/analyse/predict/witnessed-findings';
import { withSentences } from '../../core/analyse/telling/phrases';
import { siteIndexOf, type Trace } from '../../core/trace/trace';
import type { Finding } from '../../protocol/finding';
import { type Phrase, phrase } from '../../protocol/phrase';
import type { Target } from '../../protocol/run';
import { buildTests, disposeBuild } from '../build/build';
import { type Evidence, evidenceOf } from '../run/evidence';
import { findingSeenFrom, sitesFrom } from '../run/positions';
import { removeRun, runTarget } from '../run/run';
import { anchorSites } from '../run/schedule-sites';
import { subjectOf, type TestSubject } from '../run/subject';
import { storeOf, writeFinding } from '../store/store';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import type { Installation } from '../system/installation';
import { bringAbout } from './bring-about';
import { confirm } from './confirm';

export interface ConfirmPredictionsOptions {
  installation: Installation;
  /** In the module of the test. Files in findings are relative to it. Absolute. */
  directory: string;
  tags?: string;
  signal: AbortSignal;
  onStep: (step: Phrase) => void;
}

/** Runs that are steered to a prediction at most. */
const STEERED = 64;
const REPLAYS = 5;
const SHORTEN_SECONDS = 5;

/** The findings in their order: confirmed ones as they were seen, the others with what was tried. */
export async function confirmPredictions(
  findings: readonly Finding[],
  trace: Trace,
  options: ConfirmPredictionsOptions,
): Promise<Attempt<Finding[]>> {
  const { package: packagePath, test } = trace.header;
  if (packagePath === '' || test === '') return failed(phrase`it does not say which test it is of.`);
  const built = await buildTests({
    ...options,
    patterns: [packagePath],
    wants: (path, name) => path === packagePath && name === test,
  });
  if (!built.ok) return built;
  const build = built.value;
  try {
    const found = build.packages.find(({ importPath }) => importPath === packagePath);
    if (!found) return failed(build.problems[0] ?? `${packagePath} has no ${test} here.`);
    const sites = sitesFrom(build.document, found.moduleDir, build.toolchain.goroot);
    const subject = subjectOf(build, found, test, sites);
    const { ids, lost } = anchorSites(trace.header.sites, sites);
    if (lost.length > 0) {
      const [{ file, line } = { file: '', line: 0 }] = lost;
      return failed(phrase`${file}:${line} is another place by now, so that it cannot be run.`);
    }
    const header = { ...trace.header, sites: trace.header.sites.map((site, at) => ({ ...site, id: ids[at]! })) };
    const runs = new Predictions(subject, { ...trace, header }, options);
    const results: Finding[] = [];
    for (const [at, finding] of findings.entries()) {
      if (options.signal.aborted) return CANCELLED;
      options.onStep(phrase`trying prediction ${at + 1} of ${findings.length}`);
      results.push(await runs.come(finding));
    }
    return succeeded(results);
  } finally {
    await disposeBuild(build);
  }
}

class Predictions {
  /** What was tried, by the id and the events of the prediction. */
  private readonly known = new Map<string, Finding>();

  constructor(
    private readonly subject: TestSubject,
    private readonly trace: Trace,
    private readonly options: ConfirmPredictionsOptions,
  ) {}

  async come(prediction: Finding): Promise<Finding> {
    const { id, events, witness, analysis } = prediction;
    // Several analyses may say the same.
    const key = `${id} ${events} ${witness !== undefined}`;
    const told = this.known.get(key) ?? (await this.tried(prediction));
    this.known.set(key, told);
    return { ...told, events, analysis, ...(witness ? { witness } : {}) };
  }

  private async tried(prediction: Finding): Promise<Finding> {
    const { subject, trace, options } = this;
    const { signal } = options;
    const ordered = await bringAbout(subject, prediction, trace, { conditions: { seed: trace.header.seed }, signal });
    const steered = ordered.shown ? undefined : await this.steered(prediction);
    const shown = ordered.shown ?? steered?.shown;
    if (shown) return this.confirmed(prediction, shown);
    const sentences: Phrase[] = [];
    if (ordered.runs > 0) {
      sentences.push(
        ordered.followed
          ? phrase`That order was run and showed nothing (${ordered.runs} tried).`
          : phrase`Runs that were to take that order took another course (${ordered.runs} tried).`,
      );
    }
    if (steered && steered.runs > 0) sentences.push(phrase`${steered.runs} runs steered there did not show it.`);
    return withSentences(prediction, ...sentences);
  }

  /** Until a run shows it. */
  private async steered(prediction: Finding): Promise<{ shown?: Evidence; runs: number }> {
    const { subject, trace, options } = this;
    const targets = targetsOf(prediction, trace);
    if (targets.length === 0) return { runs: 0 };
    for (let first = 0; first < STEERED; ) {
      const request = { strategy: 'steer', seed: trace.header.seed, traceEvery: 1, targets } as const;
      const run = await runTarget(subject, { ...request, first, iterations: STEERED - first }, options);
      let done = Math.max(1, run.summary?.iterations ?? 0, (run.diedIn ?? first) - first + 1);
      try {
        if (run.end === 'cancelled') return { runs: first };
        for (const line of run.lines) {
          done = Math.max(done, line.index - first + 1);
          const evidence = await evidenceOf(subject, run, line);
          if (!evidence.ok || !evidence.value.findings.some((one) => isConfirmedBy(prediction, one))) continue;
          return { shown: evidence.value, runs: line.index + 1 };
        }
      } finally {
        removeRun(run);
      }
      first += done;
    }
    return { runs: STEERED };
  }

  private async confirmed(prediction: Finding, shown: Evidence): Promise<Finding> {
    const { subject, options } = this;
    const finding = shown.findings.find((one) => isConfirmedBy(prediction, one))!;
    const confirmation = await confirm(subject, finding, shown, {
      replays: REPLAYS,
      workers: availableParallelism(),
      shortenSeconds: SHORTEN_SECONDS,
      signal: options.signal,
    });
    const { schedule, bytes } = confirmation.evidence;
    const store = storeOf(subject.package.moduleDir);
    const kept = await writeFinding(store, confirmation.finding, { schedule, trace: bytes });
    const told = kept.ok ? kept.value : confirmation.finding;
    return findingSeenFrom(told, subject.package.moduleDir, options.directory);
  }
}

/** Where to steer to: nothing when it is not about two places or more. */
function targetsOf({ kind, events = [] }: Finding, trace: Trace): Target[] {
  const sites = events.map((event) => trace.header.sites[siteIndexOf(trace, event - 1)]?.id);
  const known = sites.filter((site) => site !== undefined);
  if (known.length < Math.max(2, sites.length)) return [];
  if (kind === 'deadlock') return [{ kind: 'lock-cycle', sites: known }];
  if (kind === 'data-race' || kind === 'close-of-closed-channel') return [{ kind: 'race', sites: known }];
  // The trace has shown the order that does no harm.
  return [{ kind: 'order', sites: known.reverse() }];
}
