/** What is said of a test all of whose interleavings have been explored: `all 1,284 interleavings explored, none deadlocks`. */
import type { TestReport } from '../../protocol/finding';

/** Nothing where they have not all been explored. */
export function exhaustedSentence({ exhausted, findings }: TestReport): string | undefined {
  if (!exhausted) return undefined;
  const { interleavings, timed } = exhausted;
  const all = interleavings === 1 ? 'the only interleaving' : `all ${interleavings.toLocaleString('en')} interleavings`;
  const none = findings.length > 0 ? '' : interleavings === 1 ? ', it does not deadlock' : ', none deadlocks';
  const time = timed ? ' where time passes only when nothing else can go on' : '';
  return `${all} explored${time}${none}`;
}
