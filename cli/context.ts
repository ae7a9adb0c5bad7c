/** What every verb is given, and what it gives back. */
import type { Failure } from '../engine/system/attempt';
import type { Installation } from '../engine/system/installation';
import type { FlagSpec, Flags } from './flags';
import type { Terminal } from './terminal';

export const EXIT = {
  /** Nothing was found. */
  clean: 0,
  /** Something was found. */
  found: 1,
  /** The work could not be done: usage, build error, no Go, cancelled. */
  failed: 2,
  /** A replay did not show the finding every time. */
  unsteady: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Context {
  terminal: Terminal;
  /** The working directory. Absolute. */
  directory: string;
  signal: AbortSignal;
  installation: Installation;
}

export interface Verb {
  name: string;
  /** Without the word `lockstep`. */
  usage: string;
  summary: string;
  flags: FlagSpec;
  /** A failure is told in one line, and ends with EXIT.failed. */
  run(flags: Flags, context: Context): Promise<ExitCode | Failure>;
}
