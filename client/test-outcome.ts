/** What an exploration is for the Test Explorer: the state of a test and its subtests, messages at lines, output. */
import * as vscode from 'vscode';
import type { ExploreResult, FindingSummary, ProgressParams, SummarySite } from '../protocol/messages';
import { summary } from './explore';
import { describeProgress } from './progress';
import { verdictWord, wordsOf } from './words';

/** Milliseconds between lines of output about the progress. */
const SELDOM = 1000;

export class TestOutcome {
  private told = 0;

  constructor(
    private readonly run: vscode.TestRun,
    private readonly controller: vscode.TestController,
    private readonly item: vscode.TestItem,
  ) {}

  begin(): void {
    this.run.started(this.item);
    for (const subtest of subtestsOf(this.item)) this.run.started(subtest);
  }

  progress(progress: ProgressParams): void {
    const now = performance.now();
    if (now - this.told < SELDOM) return;
    this.told = now;
    this.say(`${this.item.id}: ${describeProgress(progress, vscode.l10n.t('interleavings'))}`);
  }

  end(result: ExploreResult): void {
    const all = [this.item, ...subtestsOf(this.item)];
    switch (result.type) {
      case 'cancelled':
        for (const one of all) this.run.skipped(one);
        return;
      case 'problem':
        this.say(`${this.item.id}: ${result.problem}`);
        for (const one of all) this.run.errored(one, new vscode.TestMessage(result.problem));
        return;
      case 'explored':
        this.explored(result);
    }
  }

  private explored(result: Extract<ExploreResult, { type: 'explored' }>): void {
    const { report, findings } = result;
    const { schedules, seconds, problem } = report;
    const speed =
      seconds > 0 ? vscode.l10n.t(', {0} schedules/s', Math.round(schedules / seconds).toLocaleString('en')) : '';
    this.say(`${summary(result).replace(/\.$/, '')}${speed}`);
    for (const finding of findings)
      this.say(`  ${verdictWord(finding.verdict)}: ${wordsOf(finding.kind)}, ${finding.where}: ${finding.message}`);
    const milliseconds = seconds * 1000;
    const below = new Map<vscode.TestItem, FindingSummary[]>();
    for (const finding of findings) {
      const item = this.itemOf(finding.test);
      below.set(item, [...(below.get(item) ?? []), finding]);
    }
    for (const subtest of subtestsOf(this.item)) {
      const own = below.get(subtest);
      if (own) this.run.failed(subtest, own.map(messageOf), milliseconds);
      else this.run.passed(subtest, milliseconds);
    }
    if (findings.length > 0) this.run.failed(this.item, findings.map(messageOf), milliseconds);
    else if (problem !== undefined) this.run.errored(this.item, new vscode.TestMessage(problem), milliseconds);
    else if (result.cancelled && schedules === 0) this.run.skipped(this.item);
    else this.run.passed(this.item, milliseconds);
  }

  /** The subtest that a finding is of; one that no source names is added. */
  private itemOf(test: string | undefined): vscode.TestItem {
    if (test === undefined || !test.startsWith(`${this.item.id}/`)) return this.item;
    const known = subtestsOf(this.item).find(({ id }) => id === test);
    if (known) return known;
    const added = this.controller.createTestItem(test, test.slice(this.item.id.length + 1), this.item.uri);
    added.range = this.item.range;
    this.item.children.add(added);
    return added;
  }

  private say(line: string): void {
    // A terminal shows it.
    this.run.appendOutput(`${line}\r\n`, undefined, this.item);
  }
}

function subtestsOf(item: vscode.TestItem): vscode.TestItem[] {
  return [...item.children].flatMap(([, child]) => [child, ...subtestsOf(child)]);
}

/** Peeks at the main line; the others are its stack. */
function messageOf({ kind, verdict, message, sites, root, id }: FindingSummary): vscode.TestMessage {
  const text = new vscode.MarkdownString(`**${wordsOf(kind)}** (${verdictWord(verdict)}): `);
  text.appendText(message);
  const reference = encodeURIComponent(JSON.stringify([{ root, id }]));
  const links = [
    [vscode.l10n.t('Open trace'), 'lockstep.openTrace'],
    [vscode.l10n.t('Replay'), 'lockstep.replay'],
    [vscode.l10n.t('Debug'), 'lockstep.debug'],
  ].map(([label, command]) => `[${label}](command:${command}?${reference})`);
  text.appendMarkdown(`\n\n${links.join(' · ')}`);
  text.isTrusted = { enabledCommands: ['lockstep.openTrace', 'lockstep.replay', 'lockstep.debug'] };
  const told = new vscode.TestMessage(text);
  const [main] = sites;
  if (main !== undefined) told.location = new vscode.Location(vscode.Uri.parse(main.uri), positionOf(main));
  told.stackTrace = sites.map(
    (site) => new vscode.TestMessageStackFrame(site.text, vscode.Uri.parse(site.uri), positionOf(site)),
  );
  return told;
}

const positionOf = ({ position: { line, character } }: SummarySite): vscode.Position =>
  new vscode.Position(line, character);
