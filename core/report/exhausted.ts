/** What is said of a test all of whose interleavings have been explored: `all 1,284 interleavings explored, none deadlocks`. */
import type { TestReport } from '../../protocol/finding';
import { type Phrase, phrase } from '../../protocol/phrase';

/** Nothing where they have not all been explored. */
export function exhaustedSentence({ exhausted, findings }: TestReport): Phrase | undefined {
  if (!exhausted) return undefined;
  const { interleavings, timed } = exhausted;
  const all =
    interleavings === 1
      ? phrase`the only interleaving explored`
      : phrase`all ${interleavings.toLocaleString('en')} interleavings explored`;
  const explored = timed ? phrase`${all} where time passes only when nothing else can go on` : all;
  if (findings.length > 0) return explored;
  return interleavings === 1 ? phrase`${explored}, it does not deadlock` : phrase`${explored}, none deadlocks`;
}
