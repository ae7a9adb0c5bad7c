/** The static checks. */
import { abandonedChannel } from './abandoned-channel';
import { type Check, checkedFile } from './check';
import type { GoDocument } from './document';
import { doubleLock } from './double-lock';
import type { StaticFinding } from './finding';

export const CHECKS: readonly Check[] = [doubleLock, abandonedChannel];

export interface CheckResult {
  /** In the order of the source. */
  findings: StaticFinding[];
  problems: string[];
}

/** Runs the checks named in `only`, or all. Never throws: a check that fails on a file becomes a problem. */
export function checkDocument(document: GoDocument, only?: readonly string[]): CheckResult {
  const findings: StaticFinding[] = [];
  const problems: string[] = [];
  try {
    const file = checkedFile(document);
    for (const check of CHECKS) {
      if (only && !only.includes(check.name)) continue;
      try {
        findings.push(...check.run(file));
      } catch (error) {
        problems.push(`The check ${check.name} failed: ${error instanceof Error ? error.message : String(error)}.`);
      }
    }
  } catch (error) {
    problems.push(`The file could not be checked: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const start = ({ sites: [{ range }] }: StaticFinding): number => range.start.line * 1e5 + range.start.column;
  return { findings: findings.sort((a, b) => start(a) - start(b)), problems };
}
