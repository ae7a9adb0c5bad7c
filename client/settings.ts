/**
 * Settings of the user to the server: sent at its start and after each change, for each folder of the workspace.
 * Server capability: lockstep/settingsChanged. Command: none. View: the settings editor.
 */
import * as vscode from 'vscode';
import { SETTINGS_CHANGED } from '../protocol/messages';
import {
  type AllSettings,
  GO_SECTION,
  type GoSettings,
  readGoSettings,
  readSettings,
  SECTION,
  type Settings,
} from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';

/** As they are now for a file or folder, or for the window; wrong values become their defaults. */
export function settingsFor(place: vscode.Uri | undefined): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION, place ?? null);
  return readSettings((key) => configuration.get(key));
}

export function allSettings(): AllSettings {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return {
    settings: settingsFor(undefined),
    // What names a folder means the first one where it is said for the window.
    go: goSettingsFor(undefined, folders[0]?.uri),
    folders: folders.map(({ uri }) => ({
      uri: uri.toString(),
      settings: settingsFor(uri),
      go: goSettingsFor(uri, uri),
    })),
  };
}

/** The Go extension's settings, whether it is there or not, with what they name in the place of names. */
function goSettingsFor(place: vscode.Uri | undefined, folder: vscode.Uri | undefined): GoSettings {
  const configuration = vscode.workspace.getConfiguration(GO_SECTION, place ?? null);
  const { environment, flags } = readGoSettings((key) => configuration.get(key));
  const named = Object.entries(environment).map(([name, value]) => [name, substituted(value, folder)]);
  return { environment: Object.fromEntries(named), flags: flags.map((flag) => substituted(flag, folder)) };
}

/** `${workspaceFolder}` and `${env:NAME}`, as the Go extension reads them. */
function substituted(text: string, folder: vscode.Uri | undefined): string {
  return text
    .replaceAll(/\$\{workspace(?:Folder|Root)\}/g, folder?.fsPath ?? '')
    .replaceAll(/\$\{env:(\w+)\}/g, (_, name: string) => process.env[name] ?? '');
}

export function activate({ extension, server }: LockstepContext): void {
  const tell = async (): Promise<void> => {
    // A server that starts later is told at its start.
    if (server.isRunning()) await server.sendNotification(SETTINGS_CHANGED, allSettings());
  };
  extension.subscriptions.push(
    vscode.workspace.onDidChangeWorkspaceFolders(tell),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration(SECTION) || change.affectsConfiguration(GO_SECTION)) await tell();
    }),
  );
}
