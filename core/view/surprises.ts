/**
 * Events that were not to be expected: what came of their operation has happened seldom in all the runs that are known.
 * They are where this run left the usual way.
 */
import { type Phrase, phrase } from '../../protocol/phrase';
import { outcomeOf } from '../model/operations/outcome';
import { ABSENT, eventAt, goroutineOf, phaseOf, siteIndexOf, type Trace } from '../trace/trace';
import type { Expectation } from './expectation';
import { type Groups, itemsOf } from './groups';

/** A share below this surprises … */
export const SURPRISING = 0.05;
/** … where it rests on as many times: of fewer, nothing is seldom. */
export const LEAST_TIMES = 20;

export interface Surprises {
  /** Ascending. */
  events: Int32Array;
  /** How likely what came of each was. */
  probability: Float32Array;
}

export interface SurpriseSource {
  trace: Trace;
  /** Events of each goroutine. */
  goroutines: Groups;
  expected: Expectation;
}

/** Linear in the events, apart from looking for the end of waits. */
export function surprisesOf(source: SurpriseSource): Surprises {
  const events: number[] = [];
  const probability: number[] = [];
  for (let index = 0; index < source.trace.count; index++) {
    const share = surprising(source, index)?.probability;
    if (share === undefined) continue;
    events.push(index);
    probability.push(share);
  }
  return { events: Int32Array.from(events), probability: Float32Array.from(probability) };
}

function surprising({ trace, goroutines, expected }: SurpriseSource, index: number) {
  if (siteIndexOf(trace, index) === ABSENT || phaseOf(trace, index) === 'wake') return undefined;
  const known = expected(index);
  if (!known || known.times < LEAST_TIMES) return undefined;
  // Most often nothing that can come of it is seldom, and which it was need not be found out.
  if (!known.shares.some(({ probability }) => probability < SURPRISING)) return undefined;
  const outcome = outcomeOf(trace, itemsOf(goroutines, goroutineOf(trace, index)), eventAt(trace, index));
  const share = known.shares.find((it) => it.outcome === outcome);
  return share && share.probability < SURPRISING ? { ...share, of: known } : undefined;
}

/** `Surprising: blocked for ever, 1.2 % by 3 of 412 times in 400 runs; usually goes on at once (97 %).` */
export function surpriseIn(source: SurpriseSource, index: number): Phrase | undefined {
  const found = surprising(source, index);
  if (!found) return undefined;
  const { said: what, probability, times, of } = found;
  const [usual] = of.shares;
  const seen = phrase`${times.toLocaleString('en')} of ${of.times.toLocaleString('en')} times`;
  const said = phrase`Surprising: ${what}, ${percent(probability)}, by ${seen} in ${of.runs.toLocaleString('en')} runs`;
  return usual ? phrase`${said}; usually ${usual.said} (${percent(usual.probability)}).` : phrase`${said}.`;
}

/** `1.2 %`, `97 %`. */
export function percent(share: number): string {
  const size = share * 100;
  if (size > 0 && size < 0.1) return '< 0.1 %';
  return `${size < 9.95 ? Number(size.toFixed(1)) : Math.round(size)} %`;
}
