/** What an exploration comes to. */
import type { OutcomeCount, TestDocument } from '../../protocol/finding';
import type { Build } from '../build/build';

export interface ExploreResult {
  /** Files relative to options.directory. */
  document: TestDocument;
  /** What followed what, in the sites of the tests explored. Files relative to options.directory. */
  counts: OutcomeCount[];
  cancelled: boolean;
  /** Some package or test could not be explored: document.problems says why. */
  incomplete: boolean;
  seconds: Build['seconds'] & { explore: number };
}

export function emptyResult(parts: {
  problems?: string[];
  incomplete?: boolean;
  cancelled?: boolean;
  build?: Build['seconds'];
}): ExploreResult {
  return {
    document: { version: 1, findings: [], tests: [], problems: [...(parts.problems ?? [])] },
    counts: [],
    cancelled: parts.cancelled ?? false,
    incomplete: parts.incomplete ?? false,
    seconds: { toolchain: 0, tracer: 0, rewrite: 0, compile: 0, ...parts.build, explore: 0 },
  };
}
