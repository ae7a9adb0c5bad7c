// Questions at identical prefixes, with what followed each in many continuations, and what runs of the program say of it.
import { Evidence } from '../../core/model/evidence.ts';
import { momentsOf } from '../../core/model/operations/moment.ts';
import { answerIn, lessonsOf, questionsAt } from '../../core/model/operations/questions.ts';
import { seenRun } from '../../core/model/operations/seen-run.ts';
import { siteCandidates } from '../../core/model/operations/site.ts';
import { continuations } from '../../engine/model/continuations.ts';
import { removeRun, runTarget } from '../../engine/run/run.ts';
import { conditionsOf } from '../../engine/run/schedule-sites.ts';
import { writtenRun } from '../../engine/run/written-run.ts';

/** Where a run is left: these shares of its steps. Late in it most has been decided. */
const SHARES = [0.25, 0.5, 0.75, 0.95];
export const EVIDENCE_RUNS = [0, 1, 4, 20];
const MOST_STEPS = 400;
/** A question that fewer continuations answer says little. */
const LEAST_ANSWERS = 50;
const EPOCH = '1700000000000000000';
const SEED = '7';

/** So many runs of a test by random walks. */
export async function runsOf(subject, { first, count }) {
  const runs = [];
  for (let next = first; next < first + count; ) {
    const request = { strategy: 'random', seed: SEED, epoch: EPOCH, first: next, iterations: first + count - next };
    const run = await runTarget(subject, { ...request, traceEvery: 1, maxSteps: 20_000, milliseconds: 10_000 });
    for (const line of run.lines) {
      const written = writtenRun(subject, run, line);
      const seen = written.ok ? seenRun(written.value.trace, written.value.raw.steps) : undefined;
      if (seen) runs.push({ run: seen, raw: written.value.raw, outcome: line.outcome });
    }
    const done = Math.max(run.diedIn ?? -1, ...run.lines.map(({ index }) => index)) + 1;
    removeRun(run);
    if (done <= next) break;
    next = done;
  }
  return runs;
}

/** How often what came of each place in so many runs: site id → outcome → times. */
async function sitesIn(subject, { first, count, milliseconds }) {
  const sums = new Map();
  const until = performance.now() + milliseconds;
  for (let next = first; next < first + count && performance.now() < until; ) {
    const request = { strategy: 'random', seed: SEED, epoch: EPOCH, first: next, iterations: first + count - next };
    const run = await runTarget(subject, { ...request, maxSteps: 20_000, milliseconds });
    for (const [site, outcome, times] of run.summary?.counts ?? []) {
      if (!sums.has(site)) sums.set(site, {});
      sums.get(site)[outcome] = (sums.get(site)[outcome] ?? 0) + times;
    }
    const done = Math.max(run.diedIn ?? -1, next + (run.summary?.iterations ?? 0) - 1) + 1;
    removeRun(run);
    if (done <= next) break;
    next = done;
  }
  return sums;
}

/** What is asked of places in the source, over whole runs: the further runs are the truth. */
async function siteQuestions(subject, { count, milliseconds }) {
  const truth = await sitesIn(subject, { first: 10_000, count, milliseconds });
  const told = [];
  for (const [index, runs] of EVIDENCE_RUNS.entries())
    told.push(
      runs === 0 ? new Map() : await sitesIn(subject, { first: 20_000 + 1_000 * index, count: runs, milliseconds }),
    );
  return [...truth].flatMap(([id, counts]) => {
    const site = subject.sites.get(id);
    const candidates = site && !site.internal ? siteCandidates(site) : [];
    if (candidates.length < 2) return [];
    const levels = told.map((of) => [of.get(id)]);
    return [{ kind: 'site', operation: site.operation, unreached: false, candidates, counts, levels }];
  });
}

const object = (counts) => counts && Object.fromEntries(counts);

export async function gather(subject, { count, milliseconds }) {
  const most = Math.max(...EVIDENCE_RUNS);
  const [base] = await runsOf(subject, { first: 0, count: 1 });
  if (!base || base.run.steps.length < 4) return [];
  const sites = await siteQuestions(subject, { count, milliseconds });
  const others = await runsOf(subject, { first: 1, count: most });
  const evidence = EVIDENCE_RUNS.map((runs) => {
    const told = new Evidence();
    for (const { run } of others.slice(0, runs))
      for (const { likenesses, answer } of lessonsOf(run, MOST_STEPS)) told.add(likenesses, answer);
    return told;
  });
  const steps = [...new Set(SHARES.map((share) => Math.floor(share * base.run.steps.length)))];
  const questions = sites;
  for (const moment of momentsOf(base.run, steps)) {
    const { runs, astray } = await continuations(subject, {
      steps: base.raw.steps.slice(0, moment.step),
      conditions: conditionsOf(base.raw),
      count,
      milliseconds,
    });
    if (astray > 0) process.stderr.write(`  ${astray} continuations went astray\n`);
    for (const question of questionsAt(moment)) {
      const counts = {};
      let answers = 0;
      for (const { run } of runs) {
        const answer = answerIn(run, moment, question);
        if (answer === undefined) continue;
        counts[answer] = (counts[answer] ?? 0) + 1;
        answers++;
      }
      if (answers < Math.min(LEAST_ANSWERS, count / 2)) continue;
      questions.push({
        kind: question.kind,
        step: moment.step,
        ...(question.doing ? { operation: question.doing.operation, waiting: question.doing.waiting } : {}),
        unreached: question.doing ? moment.unreached.has(question.doing.goroutine) : false,
        candidates: question.candidates,
        counts,
        levels: evidence.map((told) => told.levels(question.likenesses).map(object)),
      });
    }
  }
  return questions;
}
