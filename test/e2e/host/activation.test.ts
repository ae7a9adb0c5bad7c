// Runs inside the extension host, next to the extension: see scripts/test-host.mjs.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension in its host', () => {
  it('activates when a Go file is opened, and registers what it contributes', async () => {
    const extension = vscode.extensions.getExtension('lockstep.lockstep-go');
    assert.ok(extension, 'the extension is not installed');
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(workspace, 'the workspace is a copy of examples/');
    await vscode.window.showTextDocument(vscode.Uri.joinPath(workspace.uri, 'podstatus/podstatus.go'));
    await extension.activate();

    const contributed: { command: string }[] = extension.packageJSON.contributes.commands;
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      contributed.map(({ command }) => command).filter((command) => !registered.has(command)),
      [],
    );
  });
});
