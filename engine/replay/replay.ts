/** Replays a stored finding: builds its test again and follows its schedule, step by step. */

import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type { Trace } from '../../core/trace/trace';
import { TracePage } from '../../core/view/page';
import type { Finding } from '../../protocol/finding';
import { phrase, type Value } from '../../protocol/phrase';
import { type AnchoredSteps, conditionsOf } from '../run/schedule-sites';
import { sourcesHash } from '../store/hashes';
import { type Store, writeFinding, writeTrace } from '../store/store';
import { type Attempt, CANCELLED, succeeded } from '../system/attempt';
import { type ReplayTally, replaySteps } from './replays';
import { type StoredTestOptions, withStoredTest } from './stored-test';

export interface ReplayOptions extends StoredTestOptions {
  times: number;
  /** Called after each replay. */
  onReplay?: (done: number, reproduced: number) => void;
}

export interface ReplayResult {
  /** Files relative to the module root. */
  finding: Finding;
  /** Replays run; fewer than asked for when cancelled. */
  times: number;
  /** How many of them showed the finding again. */
  reproduced: number;
  /** A file that the finding or its schedule names is another than when it was found. */
  sourceChanged: boolean;
  /** Steps whose place was found again by operation and function, since their line had changed. */
  reanchored: number;
  /** Where a replay first differed: step (from 1) and a sentence with the place. */
  divergence?: { step: number; sentence: Value };
  /** What the first replay that followed the schedule without showing the finding showed instead. */
  instead?: Value;
  /** Trace of the newest replay that showed it again. Absolute. */
  trace?: string;
  /** Where those stand who wait for ever at its end. */
  stacks?: StuckStack[];
  cancelled: boolean;
  /** What went wrong beside the replays, such as a store that cannot be written. */
  problem?: Value;
}

/** Files relative to the module root, but for calls outside of the module. */
export interface StuckStack {
  goroutine: string;
  /** `waits for m.mu`. */
  waits: string;
  /** Innermost first. */
  calls: { function: string; file: string; line: number; outside: boolean }[];
}

/** More goroutines than this nobody reads. */
const MOST_STACKS = 12;

function stuckIn(trace: Trace): StuckStack[] {
  const { goroutines } = new TracePage(trace).moment(trace.count - 1);
  return goroutines
    .flatMap(({ path, waits, calls }) => (waits && calls.length > 0 ? [{ goroutine: path, waits, calls }] : []))
    .slice(0, MOST_STACKS);
}

/** Fails when there is no such finding, it has no schedule, or its test cannot be built. */
export function replay(options: ReplayOptions): Promise<Attempt<ReplayResult>> {
  return withStoredTest(options, async ({ store, finding, schedule, subject, anchored }) => {
    const sourceChanged = schedule.sourceHash !== (await sourcesHash(store, finding, schedule));
    const tally = await replaySteps(subject, finding, {
      steps: anchored.steps,
      conditions: { ...conditionsOf(schedule), points: anchored.points },
      times: options.times,
      workers: availableParallelism(),
      signal: options.signal,
      onReplay: options.onReplay,
      ...(sourceChanged ? { shows: (found: Finding) => alike(found, finding) } : { wholly: true }),
    });
    if (tally.cancelled && tally.times === 0) return CANCELLED;
    if (!sourceChanged) await keepTally(store, finding, tally);
    return succeeded(await resultOf(store, finding, sourceChanged, anchored, tally));
  });
}

async function resultOf(
  store: Store,
  finding: Finding,
  sourceChanged: boolean,
  anchored: AnchoredSteps,
  tally: ReplayTally,
): Promise<ReplayResult> {
  const result: ReplayResult = {
    finding,
    times: tally.times,
    reproduced: tally.reproduced,
    sourceChanged,
    reanchored: anchored.reanchored,
    cancelled: tally.cancelled,
  };
  if (tally.divergence) {
    const { step, why } = tally.divergence;
    const sentence = sourceChanged ? phrase`${why}; the source has changed since it was recorded` : why;
    result.divergence = { step: step + 1, sentence };
  }
  if (tally.instead !== undefined) result.instead = tally.instead;
  if (tally.repeated > 0) {
    result.problem = phrase`Replays that ran side by side went another way and were repeated one at a time: the test seems to use what processes share, such as a port or a file.`;
  }
  if (tally.evidence) {
    const stacks = stuckIn(tally.evidence.trace);
    if (stacks.length > 0) result.stacks = stacks;
    // A replay that cannot be stored is a replay all the same; without its path the stored trace is shown.
    const written = await writeTrace(store, `traces/${finding.id}.replay.trace`, tally.evidence.bytes);
    if (written.ok) result.trace = written.value;
    else result.problem = written.said;
  }
  return result;
}

/** Adds the replays to those that the stored finding counts. A store that cannot be written is told with the trace. */
async function keepTally(store: Store, finding: Finding, tally: ReplayTally): Promise<void> {
  const before = finding.stats ?? { schedules: 0, firstAt: 0, preemptions: 0, replays: 0, replayed: 0, seconds: 0 };
  finding.stats = {
    ...before,
    replays: before.replays + tally.times,
    replayed: before.replayed + tally.reproduced,
  };
  if (tally.reproduced === tally.times) finding.verdict = 'confirmed';
  await writeFinding(store, finding, {});
}

/** The same but for lines: an id names lines, which an edit above moves. */
function alike(found: Finding, stored: Finding): boolean {
  const shape = (finding: Finding) =>
    JSON.stringify([
      finding.kind,
      ...finding.sites.map(({ file, operation, role }) => `${file} ${operation} ${role}`).sort(),
    ]);
  return found.id === stored.id || shape(found) === shape(stored);
}

/** The module directory that has the store for a finding's file: `…/.lockstep/findings/x.json` → `…`. */
export function moduleOfFindingFile(path: string, directory: string): string {
  const file = isAbsolute(path) ? path : resolve(directory, path);
  return resolve(file, '..', '..', '..');
}
