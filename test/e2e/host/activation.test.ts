// Runs inside the extension host, next to the extension: see scripts/test-host.mjs. The first of the suites by its name:
// it begins where nobody has looked at Go yet.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, fileUri } from './editor';
import { languageServers } from './processes';

describe('the extension in its host', () => {
  const extension = vscode.extensions.getExtension('lockstep.lockstep-go');
  before(() => assert.ok(extension, 'the extension is not installed'));
  after(closeAll);

  it('starts no process and reads no Go file before somebody looks at one', async () => {
    await extension?.activate();
    await vscode.window.showTextDocument(fileUri('go.mod'));
    assert.deepEqual(languageServers(), []);
    // Settings and stores are told to a server that runs, and to no other.
    const settings = vscode.workspace.getConfiguration('lockstep');
    await settings.update('replay.times', 3, vscode.ConfigurationTarget.Workspace);
    await settings.update('replay.times', undefined, vscode.ConfigurationTarget.Workspace);
    const stored = fileUri('.lockstep/findings/none.json');
    await vscode.workspace.fs.writeFile(stored, Buffer.from('{}'));
    await vscode.workspace.fs.delete(fileUri('.lockstep'), { recursive: true });
    assert.deepEqual(languageServers(), []);
  });

  it('starts its server for the Findings view', async () => {
    await vscode.commands.executeCommand('lockstep.findings.focus');
    await eventually(() => languageServers()[0]);
    await vscode.commands.executeCommand('workbench.view.explorer');
  });

  it('registers what it contributes', async () => {
    await vscode.window.showTextDocument(fileUri('podstatus/podstatus.go'));
    const contributed: { command: string }[] = extension?.packageJSON.contributes.commands;
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      contributed.map(({ command }) => command).filter((command) => !registered.has(command)),
      [],
    );
    assert.equal((await eventually(() => (languageServers().length > 0 ? languageServers() : undefined))).length, 1);
  });
});
