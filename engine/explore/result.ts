/** What an exploration comes to. */

import type { OutcomeCount, TestDocument } from '../../protocol/finding';
import { english, type Phrase, type Value } from '../../protocol/phrase';
import type { Build } from '../build/build';

export interface ExploreResult {
  /** Files relative to options.directory. */
  document: TestDocument;
  /** What followed what, in the sites of the tests explored. Files relative to options.directory. */
  counts: OutcomeCount[];
  /** Of what the document says went wrong, as far as the words are ours. */
  phrases: Phrase[];
  cancelled: boolean;
  /** Some package or test could not be explored: document.problems says why. */
  incomplete: boolean;
  seconds: Build['seconds'] & { explore: number };
}

export function emptyResult(parts: {
  problems?: Value[];
  incomplete?: boolean;
  cancelled?: boolean;
  build?: Build['seconds'];
}): ExploreResult {
  const { problems = [] } = parts;
  return {
    document: { version: 1, findings: [], tests: [], problems: problems.map(english) },
    counts: [],
    phrases: problems.filter((problem) => typeof problem === 'object'),
    cancelled: parts.cancelled ?? false,
    incomplete: parts.incomplete ?? false,
    seconds: { toolchain: 0, tracer: 0, rewrite: 0, compile: 0, ...parts.build, explore: 0 },
  };
}
