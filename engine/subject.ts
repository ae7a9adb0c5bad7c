/** A test that is run under control, with what turns the numbers of its build into places. */
import type { TestTarget } from './run';
import type { BuildSites } from './schedule-sites';

export interface TestSubject extends TestTarget {
  /** Files relative to the module root. */
  sites: BuildSites;
  /** Of the whole build. */
  sourceHash: string;
  /** As asked for: patterns of packages of other modules that are instrumented too. */
  dependencies?: string;
}
