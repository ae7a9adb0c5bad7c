// On a workspace whose settings name a go command that lies in it, with a finding in its store. The same suite runs in a
// window that trusts the workspace and in one that does not: there nothing may have run that command, whatever was asked.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as vscode from 'vscode';
import type { LockstepApi } from '../../../../client/main';
import { eventually, fileUri, hoverText, lenses, open, withCode } from '../editor';

describe('a go command that lies in the workspace', () => {
  const { isTrusted } = vscode.workspace;
  /** What the command was called with since this was last asked. */
  const taken = (): string => {
    const file = fileUri('calls').fsPath;
    if (!existsSync(file)) return '';
    const calls = readFileSync(file, 'utf8');
    rmSync(file);
    return calls;
  };
  const test = { uri: '', test: 'TestFirst' };
  let finding: { root: string; id: string };
  let api: LockstepApi;
  before(async () => {
    assert.equal(isTrusted, vscode.workspace.name === 'known', 'the window trusts the wrong workspace');
    test.uri = fileUri('wait_test.go').toString();
    const [[name] = assert.fail()] = await vscode.workspace.fs.readDirectory(fileUri('.lockstep/findings'));
    finding = { root: fileUri('').toString().replace(/\/$/, ''), id: name.replace('.json', '') };
    const extension = vscode.extensions.getExtension<LockstepApi>('lockstep.lockstep-go');
    api = (await extension?.activate()) ?? assert.fail();
  });

  it('is not run by looking at files and findings', async () => {
    await open('wait_test.go');
    await open('wait.go');
    await eventually(() => withCode(fileUri('wait.go'), 'goroutine-leak'));
    const titles = async () => (await lenses(fileUri('wait_test.go'))).map(({ title }) => title);
    await eventually(async () => ((await titles()).includes('Explore interleavings') ? true : undefined));
    assert.match(await hoverText(fileUri('wait.go'), 10, 2), /next/);
    await api.findings.refresh();
    assert.ok(((await api.findings.provider.getChildren()) ?? []).length > 0);
    await api.tests.controller.resolveHandler?.(undefined);
    assert.equal(taken(), '');
  });

  const commands: [command: string, argument: () => unknown][] = [
    ['explore', () => test],
    ['tryToShow', () => ({ message: 'It may leak.', sites: [{ uri: test.uri, line: 1 }], tests: [test] })],
    ['checkAgain', () => finding],
    ['replay', () => finding],
    ['minimise', () => finding],
    ['debug', () => finding],
  ];
  for (const [command, argument] of commands) {
    it(`is run by the command ${command} where the workspace is trusted, and only there`, async () => {
      await vscode.commands.executeCommand(`lockstep.${command}`, argument());
      assert.equal(taken() !== '', isTrusted);
    });
  }

  it('is run by the Test Explorer where the workspace is trusted, and only there', async () => {
    const item = api.tests.controller.items.get(test.uri) ?? assert.fail();
    await api.tests.controller.resolveHandler?.(item);
    const ended = new vscode.CancellationTokenSource();
    for (const profile of api.tests.profiles) await profile.runHandler(new vscode.TestRunRequest([item]), ended.token);
    assert.equal(taken() !== '', isTrusted);
  });
});
