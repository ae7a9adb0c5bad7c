// One test: a run that passes, what it says about others, and what comes of that.
import { isGuess } from '../../core/analyse/predict/left-alone.ts';
import { isConfirmedBy, witnessedFindings } from '../../core/analyse/predict/witnessed-findings.ts';
import { targetsIn } from '../../core/analyse/targets.ts';
import { bringAbout } from '../../engine/replay/bring-about.ts';
import { evidenceOf } from '../../engine/run/evidence.ts';
import { removeRun, runTarget } from '../../engine/run/run.ts';
import { conditionsOf } from '../../engine/run/schedule-sites.ts';

const BOUNDS = { traceEvery: 1, epoch: '1700000000000000000', maxSteps: 20_000 };
/** Runs until one passes, at most, and runs that are steered. */
const PASSING = 60;
const STEERED = 100;
const SEARCH_STEPS = 10_000;
/** Runs of each strategy that are looked through for what is not foretold, and those that end wrongly, at most. */
const SEARCHED = 2_000;
const FAILING = 25;
const STRATEGIES = ['random', 'pos', 'pct'];

/** The first run that passes, and how many it took. */
export async function passingRun(subject) {
  for (let first = 0; first < PASSING; ) {
    const request = { ...BOUNDS, strategy: 'random', seed: '1', first, iterations: Math.min(8, PASSING - first) };
    const run = await runTarget(subject, request);
    const line = run.lines.find(({ outcome }) => outcome === 'pass');
    const evidence = line && (await evidenceOf(subject, run, line));
    const done = Math.max(run.diedIn ?? first, first, ...run.lines.map(({ index }) => index)) + 1;
    removeRun(run);
    if (evidence?.ok) return { evidence: evidence.value, runs: line.index + 1 };
    first = done;
  }
  return { runs: PASSING };
}

/** Every prediction with a witness: `confirmed` with its runs, or `contradicted`, or it `stands`. */
export async function tried(subject, { trace, raw, findings: seen }) {
  const races = new Set(
    targetsIn(trace)
      .filter(({ kind }) => kind === 'race')
      .map(({ sites }) => [...sites].sort((a, b) => a - b).join()),
  );
  const began = performance.now();
  const predictions = witnessedFindings(trace, SEARCH_STEPS, (sites) => races.has(sites.join()));
  const milliseconds = performance.now() - began;
  const results = [];
  for (const prediction of predictions) {
    if (seen.some((finding) => isConfirmedBy(prediction, finding))) continue;
    const { shown, runs, followed } = await bringAbout(subject, prediction, trace, { conditions: conditionsOf(raw) });
    const came = shown ? 'confirmed' : followed || isGuess(prediction) ? 'contradicted' : 'stands';
    const { kind, message, analysis } = prediction;
    results.push({ kind, message, analysis: analysis.name, runs, came, milliseconds, findings: shown?.findings ?? [] });
  }
  return results;
}

/** Runs that are steered to what the trace says, until one does not pass. */
export async function steered(subject, { trace, raw }) {
  const targets = targetsIn(trace);
  if (targets.length === 0) return { runs: 0, findings: [] };
  const { epoch } = conditionsOf(raw);
  for (let first = 0; first < STEERED; ) {
    const request = { ...BOUNDS, epoch, strategy: 'steer', seed: '1', first, iterations: STEERED - first, targets };
    const run = await runTarget(subject, { ...request, traceEvery: 0 });
    const line = run.lines.find(({ outcome }) => outcome !== 'pass' && outcome !== 'limit');
    const evidence = line && (await evidenceOf(subject, run, line));
    removeRun(run);
    if (evidence?.ok) return { runs: line.index + 1, findings: evidence.value.findings };
    first = Math.max(first + (run.summary?.iterations ?? 1), run.diedIn ?? 0, ...run.lines.map((one) => one.index + 1));
  }
  return { runs: STEERED, findings: [] };
}

/** Runs that end wrongly, of several strategies: first with steps between operations, then also between accesses that race. */
export async function* failing(subject, { raw, trace }) {
  const conditions = conditionsOf(raw);
  const races = targetsIn(trace).filter(({ kind }) => kind === 'race');
  const racing = [...new Set(races.flatMap(({ sites }) => sites))].sort((a, b) => a - b);
  for (const points of racing.length > 0 ? [[], racing] : [[]]) {
    for (const strategy of STRATEGIES) yield* failingBy(subject, strategy, { epoch: conditions.epoch, points });
  }
}

async function* failingBy(subject, strategy, conditions) {
  let left = FAILING;
  for (let first = 0; first < SEARCHED && left > 0; left--) {
    const bounds = { ...BOUNDS, ...conditions, traceEvery: 0 };
    const run = await runTarget(subject, { ...bounds, strategy, seed: '2', first, iterations: SEARCHED - first });
    const line = run.lines.find(({ outcome }) => outcome !== 'pass');
    const evidence = line && (await evidenceOf(subject, run, line));
    removeRun(run);
    if (evidence?.ok) yield await withAccesses(subject, evidence.value);
    first = Math.max(first + (run.summary?.iterations ?? 1), run.diedIn ?? 0, ...run.lines.map((one) => one.index + 1));
  }
}

/** Runs tell their accesses only where it is asked for: the same run again, which does. */
async function withAccesses(subject, evidence) {
  const { raw } = evidence;
  const request = { ...conditionsOf(raw), strategy: 'replay', steps: raw.steps, iterations: 1, traceEvery: 1 };
  const run = await runTarget(subject, request);
  const again = run.lines[0] && (await evidenceOf(subject, run, run.lines[0]));
  removeRun(run);
  return again?.ok ? { ...evidence, trace: again.value.trace } : evidence;
}
