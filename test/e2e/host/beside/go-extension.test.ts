// Beside the Go extension, the real one: what both have to say stands side by side, and it drives the debugger.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import type { ExploreResult, FindingReference } from '../../../../protocol/messages';
import { closeAll, diagnosticsOf, eventually, fileUri, hoverText, lenses, open, write } from '../editor';
import { descendants } from '../processes';

const TEST_FILE = 'podstatus/podstatus_test.go';
const SOURCE_FILE = 'podstatus/podstatus.go';

describe('beside the Go extension', function () {
  this.timeout(240_000);
  const go = vscode.extensions.getExtension('golang.go');

  before(async () => {
    assert.ok(go, 'it is installed');
    await open(TEST_FILE);
    await go.activate();
    await vscode.workspace
      .getConfiguration('lockstep')
      .update('explore.schedules', 400, vscode.ConfigurationTarget.Workspace);
  });
  after(async () => {
    await vscode.workspace
      .getConfiguration('lockstep')
      .update('explore.schedules', undefined, vscode.ConfigurationTarget.Workspace);
    await closeAll();
  });

  it('has its lenses above a test, and Lockstep has its own', async () => {
    const titles = await eventually(async () => {
      const found = (await lenses(fileUri(TEST_FILE))).map(({ title }) => title);
      return found.includes('run test') && found.includes('Explore interleavings') ? found : undefined;
    });
    assert.ok(titles.includes('debug test'), titles.join(', '));
  });

  it('says in a hover what gopls knows, and Lockstep what comes next', async () => {
    const document = await vscode.workspace.openTextDocument(fileUri(SOURCE_FILE));
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('m.podStatusChannel <- pod'));
    assert.ok(line > 0);
    const arrow = document.lineAt(line).text.indexOf('<-');
    await eventually(async () =>
      (await hoverText(fileUri(SOURCE_FILE), line + 1, arrow)).includes('What happens next') ? true : undefined,
    );
    const field = document.lineAt(line).text.indexOf('podStatusChannel');
    await eventually(async () =>
      /field podStatusChannel/.test(await hoverText(fileUri(SOURCE_FILE), line + 1, field)) ? true : undefined,
    );
  });

  it('has its diagnostics beside those of Lockstep', async () => {
    const text =
      'package both\n\nimport "sync"\n\nfunc f() {\n\tvar mu sync.Mutex\n\tmu.Lock()\n\tmu.Lock()\n\tx := 1\n}\n';
    const uri = await write('both/both.go', text);
    try {
      await open('both/both.go');
      const sources = await eventually(() => {
        const found = new Set(vscode.languages.getDiagnostics(uri).map(({ source }) => source));
        return found.has('lockstep') && found.has('compiler') ? found : undefined;
      });
      assert.ok(sources.size >= 2);
      assert.ok(diagnosticsOf(uri).length >= 1);
    } finally {
      await vscode.workspace.fs.delete(fileUri('both'), { recursive: true });
    }
  });

  describe('debugging', () => {
    let deadlock: FindingReference;
    let sessions: { session: vscode.DebugSession; stops: number; ended: boolean }[] = [];
    const disposables: vscode.Disposable[] = [];
    const newest = () => sessions.at(-1);
    const set = (environment: Record<string, string> | undefined) =>
      vscode.workspace.getConfiguration('go').update('toolsEnvVars', environment, vscode.ConfigurationTarget.Workspace);

    before(async () => {
      const argument = { uri: fileUri(TEST_FILE).toString(), test: 'TestSetPodStatus' };
      const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
      assert.ok(result.type === 'explored', JSON.stringify(result));
      const found = result.findings.find(({ kind }) => kind === 'deadlock');
      assert.ok(found);
      deadlock = { root: found.root, id: found.id };
      for (const type of ['go', 'lockstep-go']) {
        const factory: vscode.DebugAdapterTrackerFactory = {
          createDebugAdapterTracker(session) {
            const one = { session, stops: 0, ended: false };
            sessions.push(one);
            return {
              onDidSendMessage({ type: kind, event }) {
                if (kind === 'event' && event === 'stopped') one.stops++;
              },
            };
          },
        };
        disposables.push(vscode.debug.registerDebugAdapterTrackerFactory(type, factory));
      }
      disposables.push(
        vscode.debug.onDidTerminateDebugSession(({ id }) => {
          for (const one of sessions) if (one.session.id === id) one.ended = true;
        }),
      );
    });
    beforeEach(() => {
      sessions = [];
    });
    afterEach(async () => {
      await vscode.debug.stopDebugging();
      await eventually(() => (sessions.every(({ ended }) => ended) ? true : undefined));
      await eventually(() =>
        descendants(process.pid).some(({ command }) => / dap --/.test(command)) ? undefined : true,
      );
      await set(undefined);
    });
    after(() => {
      for (const one of disposables) one.dispose();
    });

    /** Names of the threads when the debugger has stopped in a session of this type. */
    async function stoppedIn(type: string): Promise<string[]> {
      assert.equal(await vscode.commands.executeCommand('lockstep.debug', deadlock), true);
      const session = await eventually(() => (newest()?.stops ? newest()?.session : undefined));
      assert.deepEqual([session.type, session.configuration.mode], [type, 'exec']);
      const { threads } = await session.customRequest('threads');
      return threads.map(({ name }: { name: string }) => name);
    }
    function areStuck(names: readonly string[]): void {
      for (const waits of [
        / 1\.\d waits to send \(podstatus\/podstatus\.go:45\)/,
        / 1\.\d waits to lock \(podstatus\/podstatus\.go:33\)/,
      ])
        assert.ok(
          names.some((name) => waits.test(name)),
          names.join('\n'),
        );
    }

    it('goes through it, with the Delve of the user, up to where the goroutines are stuck', async () => {
      areStuck(await stoppedIn('go'));
    });

    it('goes past it where the user has no Delve: it would begin nothing and offer to install one', async () => {
      const folders = (process.env.PATH ?? '').split(delimiter);
      await set({ PATH: folders.filter((folder) => !existsSync(join(folder, 'dlv'))).join(delimiter) });
      areStuck(await stoppedIn('lockstep-go'));
    });
  });
});
