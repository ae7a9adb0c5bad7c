/**
 * What a goroutine does next where its code leaves no choice. Some of it is so seldom in the programs that the model is
 * trained with that the model cannot know it: who comes to runtime.Gosched gives way.
 */
import type { Step } from './ahead';
import type { Candidate } from './candidates';
import type { SchedulerEvent } from './trace';

/** What comes of these whatever the others do. */
const MEANS: Readonly<Record<string, SchedulerEvent>> = {
  go: 'GoCreate',
  'call time.Sleep': 'GoBlock',
  'call runtime.Gosched': 'GoSched',
};

/** How likely it must be that they come first. */
const CERTAIN = 0.95;

/** Of those whose code certainly says so, so many do it: 98 % in the programs that the model is trained with (docs/next-event.md). */
const DOES = 0.97;

/** The event that the code comes to before all others, if it is certain. */
export function saidBy(steps: readonly Step[]): SchedulerEvent | undefined {
  const weights = new Map<SchedulerEvent, number>();
  for (const { depth, kind, weight } of steps) {
    const event = depth === 1 ? MEANS[kind] : undefined;
    if (event) weights.set(event, (weights.get(event) ?? 0) + weight);
  }
  for (const [event, weight] of weights) if (weight > CERTAIN) return event;
  return undefined;
}

/** Probabilities of the candidates, from the model's. How likely it is that a goroutine acts at all stays as it was. */
export function heedingCode(chances: readonly number[], candidates: readonly Candidate[]): number[] {
  const found = [...chances];
  for (const [said, { sure, goroutine }] of candidates.entries()) {
    if (!sure) continue;
    const own = candidates.flatMap((one, index) =>
      one.goroutine === goroutine && one.event !== 'GoStart' ? [index] : [],
    );
    const all = own.reduce((sum, index) => sum + chances[index]!, 0);
    const others = all - chances[said]!;
    if (others <= (1 - DOES) * all) continue;
    for (const index of own) found[index] = index === said ? DOES * all : ((1 - DOES) * all * chances[index]!) / others;
  }
  return found;
}
