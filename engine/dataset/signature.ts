/** The leak signature over whole runs: who is said to wait for ever, and who does. */
import { stateAfter } from '../../core/analyse/facts/state';
import { Acquaintance, unreached } from '../../core/analyse/waiting/unreached';
import type { Signature } from '../../core/model/operations/gathered';
import { momentsOf } from '../../core/model/operations/moment';
import { wakeOf } from '../../core/model/operations/seen-run';
import { ABSENT, eventAt } from '../../core/trace/trace';
import type { TestSubject } from '../run/subject';
import { randomRuns } from './random-runs';

const RUNS = 10;
const FIRST = 50_000;
/** Of each run. */
const MOST_STEPS = 100;

/**
 * Of some random runs: waits that were said to be for ever at some step or the end, and those of them that ended; who was
 * blocked when nothing could move any more, and who of them was said to be.
 */
export async function signatureOf(subject: TestSubject): Promise<Signature> {
  const sums: Signature = { said: 0, wrong: 0, stuck: 0, known: 0 };
  for (const { run, outcome } of await randomRuns(subject, { first: FIRST, count: RUNS })) {
    const { trace } = run;
    const every = Math.max(1, Math.ceil(run.steps.length / MOST_STEPS));
    const steps = Array.from({ length: Math.ceil(run.steps.length / every) }, (_, index) => index * every);
    const waits = new Set<number>();
    for (const { state, unreached: said } of momentsOf(run, steps)) {
      for (const goroutine of said) waits.add(state.goroutines[goroutine]!.blockedAt);
    }
    const end = stateAfter(trace);
    const acquaintance = new Acquaintance(trace);
    acquaintance.advance(trace.count);
    const last = unreached(trace, end, acquaintance);
    for (const goroutine of last) waits.add(end.goroutines[goroutine]!.blockedAt);
    sums.said += waits.size;
    for (const index of waits) {
      const blocked = eventAt(trace, index);
      if (wakeOf(trace, run.events[blocked.goroutine]!, blocked) !== ABSENT) sums.wrong++;
    }
    if (outcome !== 'blocked') continue;
    for (const [goroutine, { status, blockedAt }] of end.goroutines.entries()) {
      if (status !== 'blocked' || eventAt(trace, blockedAt).operation === 'sleep') continue;
      sums.stuck++;
      if (last.has(goroutine)) sums.known++;
    }
  }
  return sums;
}
