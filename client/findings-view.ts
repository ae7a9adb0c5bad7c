/**
 * The Findings view: all findings of the workspace, by kind or by file, with their verdicts, why they can happen and
 * since when they are known. It reads nothing before it is looked at.
 * Server capability: lockstep/findingList. Command: lockstep.groupByKind, lockstep.groupByFile; those that act on a
 * finding are in finding-actions.ts. View: lockstep.findings.
 */
import * as vscode from 'vscode';
import { FINDING_LIST, type FindingDetail, type OtherSighting, type SummarySite } from '../protocol/messages';
import { COMMANDS, SECTION } from '../protocol/settings';
import * as actions from './finding-actions';
import { type FindingNode, type Grouping, groupsOf, INTENDED, nodesOf } from './finding-nodes';
import type { LockstepContext } from './lockstep-context';
import { countedFindings } from './progress';
import { StableTree } from './stable-tree';
import { onStatus } from './status';
import { verdictWord, wordsOf } from './words';

/** Remembered for the workspace. */
const GROUPING = 'findings.grouping';

export interface FindingsView {
  provider: vscode.TreeDataProvider<FindingNode>;
  /** Settles when what is shown is what the server knows. */
  refresh(): Promise<void>;
}

export function activate(context: LockstepContext): FindingsView {
  const { extension, server } = context;
  const tree = new FindingsTree(context);
  const view = vscode.window.createTreeView('lockstep.findings', { treeDataProvider: tree, showCollapseAll: true });
  const update = async (): Promise<void> => {
    await tree.load();
    const open = tree.findings.filter(({ isStatic, intended }) => !isStatic && intended === undefined).length;
    view.badge = open > 0 ? { value: open, tooltip: countedFindings(open) } : undefined;
    const stale = tree.findings.some(({ current, again }) => !current && again !== undefined);
    await vscode.commands.executeCommand('setContext', 'lockstep.hasStaleFindings', stale);
    await vscode.commands.executeCommand('setContext', 'lockstep.hasFindings', tree.findings.length > 0);
  };
  const groupBy = async (grouping: Grouping): Promise<void> => {
    await extension.workspaceState.update(GROUPING, grouping);
    await showGrouping(grouping);
    tree.regroup(grouping);
  };
  extension.subscriptions.push(
    view,
    onStatus(() => void update()),
    server.onDidChangeState(() => void update()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.intended`)) void update();
    }),
    vscode.commands.registerCommand(COMMANDS.groupByKind, () => groupBy('kind')),
    vscode.commands.registerCommand(COMMANDS.groupByFile, () => groupBy('file')),
  );
  const remembered = extension.workspaceState.get<Grouping>(GROUPING) === 'file' ? 'file' : 'kind';
  tree.regroup(remembered);
  void showGrouping(remembered);
  actions.activate(context, () => tree.findings, update);
  return { provider: tree, refresh: update };
}

/** The button in the title offers the other one. */
const showGrouping = (grouping: Grouping): Thenable<unknown> =>
  vscode.commands.executeCommand('setContext', 'lockstep.findingsGrouping', grouping);

class FindingsTree implements vscode.TreeDataProvider<FindingNode> {
  findings: FindingDetail[] = [];
  private grouping: Grouping = 'kind';
  private loading: symbol | undefined;
  private readonly tree = new StableTree<FindingNode>();
  readonly onDidChangeTreeData = this.tree.onDidChange;

  constructor(private readonly context: LockstepContext) {}

  /** Of overlapping calls the newest decides what is shown. */
  async load(): Promise<void> {
    const mine = Symbol('load');
    this.loading = mine;
    const { server } = this.context;
    const findings = server.isRunning() ? await server.sendRequest<FindingDetail[]>(FINDING_LIST) : this.findings;
    if (this.loading !== mine) return;
    this.findings = findings;
    this.draw();
  }

  regroup(grouping: Grouping): void {
    this.grouping = grouping;
    this.draw();
  }

  private draw(): void {
    this.tree.show(nodesOf(groupsOf(this.findings, this.grouping), this.grouping));
  }

  getChildren(node?: FindingNode): FindingNode[] {
    // Somebody looks; what there is comes with the news that the server runs.
    if (node === undefined)
      this.context.server.ready().catch((error: unknown) => this.context.output.warn(String(error)));
    return this.tree.children(node);
  }

  getTreeItem(node: FindingNode): vscode.TreeItem {
    const item = this.itemOf(node);
    item.id = this.tree.idOf(node);
    return item;
  }

  private itemOf(node: FindingNode): vscode.TreeItem {
    switch (node.type) {
      case 'group':
        return groupItem(node, this.grouping);
      case 'finding':
        return findingItem(node.finding, this.grouping);
      case 'step':
        return plainItem(`${node.number}. ${node.text}`, node.text);
      case 'site':
        return siteItem(node.site);
      case 'seen':
        return seenItem(node.seen);
      case 'fact':
        return Object.assign(plainItem(node.text, node.text), { iconPath: new vscode.ThemeIcon(node.icon) });
    }
  }
}

function groupItem({ label, size }: Extract<FindingNode, { type: 'group' }>, grouping: Grouping): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.description = String(size);
  if (label === INTENDED) item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
  else if (grouping === 'file') item.iconPath = vscode.ThemeIcon.File;
  return item;
}

/** A side bar is narrow: the place comes first. */
function findingItem(finding: FindingDetail, grouping: Grouping): vscode.TreeItem {
  const item = new vscode.TreeItem(finding.where, vscode.TreeItemCollapsibleState.Collapsed);
  const head = [...(grouping === 'file' ? [wordsOf(finding.kind)] : []), ...(finding.test ? [finding.test] : [])];
  item.description = [...head, finding.message].join(' · ');
  item.iconPath = iconOf(finding);
  const verdict = verdictWord(finding.verdict);
  const state = finding.current ? verdict : vscode.l10n.t('{0}, but the code has changed since', verdict);
  item.tooltip = `${wordsOf(finding.kind)} (${state})\n${finding.message}`;
  item.accessibilityInformation = { label: `${wordsOf(finding.kind)}, ${state}: ${finding.message}` };
  item.contextValue = contextOf(finding);
  const [site] = finding.sites;
  if (site !== undefined) item.command = openCommand(site);
  return item;
}

/** What menus ask for: `finding trace replay stale intended`. */
function contextOf({ hasTrace, replayable, current, again, intended, isStatic }: FindingDetail): string {
  const words = ['finding', isStatic ? 'static' : 'stored'];
  if (hasTrace) words.push('trace');
  if (replayable) words.push('replay');
  if (again !== undefined) words.push('again');
  if (!current) words.push('stale');
  words.push(intended === undefined ? 'open' : 'intended');
  return words.join(' ');
}

function iconOf({ verdict, current, intended }: FindingDetail): vscode.ThemeIcon {
  if (intended !== undefined) return new vscode.ThemeIcon('pass', new vscode.ThemeColor('descriptionForeground'));
  if (!current) return new vscode.ThemeIcon('history', new vscode.ThemeColor('descriptionForeground'));
  switch (verdict) {
    case 'confirmed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
    case 'predicted':
      return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    case 'suspected':
      return new vscode.ThemeIcon('question', new vscode.ThemeColor('editorInfo.foreground'));
  }
}

function plainItem(label: string, tooltip: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.tooltip = tooltip;
  return item;
}

function siteItem(site: SummarySite): vscode.TreeItem {
  const uri = vscode.Uri.parse(site.uri);
  const item = plainItem(`${uri.path.split('/').at(-1)}:${site.position.line + 1}`, site.text);
  item.description = site.text;
  item.iconPath = new vscode.ThemeIcon('location');
  item.command = openCommand(site);
  return item;
}

/** The same bug in another test, or at other lines. */
function seenItem({ test, site }: OtherSighting): vscode.TreeItem {
  const item = plainItem(
    test === undefined ? vscode.l10n.t('Also seen') : vscode.l10n.t('Also seen in {0}', test),
    site.text,
  );
  item.description = site.text;
  item.iconPath = new vscode.ThemeIcon('references');
  item.command = openCommand(site);
  return item;
}

function openCommand({ uri, position }: SummarySite): vscode.Command {
  const at = new vscode.Position(position.line, position.character);
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(at, at), preserveFocus: true };
  return { title: vscode.l10n.t('Show'), command: 'vscode.open', arguments: [vscode.Uri.parse(uri), options] };
}
