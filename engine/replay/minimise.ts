/**
 * Minimises a stored finding: looks longer than an exploration does for a schedule with fewer preemptions, or fewer steps,
 * that shows it, and keeps that one when every replay of it does.
 */

import { availableParallelism } from 'node:os';
import { isSmaller } from '../../core/explore/shorten';
import type { Finding } from '../../protocol/finding';
import type { ScheduleSize } from '../../protocol/messages';
import { phrase } from '../../protocol/phrase';
import type { Schedule } from '../../protocol/schedule';
import type { Evidence } from '../run/evidence';
import { conditionsOf } from '../run/schedule-sites';
import { sourcesHash } from '../store/hashes';
import { forgetReplay, writeFinding } from '../store/store';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import { confirm, isOfReplays } from './confirm';
import { replaySteps } from './replays';
import { type StoredTest, type StoredTestOptions, withStoredTest } from './stored-test';

export interface MinimiseOptions extends StoredTestOptions {
  /** Wall seconds that the search may take, without the build. */
  seconds: number;
  /** Replays that a smaller schedule has to stand. */
  replays: number;
  /** Called after each process with the number of candidates tried until then. */
  onTried?: (candidates: number) => void;
}

export interface MinimiseResult {
  /** As stored now; files relative to the module root. */
  finding: Finding;
  before: ScheduleSize;
  /** The same as before where no smaller schedule was found. */
  after: ScheduleSize;
  /** Candidates tried. */
  tried: number;
  /** Ended before its time; what was stored stays as it was. */
  cancelled: boolean;
}

/**
 * Fails when there is no such finding, it has no schedule, its test cannot be built, the source has changed, or the
 * schedule does not show the finding any more.
 */
export function minimise(options: MinimiseOptions): Promise<Attempt<MinimiseResult>> {
  return withStoredTest(options, async (test) => {
    const { store, finding, schedule, subject } = test;
    const { signal } = options;
    if (schedule.sourceHash !== (await sourcesHash(store, finding, schedule))) {
      return failed(
        phrase`The source has changed since it was found: explore its test again, then minimise what that finds.`,
      );
    }
    const shown = await showOnce(test, signal);
    if (!shown.ok) return shown;
    let tried = 0;
    const confirmation = await confirm(subject, finding, shown.value, {
      replays: options.replays,
      workers: availableParallelism(),
      shortenSeconds: options.seconds,
      signal,
      onTried: (candidates) => {
        tried += candidates;
        options.onTried?.(tried);
      },
    });
    const before = sizeOf(schedule);
    const unchanged: MinimiseResult = { finding, before, after: before, tried, cancelled: signal?.aborted ?? false };
    const { evidence, finding: found } = confirmation;
    const { replays, replayed } = found.stats ?? { replays: 0, replayed: 0 };
    const holds = replays > 0 && replayed === replays && !unchanged.cancelled;
    if (!holds || !isSmaller(evidence.schedule, schedule)) return succeeded(unchanged);
    const told = withWhatElseIsKnown(found, finding, findingIn(shown.value, finding));
    const kept = await writeFinding(store, told, { schedule: evidence.schedule, trace: evidence.bytes });
    if (!kept.ok) return kept;
    await forgetReplay(store, finding.id);
    return succeeded({ ...unchanged, finding: kept.value, after: sizeOf(evidence.schedule) });
  });
}

const sizeOf = ({ preemptions, steps }: Schedule): ScheduleSize => ({ preemptions, steps: steps.length });

const findingIn = ({ findings }: Evidence, { id }: Finding): Finding | undefined =>
  findings.find((one) => one.id === id);

/** The stored schedule once more: the search begins with its run. */
async function showOnce(
  { subject, finding, schedule, anchored }: StoredTest,
  signal?: AbortSignal,
): Promise<Attempt<Evidence>> {
  const tally = await replaySteps(subject, finding, {
    steps: anchored.steps,
    conditions: { ...conditionsOf(schedule), points: anchored.points },
    times: 1,
    workers: 1,
    signal,
  });
  if (tally.evidence) return succeeded(tally.evidence);
  if (tally.cancelled) return CANCELLED;
  const why = tally.divergence?.why ?? tally.instead;
  return failed(
    why === undefined
      ? phrase`Its schedule does not show it again.`
      : phrase`Its schedule does not show it again: ${why}.`,
  );
}

/** The finding as the smaller schedule shows it, with what explorations have said of it beside what the run shows. */
function withWhatElseIsKnown(found: Finding, stored: Finding, inItsRun: Finding | undefined): Finding {
  const told = { ...found, ...(stored.alsoSeen ? { alsoSeen: stored.alsoSeen } : {}) };
  if (stored.test !== undefined) told.test = stored.test;
  if (inItsRun === undefined) return told;
  const dropped = inItsRun.explanation.filter((step) => !stored.explanation.includes(step));
  const added = stored.explanation.filter((step) => !inItsRun.explanation.includes(step) && !isOfReplays(step));
  const explanation = found.explanation.filter((step) => !dropped.includes(step));
  return {
    ...told,
    ...(stored.message === inItsRun.message ? {} : { message: stored.message }),
    explanation: [...explanation, ...added.filter((step) => !explanation.includes(step))],
  };
}
