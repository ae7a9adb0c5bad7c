/**
 * Runs of a finding's test that leave its schedule at a step: because another goroutine goes first there, or, in search of
 * a run that passes, because the scheduler does not switch. Behind that step whoever has the turn keeps it while it can.
 */

import { messageOf } from '../../core/analyse/telling/phrases';
import { describeOutcome } from '../../core/view/describe';
import type { Finding } from '../../protocol/finding';
import { type Phrase, phrase } from '../../protocol/phrase';
import type { RunConfig } from '../../protocol/run';
import type { Schedule, Turn } from '../../protocol/schedule';
import { type Evidence, evidenceOf } from '../run/evidence';
import { removeRun, runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import { readBranch, writeBranch } from '../store/branches';
import { readSchedule } from '../store/store';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import { differenceOf } from './difference';
import { endOf } from './replays';
import { type StoredTest, type StoredTestOptions, withStoredTest } from './stored-test';

type Steps = NonNullable<RunConfig['steps']>;

export interface Branch {
  /** For further branches of it. */
  name: string;
  /** Absolute path of its trace. */
  trace: string;
  /** So many steps are the finding's, or the other run's. */
  kept: number;
  /** What the run showed, in one sentence. */
  outcome: Phrase;
  /** It ended well and nothing was found in it. */
  passed: boolean;
  turns: Turn[];
}

/** Of each step of a schedule; none when it was written without the events. */
export function turnsOf({ steps }: Schedule): Turn[] {
  const turns = steps.flatMap(({ at, g }) => (Number.isInteger(at) && at! >= 0 ? [{ at: at!, g }] : []));
  return turns.length === steps.length ? turns : [];
}

export interface BranchOptions extends StoredTestOptions {
  /** Name of an earlier branch to leave, instead of the finding's own run. */
  run?: string;
  /** From 0: the step that another goroutine takes. */
  step: number;
  /** Path of the goroutine that is to go first there. */
  goroutine: string;
}

/** Fails with the reason when the goroutine cannot go on at that step. */
export function branch(options: BranchOptions): Promise<Attempt<Branch>> {
  const { run, step, goroutine, signal } = options;
  return withStoredTest(
    options,
    async (test) => {
      const { steps } = test.anchored;
      if (!Number.isInteger(step) || step < 0 || step >= steps.length) {
        return failed(phrase`The run has ${steps.length} steps; there is no step ${step + 1}.`);
      }
      const next = steps.slice(step).find(({ g }) => g === goroutine);
      const forced: Steps[number] = { g: goroutine, op: next?.op ?? '', site: next?.site ?? 0 };
      const evidence = await runOnce(test, [...steps.slice(0, step), forced], signal);
      return evidence.ok ? keep(test, evidence.value, step) : evidence;
    },
    run === undefined ? readSchedule : (store, { id }) => readBranch(store, id, run),
  );
}

/** Runs tried at most: each is a process of its own. */
const MOST_TRIES = 60;

/**
 * A run that passes and is as like the finding's as can be: it follows the schedule up to one of its switches, the last of
 * them first, and does not switch there.
 */
export function passing(options: StoredTestOptions): Promise<Attempt<Branch>> {
  return withStoredTest(options, async (test) => {
    const { steps } = test.anchored;
    const switches = [...steps.keys()].filter((at) => at > 0 && steps[at]!.g !== steps[at - 1]!.g);
    const kept = [...switches.reverse().slice(0, MOST_TRIES - 1), 0];
    for (const step of kept) {
      const evidence = await runOnce(test, steps.slice(0, step), options.signal);
      if (!evidence.ok) {
        if (options.signal?.aborted) return CANCELLED;
        continue;
      }
      if (hasPassed(evidence.value)) return keep(test, evidence.value, step);
    }
    return failed(phrase`None of ${kept.length} runs that leave the schedule at one of its switches passes.`);
  });
}

async function runOnce(
  { subject, schedule, anchored }: StoredTest,
  steps: Steps,
  signal?: AbortSignal,
): Promise<Attempt<Evidence>> {
  const conditions = { ...conditionsOf(schedule), points: anchored.points };
  const run = await runTarget(
    subject,
    { strategy: 'replay', ...conditions, iterations: 1, traceEvery: 1, stacks: true, steps },
    { signal },
  );
  try {
    if (run.end === 'cancelled') return CANCELLED;
    const line = run.lines[0];
    if (!line) return failed(phrase`It could not be run: ${endOf(run)}.`);
    if (line.outcome === 'diverged') {
      return failed(phrase`It cannot happen there: ${differenceOf(line, subject.sites)}.`);
    }
    return await evidenceOf(subject, run, line);
  } finally {
    removeRun(run);
  }
}

const hasPassed = ({ findings, trace }: Evidence): boolean => findings.length === 0 && trace.header.outcome === 'pass';

async function keep(
  { store, finding }: { store: StoredTest['store']; finding: Finding },
  evidence: Evidence,
  kept: number,
): Promise<Attempt<Branch>> {
  const { bytes, schedule, trace, findings } = evidence;
  const written = await writeBranch(store, finding.id, { trace: bytes, schedule });
  if (!written.ok) return written;
  const same = findings.some(({ id }) => id === finding.id);
  const [first] = findings;
  const shown = same
    ? phrase`The same happens again.`
    : first
      ? phrase`It shows: ${messageOf(first)}.`
      : describeOutcome(trace.header);
  return succeeded({
    name: written.value.name,
    trace: written.value.path,
    kept,
    outcome: shown,
    passed: hasPassed(evidence),
    turns: turnsOf(schedule),
  });
}
