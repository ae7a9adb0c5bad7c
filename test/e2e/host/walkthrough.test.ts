// The first steps: the example to play with, and the walkthrough that begins with it.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually } from './editor';

describe('the walkthrough', () => {
  after(closeAll);
  const text = async (uri: vscode.Uri) => new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));

  it('opens a copy of the example, which stays as somebody has left it', async () => {
    const open = () => vscode.commands.executeCommand<vscode.Uri>('lockstep.openExample', { stay: true });
    const folder = await open();
    const source = vscode.Uri.joinPath(folder, 'podstatus/podstatus.go');
    assert.match(await text(vscode.Uri.joinPath(folder, 'go.mod')), /^module /);
    assert.match(await text(vscode.Uri.joinPath(folder, 'podstatus/podstatus_test.go')), /func TestSetPodStatus/);
    const extension = vscode.extensions.getExtension('lockstep.lockstep-go');
    assert.ok(extension);
    assert.ok(!folder.toString().startsWith(extension.extensionUri.toString()), 'it is a copy');
    await vscode.workspace.fs.writeFile(source, new TextEncoder().encode('package podstatus\n'));
    await open();
    assert.equal(await text(source), 'package podstatus\n');
    await vscode.workspace.fs.delete(folder, { recursive: true });
  });

  it('is shown', async () => {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'lockstep.lockstep-go#start', false);
    await eventually(() =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ label }) => /Welcome|Walkthrough|Get Started/.test(label)),
    );
  });
});
