/** Findings that are the same bug seen from two sides become one, which keeps what the others saw. */

import type { Finding, FindingKind, FindingSite, OtherView } from '../../../protocol/finding';
import { english, type Phrase, phrase, type Value } from '../../../protocol/phrase';
import { withPhrasesOf } from './phrases';
import { testFunctionOf } from './subtests';

/** Views kept besides the first: more of the same teach nothing. */
export const MAX_VIEWS = 8;

/** Findings of these kinds may have the same id and yet other places. */
export const MANY_SIDED: readonly FindingKind[] = ['data-race', 'concurrent-map-access', 'deadlock', 'test-failure'];

type View = Pick<Finding, 'kind' | 'message' | 'sites' | 'phrases'>;

/** What tells views apart: the two places that the message is about, in any order. */
export const placesOf = ({ kind, sites }: View): string =>
  [
    kind,
    ...sites
      .slice(0, 2)
      .map(({ file, line }) => `${file}:${line}`)
      .sort(),
  ].join(' ');

/** The finding and all its other views. */
export const viewsOf = (finding: Finding): View[] => [finding, ...(finding.alsoSeen ?? [])];

/** With what other runs saw of the same bug; the finding itself when that is nothing new. */
export function withViewsOf(finding: Finding, ...others: readonly Finding[]): Finding {
  if (!MANY_SIDED.includes(finding.kind)) return finding;
  return others
    .filter(({ id }) => id === finding.id)
    .flatMap(viewsOf)
    .reduce(withView, finding);
}

function withView(finding: Finding, seen: View & { id?: string }): Finding {
  const { kind, message, sites, id } = seen;
  const { alsoSeen = [] } = finding;
  const view: OtherView = { kind, message, sites, ...(id === undefined || id === finding.id ? {} : { id }) };
  const places = placesOf(view);
  if (alsoSeen.length >= MAX_VIEWS || viewsOf(finding).some((known) => placesOf(known) === places)) return finding;
  return withPhrasesOf({ ...finding, alsoSeen: [...alsoSeen, view] }, [seen]);
}

/** The role of a place that only another view has. */
export const seenElsewhere = (role: Value, test: string | undefined): Phrase =>
  test === undefined ? phrase`also seen: ${role}` : phrase`also seen in ${test}: ${role}`;

/** Places of the other views that the finding itself does not have, with what was seen there. */
export function otherSites({ sites, alsoSeen = [] }: Finding): FindingSite[] {
  const others: FindingSite[] = [];
  for (const { sites: seen, test } of alsoSeen) {
    for (const site of seen.slice(0, 2)) {
      if ([...sites, ...others].some((known) => isSamePlace(known, site))) continue;
      others.push({ ...site, role: english(seenElsewhere(site.role, test)) });
    }
  }
  return others;
}

/** Findings of one id, which differ in their places only, as one: the first. */
export function mergeViews(findings: readonly Finding[]): Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const known = merged.get(finding.id);
    merged.set(finding.id, known ? withViewsOf(known, finding) : finding);
  }
  return [...merged.values()];
}

/** Without those that are a view of another: what is left, in the order given. */
export function mergeByCause(findings: readonly Finding[]): Finding[] {
  const causes = new Map<string, Finding>();
  for (const finding of findings) {
    const cause = findings.find((other) => isCauseOf(other, finding));
    if (cause) causes.set(finding.id, cause);
  }
  return findings.flatMap((finding) => {
    if (causes.has(finding.id)) return [];
    const views = findings.filter(({ id }) => causes.get(id) === finding);
    return [views.reduce((whole, view) => withView(whole, view), finding)];
  });
}

/** The two are the same, and `cause` says more of it. */
function isCauseOf(cause: Finding, finding: Finding): boolean {
  if (cause === finding || cause.package !== finding.package) return false;
  if (testFunctionOf(cause.test ?? '') !== testFunctionOf(finding.test ?? '')) return false;
  const [site] = finding.sites;
  if (!site) return false;
  // The wait of a deadlock is a leak in a run whose test did not wait for it.
  if (finding.kind === 'goroutine-leak' && finding.analysis.name === 'leak' && cause.kind === 'deadlock') {
    return cause.sites.some((other) => isWait(other) && isSamePlace(site, other));
  }
  // That Go notices it is luck; that nothing orders the two is the reason.
  if (finding.kind === 'waitgroup-misuse' && finding.analysis.name === 'outcome' && cause.kind === finding.kind) {
    return cause.analysis.name === 'waitgroup' && cause.sites.slice(0, 2).some((other) => isSamePlace(site, other));
  }
  return false;
}

const isWait = ({ role }: FindingSite): boolean => role.startsWith('waits');

export const isSamePlace = (a: FindingSite, b: FindingSite): boolean => a.file === b.file && a.line === b.line;
