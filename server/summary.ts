/** A finding in the words of a list. */
import type { Finding, FindingSite } from '../protocol/finding';
import type { FindingSummary, OtherSighting, SummarySite } from '../protocol/messages';
import { fileOf, uriOf } from './modules';
import { speakerOf, t } from './words';

export function summaryOf(root: string, finding: Finding): FindingSummary {
  const site = finding.sites[0];
  return {
    root: uriOf(root),
    id: finding.id,
    kind: finding.kind,
    verdict: finding.verdict,
    message: speakerOf(finding)(finding.message),
    test: finding.test,
    where: site === undefined ? finding.package : `${site.file.split('/').at(-1)}:${site.line}`,
    replayable: finding.schedule !== undefined,
    hasTrace: finding.trace !== undefined,
    sites: finding.sites.flatMap((one) => siteOf(root, one, speakerOf(finding))),
  };
}

export function sightingsOf(root: string, finding: Finding): OtherSighting[] {
  const of = speakerOf(finding);
  return (finding.alsoSeen ?? []).flatMap(({ test, message, sites: [site] }) =>
    (site === undefined ? [] : siteOf(root, site, of)).map((place) => ({
      test,
      site: { ...place, text: of(message) },
    })),
  );
}

/** As stored; a column counts bytes, which is near enough for showing a line. */
function siteOf(root: string, site: FindingSite, of: (text: string) => string): SummarySite[] {
  const file = fileOf(root, site.file);
  const position = { line: Math.max(0, site.line - 1), character: Math.max(0, site.column - 1) };
  return file === undefined ? [] : [{ uri: uriOf(file), position, text: whoDoes(site, of) }];
}

/** `goroutine 1.1 waits for the lock`; a role that is a sentence of its own keeps its words. */
export function whoDoes({ goroutine, role }: FindingSite, of: (text: string) => string): string {
  const said = of(role);
  if (goroutine === undefined || /^(?:goroutine |also seen\b)/i.test(role)) return said;
  return /\b(was|is|were)\b/.test(role) ? t`${said} (goroutine ${goroutine})` : t`goroutine ${goroutine} ${said}`;
}

const RANK: Record<Finding['verdict'], number> = { confirmed: 0, predicted: 1, suspected: 2 };

/** What happened before what might, and what stops a program before what it leaves behind. */
export function bySeverity(one: Finding, other: Finding): number {
  const leak = (finding: Finding) => (finding.kind === 'goroutine-leak' ? 1 : 0);
  return RANK[one.verdict] - RANK[other.verdict] || leak(one) - leak(other) || one.id.localeCompare(other.id);
}
