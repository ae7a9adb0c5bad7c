/**
 * The race build of an exploration that does not ask for one: made in the background, on one core, while the tests are
 * explored without it. It is used in the end, if it is there by then; nobody waits for it longer than for the rest.
 */

import { type Build, type BuildRequest, buildTests, disposeBuild } from '../build/build';
import type { Attempt } from '../system/attempt';

/** Share of the time that goes to the race build. */
export const RACE_SHARE = 1 / 4;
/** Explorations shorter than this, in seconds, go without: the first race build of a Go version takes 10 to 30. */
export const LEAST_BUDGET = 20;
/** What an exploration that ended early spends on it, in seconds. */
const LEAST_SECONDS = 0.5;

export interface RaceJudge {
  /** The build, when it is there within so many seconds. Absent as well where it cannot be made. */
  ready(seconds: number): Promise<Build | undefined>;
  dispose(): Promise<void>;
}

/** Wall seconds for the race build after so many without it, within the budget. */
export function secondsForRaces(spent: number, budget: number): number {
  const fair = Math.max(LEAST_SECONDS, (spent * RACE_SHARE) / (1 - RACE_SHARE));
  return Math.max(0, Math.min(fair, budget - spent));
}

export function prepareRaceBuild(request: BuildRequest): RaceJudge {
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([stop.signal, request.signal]) : stop.signal;
  // The plain build has told what is wrong with the code; what only hinders this one is nobody's concern.
  const building: Promise<Attempt<Build>> = buildTests({
    ...request,
    race: true,
    background: true,
    onStep: undefined,
    onNotice: undefined,
    signal,
  });
  return {
    async ready(seconds) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(resolve, seconds * 1000, undefined);
      });
      const built = await Promise.race([building, late]);
      clearTimeout(timer);
      return built?.ok ? built.value : undefined;
    },
    async dispose() {
      stop.abort();
      const built = await building;
      if (built.ok) await disposeBuild(built.value);
    },
  };
}
