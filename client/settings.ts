/**
 * Settings of the user to the server: sent at its start and after each change.
 * Server capability: none (own notification). Command: none. View: the settings editor.
 */
import * as vscode from 'vscode';
import { SETTINGS_CHANGED } from '../protocol/messages';
import { readSettings, SECTION, type Settings } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';

/** The settings as they are now; wrong values become their defaults. */
export function currentSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return readSettings((key) => configuration.get(key));
}

export function activate({ extension, client }: LockstepContext): void {
  extension.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (!change.affectsConfiguration(SECTION) || !client.isRunning()) return;
      await client.sendNotification(SETTINGS_CHANGED, currentSettings());
    }),
  );
}
