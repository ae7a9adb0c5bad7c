import type { Finding } from '../protocol/finding';
import { type Attempt, failed } from './attempt';
import type { Installation } from './installation';

export interface ReplayOptions {
  installation: Installation;
  /** Root of the module that has the store. Absolute. */
  moduleDirectory: string;
  /** Id of a stored finding, or the path of a finding's file. */
  finding: string;
  times: number;
  tags?: string;
  signal?: AbortSignal;
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
  /** The source is another than the one the finding was made with. */
  sourceChanged: boolean;
  /** Steps whose place was found again by operation and function, since their line had changed. */
  reanchored: number;
  /** Where a replay first differed: step (from 1) and a sentence with the place. */
  divergence?: { step: number; sentence: string };
  /** Trace of the newest replay that showed it again. Absolute. */
  trace?: string;
  cancelled: boolean;
}

/** Fails when there is no such finding, it has no schedule, or its test cannot be built. */
export async function replay(_options: ReplayOptions): Promise<Attempt<ReplayResult>> {
  return failed('Replaying is not available in this version.');
}
