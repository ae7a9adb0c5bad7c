// Folders of one workspace may have settings of their own, ours and those of the Go extension: what is run and shown for a
// file is by the settings of its folder.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { LockstepApi } from '../../../../client/main';
import type { ExploreResult, FindingSummary, ReplayResult } from '../../../../protocol/messages';
import { abandonedIn } from '../../../abandoned';
import { closeAll, diagnosticsOf, eventually, withCode } from '../editor';

/** Leaks where the tag is set and the variable names the folder that this is in. */
const TAGGED = '//go:build hurried\n\npackage tagged\n\nfunc init() { hurry = true }\n';
const testIn = (folder: string): string => `package tagged

import (
	"os"
	"path/filepath"
	"testing"
)

var hurry bool

func TestSend(t *testing.T) {
	if hurry && filepath.Base(os.Getenv("LOCKSTEP_FOLDER")) == "${folder}" {
		go func() { make(chan int) <- 1 }()
	}
}
`;
const ABANDONED = abandonedIn('tagged');

const FOLDERS = ['one', 'two'];
// biome-ignore lint/suspicious/noTemplateCurlyInString: as VS Code's settings name the folder
const WHERE = { 'go.toolsEnvVars': { LOCKSTEP_FOLDER: '${workspaceFolder}' } };
const HURRIED = { ...WHERE, 'go.testTags': 'hurried', 'lockstep.replay.times': 3 };
const CALM = { ...WHERE, 'lockstep.checks': { 'abandoned-channel': 'off' } };

describe('settings of the folders of a workspace', () => {
  const uriIn = (folder: string, path: string): vscode.Uri => {
    const found = vscode.workspace.workspaceFolders?.find(({ name }) => name === folder);
    return vscode.Uri.joinPath((found ?? assert.fail(folder)).uri, path);
  };
  const write = (uri: vscode.Uri, text: string) => vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  const remove = (uri: vscode.Uri) => vscode.workspace.fs.delete(uri, { recursive: true });
  const set = async (byFolder: Record<string, object>): Promise<void> => {
    for (const [folder, values] of Object.entries(byFolder)) {
      await write(uriIn(folder, '.vscode/settings.json'), JSON.stringify(values));
      const read = (key: string) => vscode.workspace.getConfiguration(undefined, uriIn(folder, '')).get(key);
      await eventually(() =>
        Object.entries(values).every(([key, value]) => JSON.stringify(read(key)) === JSON.stringify(value)) &&
        ((read('go.testTags') ?? null) !== null) === 'go.testTags' in values
          ? true
          : undefined,
      );
    }
  };
  const explore = async (folder: string): Promise<FindingSummary[]> => {
    const argument = { uri: uriIn(folder, 'tagged/tagged_test.go').toString(), test: 'TestSend' };
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
    assert.ok(result.type === 'explored', JSON.stringify(result));
    return result.findings;
  };
  const replay = (finding: FindingSummary | undefined) =>
    vscode.commands.executeCommand<ReplayResult>('lockstep.replay', finding);
  const show = async (uri: vscode.Uri) => vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));

  before(async () => {
    // The window knows its folders a little later than the host begins.
    await eventually(() => (vscode.workspace.workspaceFolders?.length === FOLDERS.length ? true : undefined));
    for (const folder of FOLDERS) {
      await write(uriIn(folder, 'tagged/tagged.go'), TAGGED);
      await write(uriIn(folder, 'tagged/first.go'), ABANDONED);
      await write(uriIn(folder, 'tagged/tagged_test.go'), testIn(folder));
    }
  });
  after(async () => {
    await closeAll();
    for (const folder of FOLDERS) for (const path of ['tagged', '.vscode']) await remove(uriIn(folder, path));
  });

  let leak: FindingSummary | undefined;
  it('say how the tests of each folder are built, run and replayed', async () => {
    await set({ one: HURRIED, two: CALM });
    const found = await explore('one');
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['goroutine-leak'],
    );
    assert.deepEqual(await explore('two'), []);
    [leak] = found;
    assert.deepEqual(await replay(leak), { type: 'replayed', replays: 3, replayed: 3, cancelled: false });
  });

  it('say what is a problem in each folder', async () => {
    for (const folder of FOLDERS) await show(uriIn(folder, 'tagged/first.go'));
    await eventually(() => withCode(uriIn('one', 'tagged/first.go'), 'abandoned-channel'));
    assert.deepEqual(diagnosticsOf(uriIn('two', 'tagged/first.go')), []);
  });

  it('keep what is intended beside the code that it is about', async () => {
    const extension = vscode.extensions.getExtension<LockstepApi>('lockstep.lockstep-go');
    const { findings } = (await extension?.activate()) ?? assert.fail();
    await vscode.commands.executeCommand('lockstep.markIntended', leak, 'as it should be');
    const intended = (folder: string) =>
      vscode.workspace.getConfiguration('lockstep', uriIn(folder, '')).inspect('intended');
    assert.deepEqual(intended('one')?.workspaceFolderValue, { [leak!.id]: 'as it should be' });
    assert.equal(intended('one')?.workspaceValue, undefined);
    assert.equal(intended('two')?.workspaceFolderValue, undefined);
    const test = uriIn('one', 'tagged/tagged_test.go');
    await eventually(() => (withCode(test, 'goroutine-leak') === undefined ? true : undefined));
    await findings.refresh();
    await vscode.commands.executeCommand('lockstep.unmarkIntended', leak);
    assert.equal(intended('one')?.workspaceFolderValue, undefined);
    await eventually(() => withCode(test, 'goroutine-leak'));
  });

  it('hold as soon as they are changed', async () => {
    await set({ one: CALM, two: HURRIED });
    const found = await explore('two');
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['goroutine-leak'],
    );
    const again = await replay(leak);
    assert.ok(again.type === 'problem' || (again.type === 'replayed' && again.replayed === 0), JSON.stringify(again));
    await eventually(() => withCode(uriIn('two', 'tagged/first.go'), 'abandoned-channel'));
    assert.equal(withCode(uriIn('one', 'tagged/first.go'), 'abandoned-channel'), undefined);
  });
});
