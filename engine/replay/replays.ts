/** Runs one schedule again and again, each time in a fresh process, and counts how often it shows a finding. */

import { messageOf } from '../../core/analyse/telling/phrases';
import type { Finding } from '../../protocol/finding';
import { joined, type Phrase, phrase, type Value } from '../../protocol/phrase';
import type { RunConfig, RunLine } from '../../protocol/run';
import type { RunConditions } from '../../protocol/schedule';
import { type Evidence, evidenceOf } from '../run/evidence';
import { type ProcessRun, removeRun, runTarget } from '../run/run';
import type { TestSubject } from '../run/subject';
import { turnstileOf } from '../run/turnstile';
import { differenceOf } from './difference';

export interface ReplayTally {
  /** Replays run. */
  times: number;
  reproduced: number;
  /** The first replay that did not follow the schedule: its first step that differs, from 0, and why. */
  divergence?: { step: number; why: Value };
  /** Of the first replay that followed the schedule and yet did not show the finding: what it showed instead. */
  instead?: Value;
  /** The newest replay that showed the finding. */
  evidence?: Evidence;
  /** Replays that missed it beside another process of the package, and were repeated alone: they do not count. */
  repeated: number;
  cancelled: boolean;
}

export interface ReplayRequest {
  steps: NonNullable<RunConfig['steps']>;
  conditions: RunConditions;
  times: number;
  /** Processes at once. */
  workers: number;
  /** No other process of the package runs at the same time. */
  alone?: boolean;
  /** What counts as the finding; its id when left out. */
  shows?: (found: Finding) => boolean;
  /** A run that ends earlier or later than its schedule does not follow it. For sources that have not changed. */
  wholly?: boolean;
  /** Stop at the first replay that does not show it. */
  stopAtMiss?: boolean;
  signal?: AbortSignal;
  onReplay?: (done: number, reproduced: number) => void;
}

/** Rejects only with system errors of writing the configuration. */
export async function replaySteps(
  subject: TestSubject,
  finding: Pick<Finding, 'id'>,
  request: ReplayRequest,
): Promise<ReplayTally> {
  const tally: ReplayTally = { times: 0, reproduced: 0, repeated: 0, cancelled: false };
  const shows = request.shows ?? ((found: Finding) => found.id === finding.id);
  let started = 0;
  const worker = async () => {
    while (started < request.times && !request.signal?.aborted) {
      if (request.stopAtMiss && tally.reproduced < tally.times) return;
      started++;
      const run = await runTarget(
        subject,
        {
          strategy: 'replay',
          ...request.conditions,
          iterations: 1,
          traceEvery: 1,
          stacks: true,
          steps: request.steps,
        },
        { signal: request.signal, alone: request.alone },
      );
      if (run.end === 'cancelled') break;
      const line = run.lines[0];
      const divergence = line && divergenceOf(line, request, subject);
      const evidence = line && !divergence ? await evidenceOf(subject, run, line) : undefined;
      const shown = evidence?.ok && evidence.value.findings.some(shows) ? evidence.value : undefined;
      removeRun(run);
      if (!shown && run.beside) {
        turnstileOf(subject).close();
        tally.repeated++;
        started--;
        continue;
      }
      tally.times++;
      if (shown) {
        tally.reproduced++;
        tally.evidence = shown;
      } else if (divergence) tally.divergence ??= divergence;
      else if (line && evidence) {
        tally.instead ??= evidence.ok ? told(evidence.value.findings, line) : evidence.said;
      } else tally.instead ??= endOf(run);
      request.onReplay?.(tally.times, tally.reproduced);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(request.workers, request.times)) }, worker));
  tally.cancelled = request.signal?.aborted ?? false;
  return tally;
}

function told(findings: readonly Finding[], { outcome, message }: RunLine): Phrase {
  if (findings.length > 0) return joined(findings.map(messageOf), '; ');
  return message ? phrase`the run ended with "${outcome}": ${message}` : phrase`the run ended with "${outcome}"`;
}

/** Of a process without a result. */
export function endOf({ process }: ProcessRun): Phrase {
  const { code, endedBy, stderr, startProblem } = process;
  const how = startProblem ?? (endedBy ? phrase`signal ${endedBy}` : phrase`exit status ${code ?? ''}`);
  const last = stderr.trim().split('\n').at(-1);
  return last ? phrase`the process left no result (${how}): ${last}` : phrase`the process left no result (${how})`;
}

/** Outcomes of runs that ended by themselves: where others end depends on when they were stopped. */
const ENDED: readonly RunLine['outcome'][] = ['pass', 'fail', 'blocked', 'panic'];

function divergenceOf(
  line: RunLine,
  { steps, wholly }: ReplayRequest,
  { sites }: TestSubject,
): ReplayTally['divergence'] {
  if (line.outcome === 'diverged') {
    return { step: line.divergedAt ?? 0, why: differenceOf(line, sites) };
  }
  if (!wholly || line.foreign || line.steps === steps.length || !ENDED.includes(line.outcome)) return undefined;
  return line.steps < steps.length
    ? { step: line.steps, why: phrase`step ${line.steps + 1} differs: the run has ended before it` }
    : { step: steps.length, why: phrase`step ${steps.length + 1} is missing: the run goes on after the last step` };
}
