/** How good predicted distributions are. */
import type { EventChances } from './evidence';
import { SCHEDULER_EVENTS, type SchedulerEvent } from './trace';

export interface Measures {
  examples: number;
  /** Share whose likeliest event happened. */
  accuracy: number;
  /** Expected calibration error over 15 bins of equal width (Guo et al., ICML 2017). */
  ece: number;
  /** What the error of a perfectly calibrated model would be, on average, with as many independent questions and these probabilities. */
  eceByChance: number;
  /** Mean negative log likelihood, natural logarithm; a probability counts as at least 10⁻⁶. */
  nll: number;
  /** Mean of the squared distance to what happened, from 0 to 2 (Brier, 1950). */
  brier: number;
  /** Share of the examples of an event that it was the likeliest of. */
  perClass: Partial<Record<SchedulerEvent, number>>;
  /** How many examples there are of each. */
  asked: Partial<Record<SchedulerEvent, number>>;
}

const BINS = 15;
const LEAST = 1e-6;

export function measure(answers: readonly { chances: EventChances; event: SchedulerEvent }[]): Measures {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, sure: 0, right: 0, variance: 0 }));
  const classes = SCHEDULER_EVENTS.map(() => ({ count: 0, right: 0 }));
  let [right, nll, brier] = [0, 0, 0];
  for (const { chances, event } of answers) {
    const happened = SCHEDULER_EVENTS.indexOf(event);
    const sure = Math.max(...chances);
    const hit = chances.indexOf(sure) === happened ? 1 : 0;
    const bin = bins[Math.min(BINS - 1, Math.floor(sure * BINS))]!;
    bin.count++;
    bin.sure += sure;
    bin.right += hit;
    bin.variance += sure * (1 - sure);
    right += hit;
    classes[happened]!.count++;
    classes[happened]!.right += hit;
    nll -= Math.log(Math.max(chances[happened]!, LEAST));
    brier += chances.reduce((sum, chance, index) => sum + (chance - (index === happened ? 1 : 0)) ** 2, 0);
  }
  const count = answers.length || 1;
  const byEvent = (of: (found: { count: number; right: number }) => number) =>
    Object.fromEntries(
      SCHEDULER_EVENTS.flatMap((name, index) => (classes[index]!.count === 0 ? [] : [[name, of(classes[index]!)]])),
    );
  return {
    examples: answers.length,
    accuracy: right / count,
    ece: bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.sure), 0) / count,
    // A bin's difference is nearly normal, and the mean size of what is normal is √(2/π) of its deviation.
    eceByChance: bins.reduce((sum, bin) => sum + Math.sqrt((2 / Math.PI) * bin.variance), 0) / count,
    nll: nll / count,
    brier: brier / count,
    perClass: byEvent(({ count, right }) => right / count),
    asked: byEvent(({ count }) => count),
  };
}
