/** Flags of `go test` about coverage: accepted, so that a command can stay as it is, and not followed. */
import { NO_COVERAGE } from '../engine/build/toolchain';
import type { Context } from './context';
import type { Flags } from './flags';

export const COVERAGE_FLAGS = {
  cover: 'switch',
  coverprofile: 'value',
  covermode: 'value',
  coverpkg: 'value',
} as const;

/** Says so where one is given. */
export function declineCoverage({ text, switches }: Flags, { terminal }: Context): void {
  const given = Object.keys(COVERAGE_FLAGS).filter((flag) => text.has(flag) || switches.has(flag));
  if (given.length > 0) terminal.complain(`${given.map((flag) => `--${flag}`).join(' ')} is left out: ${NO_COVERAGE}`);
}
