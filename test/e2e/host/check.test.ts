// Before explore.test.ts by its name: what an exploration has shown, the checks no longer suspect.
// Static checks while typing: a diagnostic comes with the mistake and goes with the fix.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, diagnosticsOf, eventually, fileUri, open, withCode } from './editor';

describe('static checks', () => {
  const uri = fileUri('fetch/fetch.go');
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await closeAll();
  });

  it('suspects the channel that its reader may abandon', async () => {
    await open('fetch/fetch.go');
    const diagnostic = await eventually(() => withCode(uri, 'abandoned-channel'));
    assert.equal(diagnostic.range.start.line + 1, 22);
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Warning);
  });

  it('explains it on a page, to which its code leads', async () => {
    const { code } = await eventually(() => withCode(uri, 'abandoned-channel'));
    assert.ok(typeof code === 'object');
    assert.equal(code.target.scheme, 'command');
    const [kind] = JSON.parse(code.target.query);
    assert.deepEqual([code.target.path, kind], ['lockstep.explain', 'abandoned-channel']);
    const page = await vscode.commands.executeCommand<vscode.Uri>(code.target.path, kind);
    assert.match(new TextDecoder().decode(await vscode.workspace.fs.readFile(page)), /^# Abandoned channel\n/);
    await eventually(() =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ label, input }) => input instanceof vscode.TabInputWebview && /abandoned-channel/.test(label)),
    );
    await open('fetch/fetch.go');
  });

  it('offers the fix, and is content when it is applied', async () => {
    const diagnostic = await eventually(() => withCode(uri, 'abandoned-channel'));
    const asked = () =>
      vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        diagnostic.range,
        vscode.CodeActionKind.QuickFix.value,
      );
    // The workbench cancels the question when marks change meanwhile: people ask again.
    const action = await eventually(async () => {
      const actions = await Promise.resolve(asked()).catch((error: Error) => {
        if (error.name === 'Canceled') return [];
        throw error;
      });
      return actions.find(({ edit }) => edit !== undefined);
    });
    assert.ok(action.edit && (await vscode.workspace.applyEdit(action.edit)));
    await eventually(() => (withCode(uri, 'abandoned-channel') === undefined ? true : undefined));
  });

  it('follows the typing, saved or not', async () => {
    const editor = await open('fetch/fetch.go');
    await vscode.commands.executeCommand('undo');
    await eventually(() => withCode(uri, 'abandoned-channel'));
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// A comment more.\n'));
    await eventually(() => (withCode(uri, 'abandoned-channel')?.range.start.line === 22 ? true : undefined));
  });

  it('leaves corrected code alone', async () => {
    await open('podstatus/fixed.go');
    await open('fetch/fetch.go');
    await eventually(() => withCode(uri, 'abandoned-channel'));
    assert.deepEqual(diagnosticsOf(fileUri('podstatus/fixed.go')), []);
  });

  it('obeys the severity that the user gives a check', async () => {
    const settings = vscode.workspace.getConfiguration('lockstep');
    await settings.update('checks', { 'abandoned-channel': 'hint' }, vscode.ConfigurationTarget.Workspace);
    await eventually(() =>
      withCode(uri, 'abandoned-channel')?.severity === vscode.DiagnosticSeverity.Hint ? true : undefined,
    );
    await settings.update('checks', { 'abandoned-channel': 'off' }, vscode.ConfigurationTarget.Workspace);
    await eventually(() => (withCode(uri, 'abandoned-channel') === undefined ? true : undefined));
    await settings.update('checks', undefined, vscode.ConfigurationTarget.Workspace);
    await eventually(() => withCode(uri, 'abandoned-channel'));
  });
});
