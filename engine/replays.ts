/** Runs one schedule again and again, each time in a fresh process, and counts how often it shows a finding. */
import { rm } from 'node:fs/promises';
import type { Finding } from '../protocol/finding';
import type { RunConfig } from '../protocol/run';
import type { RunConditions } from '../protocol/schedule';
import { type Evidence, evidenceOf } from './evidence';
import { runTarget } from './run';
import type { TestSubject } from './subject';

export interface ReplayTally {
  /** Replays run. */
  times: number;
  reproduced: number;
  /** The first replay that did not follow the schedule: its first step that differs, from 0, and why. */
  divergence?: { step: number; why: string };
  /** The newest replay that showed the finding. */
  evidence?: Evidence;
  cancelled: boolean;
}

export interface ReplayRequest {
  steps: NonNullable<RunConfig['steps']>;
  conditions: RunConditions;
  times: number;
  /** Processes at once. */
  workers: number;
  /** What counts as the finding; its id when left out. */
  shows?: (found: Finding) => boolean;
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
  const tally: ReplayTally = { times: 0, reproduced: 0, cancelled: false };
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
          steps: request.steps,
        },
        { signal: request.signal },
      );
      if (run.end === 'cancelled') break;
      tally.times++;
      const line = run.lines[0];
      if (line?.outcome === 'diverged') {
        tally.divergence ??= { step: line.divergedAt ?? 0, why: line.message ?? 'the run took another course' };
      } else if (line) {
        const evidence = await evidenceOf(subject, run, line);
        if (evidence.ok && evidence.value.findings.some(shows)) {
          tally.reproduced++;
          tally.evidence = evidence.value;
        }
      }
      await rm(run.out, { recursive: true, force: true });
      request.onReplay?.(tally.times, tally.reproduced);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(request.workers, request.times)) }, worker));
  tally.cancelled = request.signal?.aborted ?? false;
  return tally;
}
