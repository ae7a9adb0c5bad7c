import type { Finding, OutcomeCount, TestDocument, TestReport } from '../protocol/finding';
import type { Attempt } from './attempt';
import { failed } from './attempt';
import type { Build } from './build';
import type { Installation } from './installation';

export interface ExploreOptions {
  installation: Installation;
  /** Patterns are resolved, and files in findings are, relative to this. Absolute. */
  directory: string;
  /** As `go test` takes them. */
  patterns: string[];
  /** Only these tests of the packages: a regular expression, as in `go test -run`. */
  run?: string;
  tags?: string;
  /** Wall seconds for all tests together, not counting the build. */
  budgetSeconds: number;
  /** Schedules for each test at most; no bound when left out. */
  schedules?: number;
  strategy?: 'auto' | 'random';
  /** Decimal u64. With the same seed, workers and number of schedules the same schedules run. */
  seed?: string;
  /** Processes at once; one fewer than cores when left out. */
  workers?: number;
  /** Times a finding is replayed before it is confirmed. */
  replays?: number;
  /** Ends the exploration early; what was found until then is in the result. */
  signal?: AbortSignal;
  onProgress?: (progress: ExploreProgress) => void;
  /** Called with each finding as soon as it is known, again when it becomes confirmed. */
  onFinding?: (finding: Finding) => void;
}

export type ExploreProgress =
  | { stage: 'build'; step: string }
  | {
      stage: 'explore';
      package: string;
      test: string;
      /** Tests done, of all. */
      done: number;
      tests: number;
      /** Schedules run in this test until now. */
      schedules: number;
      /** Over the whole exploration until now. */
      schedulesPerSecond: number;
      findings: number;
    };

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

/** Fails only when nothing could be done at all: no Go, no module, the cache cannot be written. */
export async function explore(_options: ExploreOptions): Promise<Attempt<ExploreResult>> {
  const unused: TestReport[] = [];
  return failed(`Exploring is not available in this version${unused.join('')}.`);
}
