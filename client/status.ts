/**
 * What Lockstep knows and does, in a word or two, while a Go file is open.
 * Server capability: lockstep/status, lockstep/progress. Command: lockstep.openTrace. View: status bar item.
 */
import * as vscode from 'vscode';
import { type ProgressParams, STATUS, type StatusParams } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';
import { describeProgress, onProgress } from './progress';

const changed = new vscode.EventEmitter<StatusParams>();

/** Fires when the findings of the workspace have changed. The server’s notification has one handler only. */
export const onStatus = changed.event;

export function activate({ extension, server }: LockstepContext): void {
  const item = vscode.window.createStatusBarItem('lockstep.status', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Lockstep';
  let status: StatusParams = { confirmed: 0, predicted: 0, suspected: 0 };
  let progress: ProgressParams | undefined;

  const draw = () => {
    const { text, tooltip, command } = describe(status, progress, vscode.workspace.isTrusted);
    item.text = text;
    item.tooltip = tooltip;
    item.command = command;
    item.accessibilityInformation = { label: `Lockstep: ${tooltip}` };
    const goFile = vscode.window.activeTextEditor?.document.languageId === 'go';
    if (goFile || progress !== undefined || status.confirmed > 0) item.show();
    else item.hide();
  };
  server.onNotification(STATUS, (next: StatusParams) => changed.fire(next));
  extension.subscriptions.push(
    item,
    changed,
    onStatus((next) => {
      status = next;
      draw();
    }),
    onProgress((next) => {
      progress = next;
      draw();
    }),
    vscode.window.onDidChangeActiveTextEditor(draw),
    vscode.workspace.onDidGrantWorkspaceTrust(draw),
  );
  draw();
}

function describe(
  { confirmed, predicted, suspected }: StatusParams,
  progress: ProgressParams | undefined,
  trusted: boolean,
): { text: string; tooltip: string; command: string } {
  if (progress !== undefined) {
    const tooltip = describeProgress(progress, vscode.l10n.t('interleavings'));
    return { text: `$(sync~spin) ${progress.schedules.toLocaleString('en')}`, tooltip, command: COMMANDS.showOutput };
  }
  if (!trusted) {
    const tooltip = vscode.l10n.t('Static checks only: this workspace is not trusted.');
    return { text: '$(shield) Lockstep', tooltip, command: 'workbench.trust.manage' };
  }
  const parts = [
    ...(confirmed > 0 ? [vscode.l10n.t('{0} confirmed', confirmed)] : []),
    ...(predicted > 0 ? [vscode.l10n.t('{0} predicted', predicted)] : []),
    ...(suspected > 0 ? [vscode.l10n.t('{0} suspected', suspected)] : []),
  ];
  if (parts.length === 0) {
    return { text: '$(lock) Lockstep', tooltip: vscode.l10n.t('No findings.'), command: COMMANDS.showOutput };
  }
  const tooltip = vscode.l10n.t('Findings: {0}.', parts.join(', '));
  return confirmed > 0
    ? {
        text: `$(lock) ${parts[0]}`,
        tooltip: vscode.l10n.t('{0} Click to open a trace.', tooltip),
        command: COMMANDS.openTrace,
      }
    : { text: `$(lock) ${parts[0]}`, tooltip, command: 'workbench.actions.view.problems' };
}
