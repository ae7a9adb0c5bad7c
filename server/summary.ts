/** A finding in the words of a list. */
import type { Finding } from '../protocol/finding';
import type { FindingSummary } from '../protocol/messages';
import { uriOf } from './modules';

export function summaryOf(root: string, finding: Finding): FindingSummary {
  const site = finding.sites[0];
  return {
    root: uriOf(root),
    id: finding.id,
    kind: finding.kind,
    verdict: finding.verdict,
    message: finding.message,
    test: finding.test,
    where: site === undefined ? finding.package : `${site.file.split('/').at(-1)}:${site.line}`,
    replayable: finding.schedule !== undefined,
    hasTrace: finding.trace !== undefined,
  };
}

const RANK: Record<Finding['verdict'], number> = { confirmed: 0, predicted: 1, suspected: 2 };

/** What happened before what might, and what stops a program before what it leaves behind. */
export function bySeverity(one: Finding, other: Finding): number {
  const leak = (finding: Finding) => (finding.kind === 'goroutine-leak' ? 1 : 0);
  return RANK[one.verdict] - RANK[other.verdict] || leak(one) - leak(other) || one.id.localeCompare(other.id);
}
