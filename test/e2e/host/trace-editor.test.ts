// Trace files open in the trace page: those of a store by themselves, textual ones when one says so.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { writeTrace } from '../../../core/trace/write';
import { traceOf } from '../../unit/core/trace-of';
import { closeAll, eventually, fileUri } from './editor';

describe('trace files', () => {
  const stored = fileUri('.lockstep/traces/opened.trace');
  const textual = fileUri('opened.lockstep-trace');
  const trace = traceOf('1 start\n1 make chan/c :1\n1 send!block chan/c :2', { test: 'TestC', outcome: 'blocked' });
  before(async () => {
    await vscode.workspace.fs.writeFile(stored, writeTrace(trace));
    await vscode.workspace.fs.writeFile(textual, Buffer.from('lockstep-trace 1\npackage p\ntest TestC\n'));
  });
  after(async () => {
    await closeAll();
    for (const uri of [stored, textual]) await vscode.workspace.fs.delete(uri);
  });

  const shownIn = (viewType: string): Promise<vscode.Uri> =>
    eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputCustom && input.viewType === viewType ? input.uri : undefined;
    });

  it('of a store open in the trace page', async () => {
    await vscode.commands.executeCommand('vscode.open', stored);
    assert.equal((await shownIn('lockstep.traceEditor')).toString(), stored.toString());
  });

  it('that are text open as text, and in the trace page when one says so', async () => {
    await vscode.commands.executeCommand('vscode.open', textual);
    await eventually(() => vscode.window.activeTextEditor?.document.languageId === 'lockstep-trace' || undefined);
    await vscode.commands.executeCommand('vscode.openWith', textual, 'lockstep.textTraceEditor');
    assert.equal((await shownIn('lockstep.textTraceEditor')).toString(), textual.toString());
  });
});
