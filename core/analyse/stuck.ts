/** Which goroutines of a run are blocked for ever, as opposed to being blocked when the run was stopped. */
import type { TraceHeader } from '../../protocol/trace';
import { isWhole, type Subject } from './analysis';
import type { Wait } from './wait-for';

/**
 * `all`: nothing could move any more, so whoever is blocked stays so. `locks`: the run was stopped (a bound, a panic,
 * foreign code) and only a cycle of held locks is certain. `none`: the end of the run is not in the trace.
 */
export type Certainty = 'all' | 'locks' | 'none';

/** Milliseconds for which a busy machine may keep waiting who could go on. */
const LONGEST_DELAY = 2_000;

/**
 * The order of the run is one that real time could produce. A test that is blocked because something gave up after
 * fifteen seconds in which others only had to go on would have ended; a lock that is held is held nevertheless. What is
 * left behind by a test that returned shows what a timeout does whose time has come for any other reason.
 */
const isLikely = ({ ahead = 0 }: TraceHeader): boolean => ahead <= LONGEST_DELAY;

export function certainty({ trace, end }: Subject): Certainty {
  if (!isWhole(trace)) return 'none';
  switch (trace.header.outcome) {
    case 'pass':
    case 'diverged':
      return 'none';
    case 'blocked':
      return trace.header.returned || end.returned || isLikely(trace.header) ? 'all' : 'locks';
    case 'fail':
      // Where its own timeout came too soon, what it left behind says nothing.
      if (trace.header.early) return 'locks';
      // A failed test is drained too; it may have been stopped while others could still run.
      return end.goroutines.every(({ status }) => status !== 'runnable') ? 'all' : 'locks';
    case 'panic':
    case 'limit':
    case 'hang':
    case 'died':
      return 'locks';
  }
}

/** Waits that do not end by themselves. */
export const stuckWaits = ({ graph }: Subject): Wait[] => graph.waits.filter(({ operation }) => operation !== 'sleep');
