// A workspace of several folders, each a module: every one has its checks, its findings and its store.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { LockstepApi } from '../../../../client/main';
import type { ExploreResult } from '../../../../protocol/messages';
import { closeAll, eventually, withCode } from '../editor';
import { languageServers } from '../processes';

describe('a workspace of two modules', () => {
  const fileIn = (folder: string, path: string): vscode.Uri => {
    const found = vscode.workspace.workspaceFolders?.find(({ name }) => name === folder);
    assert.ok(found, `the folder ${folder} is open`);
    return vscode.Uri.joinPath(found.uri, path);
  };
  const show = async (uri: vscode.Uri) => vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  const explore = async (uri: vscode.Uri, test: string) => {
    const argument = { uri: uri.toString(), test };
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
    assert.equal(result.type, 'explored', JSON.stringify(result));
    return result.type === 'explored' ? result.findings.map(({ kind }) => kind) : [];
  };
  before(() => {
    const settings = vscode.workspace.getConfiguration('lockstep');
    return settings.update('explore.seconds', 3, vscode.ConfigurationTarget.Workspace);
  });
  after(closeAll);

  it('is checked in each folder, by one server', async () => {
    await show(fileIn('one', 'wait.go'));
    await eventually(() => withCode(fileIn('one', 'wait.go'), 'abandoned-channel'));
    await show(fileIn('two', 'locks.go'));
    await eventually(() => withCode(fileIn('one', 'wait.go'), 'abandoned-channel'));
    assert.equal(languageServers().length, 1);
  });

  it('keeps what is found in the module where it was found', async () => {
    assert.deepEqual(await explore(fileIn('two', 'locks_test.go'), 'TestBoth'), ['deadlock']);
    assert.ok(existsSync(fileIn('two', '.lockstep/findings').fsPath));
    assert.ok(!existsSync(fileIn('one', '.lockstep').fsPath));
    assert.deepEqual(await explore(fileIn('one', 'wait_test.go'), 'TestFirst'), ['goroutine-leak']);
    assert.ok(existsSync(fileIn('one', '.lockstep/findings').fsPath));
    await eventually(() => withCode(fileIn('two', 'locks.go'), 'deadlock'));
    await eventually(() => withCode(fileIn('one', 'wait.go'), 'goroutine-leak'));
  });

  it('shows the findings and the tests of both', async () => {
    const extension = vscode.extensions.getExtension<LockstepApi>('lockstep.lockstep-go');
    const { tests, findings } = (await extension?.activate()) ?? assert.fail();
    await findings.refresh();
    const groups = (await findings.provider.getChildren()) ?? [];
    const labels = await Promise.all(groups.map(async (group) => (await findings.provider.getTreeItem(group)).label));
    assert.deepEqual([...labels].sort(), ['deadlock', 'goroutine leak']);
    await tests.controller.resolveHandler?.(undefined);
    const files = [...tests.controller.items].map(([, { label }]) => label);
    assert.deepEqual(files.sort(), ['one/wait_test.go', 'two/locks_test.go']);
  });
});
