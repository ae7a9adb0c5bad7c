/**
 * What is done when the language server ends by itself: it is started again once, and that is said. When it ends again
 * soon after, something is wrong that starting does not mend: one sentence says so, and the user decides.
 * Server capability: none. Command: lockstep.restartServer. View: notification.
 */
import * as vscode from 'vscode';
import { CloseAction, ErrorAction, type ErrorHandler } from 'vscode-languageclient/node';
import { COMMANDS } from '../protocol/settings';

/** Milliseconds. */
const SOON = 3 * 60_000;

const RESTART = vscode.l10n.t('Restart');
const SHOW_OUTPUT = vscode.l10n.t('Show Output');

const ONCE = vscode.l10n.t('Lockstep’s language server ended unexpectedly and was started again.');
const TWICE = vscode.l10n.t(
  'Lockstep’s language server ended unexpectedly again, so files are not checked until it is restarted.',
);

export function restartOnce(): ErrorHandler {
  let last = Number.NEGATIVE_INFINITY;
  return {
    // What cannot be written to a server that has ended; that it has is told below.
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      const again = Date.now() - last < SOON;
      last = Date.now();
      void tell(again);
      if (again) return { action: CloseAction.DoNotRestart, handled: true, message: TWICE };
      return { action: CloseAction.Restart, handled: true, message: ONCE };
    },
  };
}

async function tell(again: boolean): Promise<void> {
  const answer = again
    ? await vscode.window.showErrorMessage(TWICE, RESTART, SHOW_OUTPUT)
    : await vscode.window.showWarningMessage(ONCE, SHOW_OUTPUT);
  if (answer === RESTART) await vscode.commands.executeCommand(COMMANDS.restartServer);
  if (answer === SHOW_OUTPUT) await vscode.commands.executeCommand(COMMANDS.showOutput);
}
