/** Which goroutines of a run are blocked for ever, as opposed to being blocked when the run was stopped. */
import type { TraceHeader } from '../../../protocol/trace';
import { isWhole, type Subject, testGoroutine } from '../analysis';
import { reachable } from './cycles';
import { gaveUpEarly } from './gave-up';
import type { Wait } from './wait-for';

/**
 * `all`: nothing could move any more, so whoever is blocked stays so. `locks`: the run was stopped (a bound, a panic,
 * foreign code) and only a cycle of held locks is certain. `none`: the end of the run is not in the trace.
 */
export type Certainty = 'all' | 'locks' | 'none';

/** Milliseconds for which a busy machine may keep waiting who could go on. */
const LONGEST_DELAY = 2_000;

/** The order of the run is one that real time could produce. */
const isLikely = ({ ahead = 0 }: TraceHeader): boolean => ahead <= LONGEST_DELAY;

/**
 * Who gave up waiting has gone on and is stuck now, or keeps the test waiting: that is what the timeout leads to, for
 * whatever reason its time comes. A test that only waits for somebody who gave up after fifteen seconds, in which others
 * just had to go on, would have ended.
 */
function isStuckBehindTimeout({ trace, graph }: Subject): boolean {
  const test = testGoroutine(trace);
  const near = reachable(test, graph.edges).add(test);
  const gaveUp = gaveUpEarly(trace);
  return graph.waits.some(({ goroutine }) => near.has(goroutine) && gaveUp.has(goroutine));
}

export function certainty(subject: Subject): Certainty {
  const { trace, end } = subject;
  if (!isWhole(trace)) return 'none';
  switch (trace.header.outcome) {
    case 'pass':
    case 'diverged':
      return 'none';
    case 'blocked':
      // What is left behind by a test that returned shows what a timeout does whose time has come.
      if (trace.header.returned || end.returned || isLikely(trace.header)) return 'all';
      return isStuckBehindTimeout(subject) ? 'all' : 'locks';
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
