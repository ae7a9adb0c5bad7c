/**
 * What can be done with findings besides opening traces and replaying: say that one is intended, look again whether a
 * stale one is still there, take them along as a text.
 * Server capability: lockstep/report, lockstep/explore. Command: lockstep.markIntended, lockstep.unmarkIntended,
 * lockstep.copyMarkdown, lockstep.exportFindings, lockstep.checkAgain, lockstep.checkStaleAgain. View: menus of lockstep.findings.
 */
import * as vscode from 'vscode';
import {
  type FindingDetail,
  type FindingReference,
  REPORT,
  REPORT_FORMATS,
  type ReportFormat,
  type ReportParams,
  type ReportResult,
  type TestReference,
} from '../protocol/messages';
import { COMMANDS, SECTION } from '../protocol/settings';
import { referenceOf } from './findings';
import type { LockstepContext } from './lockstep-context';
import { noteDone } from './walkthrough';

export function activate(
  { extension, server }: LockstepContext,
  findings: () => readonly FindingDetail[],
  refresh: () => Promise<void>,
): void {
  const find = async (argument: unknown): Promise<FindingDetail | undefined> => {
    const reference = referenceOf(argument);
    if (reference === undefined) return undefined;
    const isIt = ({ root, id }: FindingReference) => root === reference.root && id === reference.id;
    const known = findings().find(isIt);
    if (known) return known;
    await refresh();
    return findings().find(isIt);
  };
  const report = async (format: ReportFormat, wanted?: FindingReference[]): Promise<string> => {
    const params: ReportParams = { format, ...(wanted ? { findings: wanted } : {}) };
    const { text } = await server.sendRequest<ReportResult>(REPORT, params);
    return text;
  };
  const onFinding = (command: string, act: (finding: FindingDetail, argument: unknown) => Promise<unknown>) =>
    vscode.commands.registerCommand(command, async (argument: unknown, more: unknown) => {
      const finding = await find(argument);
      return finding && act(finding, more);
    });
  extension.subscriptions.push(
    onFinding(COMMANDS.markIntended, markIntended),
    onFinding(COMMANDS.unmarkIntended, (finding) => setIntended(finding, finding.intendedAs ?? finding.id, undefined)),
    onFinding(COMMANDS.copyMarkdown, async ({ root, id }) => {
      await vscode.env.clipboard.writeText(await report('markdown', [{ root, id }]));
      vscode.window.setStatusBarMessage(vscode.l10n.t('The finding is in the clipboard, as Markdown.'), 5_000);
    }),
    onFinding(
      COMMANDS.checkAgain,
      async ({ again }) => again && vscode.commands.executeCommand(COMMANDS.explore, again),
    ),
    vscode.commands.registerCommand(COMMANDS.checkStaleAgain, async () => {
      await refresh();
      for (const test of staleTests(findings())) await vscode.commands.executeCommand(COMMANDS.explore, test);
    }),
    vscode.commands.registerCommand(COMMANDS.exportFindings, (argument: unknown) => exportFindings(argument, report)),
  );
}

async function markIntended(finding: FindingDetail, given: unknown): Promise<void> {
  const reason =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Why is this as it should be?'),
          prompt: vscode.l10n.t('It is kept with the settings of the workspace, so that others see it as well.'),
          value: vscode.l10n.t('intended'),
          validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Say it in a few words.') : undefined),
        });
  if (reason === undefined) return;
  await setIntended(finding, finding.id, reason.trim());
  noteDone(COMMANDS.markIntended);
}

/**
 * In .vscode/settings.json of the folder that the finding is in, which belongs to the repository. A reason is taken back
 * from wherever the workspace has it.
 */
async function setIntended(finding: FindingDetail, id: string, reason: string | undefined): Promise<void> {
  const [site] = finding.sites;
  const place = vscode.Uri.parse(site?.uri ?? finding.root);
  const configuration = vscode.workspace.getConfiguration(SECTION, place);
  const set = configuration.inspect<Record<string, string>>('intended');
  const isSeveral = vscode.workspace.workspaceFile !== undefined && vscode.workspace.getWorkspaceFolder(place);
  const { Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const levels: [vscode.ConfigurationTarget, Record<string, string> | undefined][] = isSeveral
    ? [
        [WorkspaceFolder, set?.workspaceFolderValue],
        [Workspace, set?.workspaceValue],
      ]
    : [[Workspace, set?.workspaceValue]];
  for (const [index, [target, reasons = {}]] of levels.entries()) {
    const { [id]: known, ...others } = reasons;
    const adds = reason !== undefined && index === 0;
    if (!adds && known === undefined) continue;
    const intended = adds ? { ...others, [id]: reason } : others;
    await configuration.update('intended', Object.keys(intended).length > 0 ? intended : undefined, target);
  }
}

/** Each once. */
function staleTests(findings: readonly FindingDetail[]): TestReference[] {
  const tests = findings.flatMap(({ current, again }) => (current || again === undefined ? [] : [again]));
  return [...new Map(tests.map((test) => [`${test.uri} ${test.test}`, test])).values()];
}

const NAMES: Record<ReportFormat, string> = { markdown: 'Markdown', sarif: 'SARIF', json: 'JSON' };
const EXTENSIONS: Record<ReportFormat, string> = { markdown: 'md', sarif: 'sarif', json: 'json' };

async function exportFindings(
  argument: unknown,
  report: (format: ReportFormat) => Promise<string>,
): Promise<vscode.Uri | undefined> {
  const given = typeof argument === 'object' && argument !== null ? argument : {};
  const format =
    'format' in given
      ? REPORT_FORMATS.find((one) => one === given.format)
      : (
          await vscode.window.showQuickPick(
            REPORT_FORMATS.map((one) => ({ label: NAMES[one], format: one })),
            { title: vscode.l10n.t('Export all findings as …') },
          )
        )?.format;
  if (format === undefined) return undefined;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const uri =
    'uri' in given && given.uri instanceof vscode.Uri
      ? given.uri
      : await vscode.window.showSaveDialog({
          filters: { [NAMES[format]]: [EXTENSIONS[format]] },
          ...(folder ? { defaultUri: vscode.Uri.joinPath(folder.uri, `findings.${EXTENSIONS[format]}`) } : {}),
        });
  if (uri === undefined) return undefined;
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(await report(format)));
  return uri;
}
