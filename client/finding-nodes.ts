/** The Findings view as a tree of plain values: groups, their findings, and what there is to say of each. */
import * as vscode from 'vscode';
import type { FindingDetail, OtherSighting, SummarySite } from '../protocol/messages';
import type { Branch } from './stable-tree';
import { wordsOf } from './words';

export type Grouping = 'kind' | 'file';

export type FindingNode =
  | { type: 'group'; label: string; size: number }
  | { type: 'finding'; finding: FindingDetail }
  | { type: 'step'; text: string; number: number }
  | { type: 'site'; site: SummarySite }
  | { type: 'seen'; seen: OtherSighting }
  | { type: 'fact'; text: string; icon: string };

export const INTENDED = vscode.l10n.t('intended');

/** By their labels, in order; what is as it should be comes last. */
export function groupsOf(
  findings: readonly FindingDetail[],
  grouping: Grouping,
): ReadonlyMap<string, readonly FindingDetail[]> {
  const groups = new Map<string, FindingDetail[]>();
  const labelOf = (finding: FindingDetail) => (grouping === 'kind' ? wordsOf(finding.kind) : fileOf(finding));
  for (const finding of findings.filter(({ intended }) => intended === undefined)) {
    const label = labelOf(finding);
    groups.set(label, [...(groups.get(label) ?? []), finding]);
  }
  const intended = findings.filter((finding) => finding.intended !== undefined);
  if (intended.length > 0) groups.set(INTENDED, intended);
  return groups;
}

function fileOf({ sites: [site], where }: FindingDetail): string {
  return site === undefined ? where : vscode.workspace.asRelativePath(vscode.Uri.parse(site.uri));
}

export function nodesOf(
  groups: ReadonlyMap<string, readonly FindingDetail[]>,
  grouping: Grouping,
): Branch<FindingNode>[] {
  return [...groups].map(([label, findings]) => ({
    id: `group ${grouping} ${label}`,
    value: { type: 'group', label, size: findings.length },
    branches: findings.map((finding) => findingNode(finding)),
  }));
}

function findingNode(finding: FindingDetail): Branch<FindingNode> {
  const id = `${finding.root} ${finding.id}`;
  return {
    id,
    value: { type: 'finding', finding },
    look: lookOf(finding),
    branches: detailsOf(finding).map((value, index) => ({ id: `${id} ${value.type} ${index}`, value, branches: [] })),
  };
}

/** What changes more often, such as how often it was replayed, has a row of its own. */
function lookOf({ explanation, evidence, alsoSeen, firstSeen, sites: [site], ...shown }: FindingDetail): unknown {
  return { ...shown, site };
}

function detailsOf(finding: FindingDetail): FindingNode[] {
  const { explanation, sites, alsoSeen, evidence, firstSeen, current, intended } = finding;
  const facts: FindingNode[] = [];
  if (intended !== undefined)
    facts.push({ type: 'fact', text: vscode.l10n.t('Intended: {0}', intended), icon: 'pass' });
  if (!current) facts.push({ type: 'fact', text: vscode.l10n.t('The code has changed since'), icon: 'history' });
  if (evidence.length > 0) facts.push({ type: 'fact', text: evidence.join(', '), icon: 'beaker' });
  const seen = firstSeen === undefined ? undefined : new Date(firstSeen);
  if (seen && !Number.isNaN(seen.getTime()))
    facts.push({ type: 'fact', text: vscode.l10n.t('First seen {0}', seen.toLocaleString()), icon: 'calendar' });
  return [
    ...explanation.map((text, index): FindingNode => ({ type: 'step', text, number: index + 1 })),
    ...sites.map((site): FindingNode => ({ type: 'site', site })),
    ...alsoSeen.map((one): FindingNode => ({ type: 'seen', seen: one })),
    ...facts,
  ];
}
