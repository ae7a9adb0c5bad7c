// The leak signature over whole runs: who is said to wait for ever, and who does.
import { stateAfter } from '../../core/analyse/facts/state.ts';
import { Acquaintance, unreached } from '../../core/analyse/waiting/unreached.ts';
import { momentsOf } from '../../core/model/operations/moment.ts';
import { wakeOf } from '../../core/model/operations/seen-run.ts';
import { eventAt } from '../../core/trace/trace.ts';
import { runsOf } from './gather.mjs';

const RUNS = 10;
const MOST_STEPS = 100;

/**
 * Of some random runs: waits that were said to be for ever at some step or the end, and those of them that ended; who was
 * blocked when nothing could move any more, and who of them was said to be.
 */
export async function signatureOf(subject) {
  const sums = { said: 0, wrong: 0, stuck: 0, known: 0 };
  for (const { run, outcome } of await runsOf(subject, { first: 50_000, count: RUNS })) {
    const { trace } = run;
    const every = Math.max(1, Math.ceil(run.steps.length / MOST_STEPS));
    const waits = new Set();
    for (const { state, unreached: said } of momentsOf(
      run,
      Array.from({ length: Math.ceil(run.steps.length / every) }, (_, index) => index * every),
    ))
      for (const goroutine of said) waits.add(state.goroutines[goroutine].blockedAt);
    const end = stateAfter(trace);
    const acquaintance = new Acquaintance(trace);
    acquaintance.advance(trace.count);
    const last = unreached(trace, end, acquaintance);
    for (const goroutine of last) waits.add(end.goroutines[goroutine].blockedAt);
    sums.said += waits.size;
    for (const index of waits) {
      const blocked = eventAt(trace, index);
      if (wakeOf(trace, run.events[blocked.goroutine], blocked) >= 0) {
        sums.wrong++;
      }
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
