/** A test that is run under control, with what turns the numbers of its build into places. */
import type { Build, BuiltPackage } from '../build/build';
import { hasLeakProfile } from '../build/go-experiments';
import type { TestTarget } from './run';
import type { BuildSites } from './schedule-sites';

export interface TestSubject extends TestTarget {
  /** Files relative to the module root. */
  sites: BuildSites;
  /** Of the whole build. */
  sourceHash: string;
  /** Its Go has the goroutine leak profile. */
  leakProfile?: boolean;
  /** As asked for: patterns of packages of other modules that are instrumented too. */
  dependencies?: string;
  /** Where the standard library of the build is. Absolute. */
  goroot: string;
}

/** The sites are those of the package's module. */
export function subjectOf(build: Build, found: BuiltPackage, test: string, sites: BuildSites): TestSubject {
  const { work, race, tracer: launcher, dependencies, toolchain, document } = build;
  const { environment, goroot } = toolchain;
  return {
    package: found,
    test,
    work,
    race,
    launcher,
    environment,
    sites,
    sourceHash: document.sourceHash,
    leakProfile: hasLeakProfile(document.goVersion, environment),
    goroot,
    dependencies,
  };
}
