/**
 * How far the exploration of a test has come, so that the next one of the same build goes on where it ended:
 * `progress/<key>.json` in the store. The key names the test; what was explored of another build is of no use.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { STRATEGIES, type StrategyName, TARGET_KINDS, type Target } from '../../protocol/run';
import { type Attempt, failed, succeeded } from '../system/attempt';
import { writeAtomically, writeProblem } from '../system/files';
import { isRecord, readJson } from '../system/json';
import { prepare, type Store } from './store';

const VERSION = 1;
/** What strategies have learned is not kept beyond so many characters: it is learned again. */
const LARGEST_STATE = 16 << 20;

/** Where a worker ended, with each of the strategies that it works with. */
export interface WorkerProgress {
  lanes: LaneProgress[];
}

export interface LaneProgress {
  strategy: StrategyName;
  /** Number of the next schedule. */
  next: number;
  /** Text of its STATE_FILE. */
  state?: string;
  /** How many scheduling points its state holds for: what it lacks has come after it. */
  points: number;
}

export interface Progress {
  /** Build.content of the build that was explored. */
  content: string;
  strategy: StrategyName;
  /** Decimal u64. */
  seed: string;
  /** Schedules run, in all explorations of this build. */
  schedules: number;
  /** Ids of sites that are scheduling points because accesses there were seen racing. */
  points: number[];
  /** What runs were steered to. */
  targets: Target[];
  workers: WorkerProgress[];
}

/** What was explored of a test of this build with this strategy; nothing when there is none that can be gone on from. */
export async function readProgress(
  store: Store,
  test: string,
  { content, strategy }: Pick<Progress, 'content' | 'strategy'>,
): Promise<Progress | undefined> {
  const value = await readJson(pathOf(store, test));
  if (!value.ok || !isProgress(value.value)) return undefined;
  return value.value.content === content && value.value.strategy === strategy ? value.value : undefined;
}

/** `test`: import path and name, and whatever else tells explorations of it apart. */
export async function writeProgress(store: Store, test: string, progress: Progress): Promise<Attempt<void>> {
  const workers = progress.workers.map(({ lanes }) => ({ lanes: lanes.map(withoutLargeState) }));
  try {
    await prepare(store);
    await writeAtomically(pathOf(store, test), `${JSON.stringify({ version: VERSION, ...progress, workers })}\n`);
    return succeeded(undefined);
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

function withoutLargeState({ state = '', ...lane }: LaneProgress): LaneProgress {
  return state === '' || state.length > LARGEST_STATE ? lane : { ...lane, state };
}

/** Forgets it; what is not there is forgotten. */
export async function removeProgress(store: Store, test: string): Promise<void> {
  await rm(pathOf(store, test), { force: true });
}

function pathOf(store: Store, test: string): string {
  return join(store.directory, 'progress', `${createHash('sha256').update(test).digest('hex').slice(0, 24)}.json`);
}

function isProgress(value: unknown): value is Progress {
  if (!isRecord(value) || value.version !== VERSION) return false;
  const { content, strategy, seed, schedules, points, targets, workers } = value;
  return (
    typeof content === 'string' &&
    typeof strategy === 'string' &&
    typeof seed === 'string' &&
    /^\d{1,20}$/.test(seed) &&
    isCount(schedules) &&
    Array.isArray(points) &&
    points.every(isCount) &&
    Array.isArray(targets) &&
    targets.every(isTarget) &&
    Array.isArray(workers) &&
    workers.every((one) => isRecord(one) && Array.isArray(one.lanes) && one.lanes.every(isLane))
  );
}

const isTarget = (value: unknown): boolean =>
  isRecord(value) &&
  TARGET_KINDS.some((kind) => kind === value.kind) &&
  Array.isArray(value.sites) &&
  value.sites.every(isCount);

const isLane = (value: unknown): boolean =>
  isRecord(value) &&
  STRATEGIES.some((strategy) => strategy === value.strategy) &&
  isCount(value.next) &&
  isCount(value.points) &&
  ['string', 'undefined'].includes(typeof value.state);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
