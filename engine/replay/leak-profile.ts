/**
 * Go's goroutine leak profile as a second witness: whether a garbage collection, too, takes the goroutines of a finding
 * for blocked for ever. It is asked in a replay of its own, so that it cannot make us miss anything, and only where the
 * toolchain has it without building its standard library anew: from Go 1.27 on, or in 1.26 when the user has set
 * GOEXPERIMENT=goroutineleakprofile.
 */

import type { Finding } from '../../protocol/finding';
import { listed, type Phrase, phrase } from '../../protocol/phrase';
import type { Evidence } from '../run/evidence';
import { removeRun, runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';

/** What its sentences begin with, in English. */
export const LEAK_PROFILE = 'Go’s goroutine leak profile';

/** What the profile says of the goroutines of a leak or deadlock, in a sentence; nothing when it was not asked. */
export async function secondWitness(
  subject: TestSubject,
  finding: Finding,
  { raw }: Evidence,
  signal?: AbortSignal,
): Promise<Phrase | undefined> {
  if (!subject.leakProfile || (finding.kind !== 'goroutine-leak' && finding.kind !== 'deadlock')) return undefined;
  const run = await runTarget(
    subject,
    { ...conditionsOf(raw), strategy: 'replay', steps: raw.steps, iterations: 1, leakProfile: true },
    { signal },
  );
  const said = run.lines[0]?.leakProfile;
  removeRun(run);
  if (!said) return undefined;
  const stuck = finding.sites.flatMap(({ goroutine, role }) => (goroutine && /^waits/.test(role) ? [goroutine] : []));
  const among = (paths: readonly string[]) => [...new Set(stuck)].filter((path) => paths.includes(path));
  return witnessSentence(among(said.leaked), among(said.kept));
}

/** Paths of goroutines of a finding, by what the profile says of them. */
export function witnessSentence(leaked: readonly string[], kept: readonly string[]): Phrase | undefined {
  const why = phrase`a package variable, a timer or a goroutine that still runs reaches what is waited for`;
  if (kept.length === 0 && leaked.length === 0) return undefined;
  if (kept.length === 0) return phrase`Go’s goroutine leak profile agrees: it takes ${names(leaked)} for leaked.`;
  if (leaked.length === 0) return phrase`Go’s goroutine leak profile does not see ${names(kept)}: ${why}.`;
  return phrase`Go’s goroutine leak profile takes ${names(leaked)} for leaked; it does not see ${names(kept)}: ${why}.`;
}

const names = (paths: readonly string[]): Phrase => listed(paths.map((path) => phrase`goroutine ${path}`));
