/**
 * Workspace trust: exploring runs the code of the workspace, so it waits for the user's trust. Static checks
 * only read.
 * Server capability: none (own notification). Command: none. View: messages of the commands.
 */
import * as vscode from 'vscode';
import { TRUST_GRANTED } from '../protocol/messages';
import type { LockstepContext } from './lockstep-context';

const MANAGE_TRUST = vscode.l10n.t('Manage Workspace Trust');

export function activate({ extension, server }: LockstepContext): void {
  extension.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      // A server that starts later is told at its start.
      if (server.isRunning()) await server.sendNotification(TRUST_GRANTED);
    }),
  );
}

/** True when code of the workspace may run; otherwise says why not and offers the way to change that. */
export function mayRun(): boolean {
  if (vscode.workspace.isTrusted) return true;
  void explainRestriction();
  return false;
}

async function explainRestriction(): Promise<void> {
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Lockstep explores a test by running it, and this workspace is not trusted.'),
    MANAGE_TRUST,
  );
  if (answer === MANAGE_TRUST) await vscode.commands.executeCommand('workbench.trust.manage');
}
