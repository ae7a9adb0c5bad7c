/** What is said of a test that fails, in one run, in all of them, or as a consequence of something else. */
import { type Phrase, phrase, type Value } from '../../../protocol/phrase';

export interface Failing {
  test: Value;
  /** What the test said. */
  why?: Value;
}

export const failsHere = ({ test, why }: Failing): Phrase =>
  why === undefined ? phrase`${test} fails in this interleaving` : phrase`${test} fails in this interleaving: ${why}`;

export const failsAlways = ({ test, why }: Failing, count: string): Phrase =>
  why === undefined
    ? phrase`${test} fails in each of ${count} interleavings`
    : phrase`${test} fails in each of ${count} interleavings: ${why}`;

export const fails = ({ test, why }: Failing): Phrase =>
  why === undefined ? phrase`${test} fails` : phrase`${test} fails: ${why}`;

const HERE = failsHere({ test: '' }).key;
const BECAUSE = failsHere({ test: '', why: '' }).key;

/** What `failsHere` was told, also where only its English is known; nothing for other sentences. */
export function failingIn(said: Value): Failing | undefined {
  if (typeof said === 'object') {
    const [test, why] = said.values;
    return test !== undefined && (said.key === HERE || said.key === BECAUSE) ? { test, why } : undefined;
  }
  const [, test, why] = /^(.*?) fails in this interleaving(?:: (.*))?$/su.exec(String(said)) ?? [];
  return test === undefined ? undefined : { test, why };
}
