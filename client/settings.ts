/**
 * Settings of the user to the server: sent at its start and after each change.
 * Server capability: none (own notification). Command: none. View: the settings editor.
 */
import * as vscode from 'vscode';
import { GO_SETTINGS_CHANGED, SETTINGS_CHANGED } from '../protocol/messages';
import {
  GO_SECTION,
  type GoSettings,
  readGoSettings,
  readSettings,
  SECTION,
  type Settings,
} from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';

/** The settings as they are now; wrong values become their defaults. */
export function currentSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return readSettings((key) => configuration.get(key));
}

/** The Go extension's settings, whether it is there or not, with what they name in the place of names. */
export function currentGoSettings(): GoSettings {
  const configuration = vscode.workspace.getConfiguration(GO_SECTION);
  const { environment, flags } = readGoSettings((key) => configuration.get(key));
  const named = Object.entries(environment).map(([name, value]) => [name, substituted(value)]);
  return { environment: Object.fromEntries(named), flags: flags.map(substituted) };
}

/** `${workspaceFolder}` and `${env:NAME}`, as the Go extension reads them. */
function substituted(text: string): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return text
    .replaceAll(/\$\{workspace(?:Folder|Root)\}/g, folder?.uri.fsPath ?? '')
    .replaceAll(/\$\{env:(\w+)\}/g, (_, name: string) => process.env[name] ?? '');
}

export function activate({ extension, client }: LockstepContext): void {
  extension.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (!client.isRunning()) return;
      if (change.affectsConfiguration(SECTION)) await client.sendNotification(SETTINGS_CHANGED, currentSettings());
      if (change.affectsConfiguration(GO_SECTION))
        await client.sendNotification(GO_SETTINGS_CHANGED, currentGoSettings());
    }),
  );
}
