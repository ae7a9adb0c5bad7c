/**
 * What `lockstep-tracer rewrite` prints: one JSON document on stdout, even when packages have errors
 * (exit 0 then; exit 2 with one line on stderr when it could do nothing at all).
 *
 *     lockstep-tracer rewrite --dir DIR --out DIR [--tags LIST] [--race] [--deps LIST] PATTERN…
 *
 * DIR of --out gets the rewritten files and overlay.json, and is made when it is missing.
 */
import type { Uncontrolled } from './finding';
import type { Site } from './trace';

export interface TracedTest {
  name: string;
  /** Absolute. */
  file: string;
  line: number;
  column: number;
}

export interface TracedPackage {
  importPath: string;
  /** Absolute directory of the package: the working directory of its tests. */
  dir: string;
  /** Root of the module it belongs to. */
  moduleDir: string;
  module: string;
  tests: TracedTest[];
}

export interface SourceError {
  file: string;
  line: number;
  column: number;
  message: string;
}

export interface RewriteDocument {
  version: 1;
  /** As in `go1.26.8`. */
  goVersion: string;
  /** Absolute path of overlay.json, for `go test -c -overlay`. */
  overlay: string;
  /** SHA-256 over the instrumented sources, hex. */
  sourceHash: string;
  /** Packages named by the patterns that have tests. */
  packages: TracedPackage[];
  sites: Site[];
  uncontrolled: Uncontrolled[];
  /** Errors of loading, parsing and type checking. Packages with errors are not in `packages`. */
  errors: SourceError[];
  inputs: BuildInputs;
  /** What `go test -c` needs besides the overlay: for `--race`, the flags of a race build that does not see the scheduler. */
  buildFlags: string[];
}

/** Places outside of GOROOT and the module cache that a build is made from, absolute: while nothing there changes, building again gives the same. */
export interface BuildInputs {
  /** Folders; their Go, C and assembly files count, and go.mod. */
  sources: string[];
  /** Files, and folders whose lists of names count. Some need not exist. */
  files: string[];
}
