/**
 * "Lockstep: Open the Example": a copy of the program that the tutorial is about, to play with.
 * Server capability: none. Command: lockstep.openExample. View: walkthrough.
 */
import * as vscode from 'vscode';
import { COMMANDS } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';

const FILES = ['go.mod', 'podstatus'];

export function activate({ extension }: LockstepContext): void {
  extension.subscriptions.push(
    // `stay` leaves the window as it is.
    vscode.commands.registerCommand(COMMANDS.openExample, async (options?: { stay?: boolean }) => {
      const folder = vscode.Uri.joinPath(extension.globalStorageUri, 'example');
      await copyMissing(vscode.Uri.joinPath(extension.extensionUri, 'examples'), folder);
      if (options?.stay !== true) await vscode.commands.executeCommand('vscode.openFolder', folder);
      return folder;
    }),
  );
}

/** What somebody has changed in the copy stays. */
async function copyMissing(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  await vscode.workspace.fs.createDirectory(to);
  const there = new Set((await vscode.workspace.fs.readDirectory(to)).map(([name]) => name));
  for (const name of FILES.filter((one) => !there.has(one)))
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(from, name), vscode.Uri.joinPath(to, name));
}
