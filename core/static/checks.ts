/** The static checks. */
import type { Check } from './check';
import { abandonedChannel } from './checks/abandoned-channel';
import { doubleLock } from './checks/double-lock';
import type { GoDocument } from './document';
import type { StaticFinding } from './finding';
import { runChecks } from './run-checks';
import { readSource } from './source/declarations';
import { Package } from './source/package';

export const CHECKS: readonly Check[] = [doubleLock, abandonedChannel];

export interface CheckResult {
  /** In the order of the source. */
  findings: StaticFinding[];
  problems: string[];
}

/** One file by itself, as if it were its whole package. Runs the checks named in `only`, or all. Never throws. */
export function checkDocument({ text, tree }: GoDocument, path = '', only?: readonly string[]): CheckResult {
  const file = { path, source: readSource(text, tree) };
  const checks = only ? CHECKS.filter(({ name }) => only.includes(name)) : CHECKS;
  const { findings, problems } = runChecks(new Package([file]), checks);
  return { findings: findings.get(file) ?? [], problems };
}
