// Inside the extension host, for a long time: see scripts/soak.mjs, which says how long and looks at what is left.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { LockstepApi } from '../../../client/main';
import type { ExploreResult, ReplayResult } from '../../../protocol/messages';
import { closeAll, diagnosticsOf, eventually, fileUri, hoverText, lenses, open, withCode, write } from '../host/editor';
import { descendants, languageServers } from '../host/processes';
import { compare, type Held, hostHolds, serverHolds, table } from './held';

interface Orders {
  report: string;
  soak: { rounds: number; edits: number; kills: number };
}
const orders: Orders = JSON.parse(readFileSync(process.env.LOCKSTEP_HOST_TESTS ?? '', 'utf8'));
const { rounds, edits, kills } = orders.soak;

/** Rounds before the first that counts: code is compiled, caches are filled. */
const WARM = 2;

/** Of an exploration that ends by itself. */
const SCHEDULES = 60;

const source = fileUri('fetch/fetch.go');
const quiet = { uri: fileUri('counter/counter_test.go').toString(), test: 'TestFixedViews' };
const stuck = { uri: fileUri('podstatus/podstatus_test.go').toString(), test: 'TestSetPodStatus' };

const busy = { uri: fileUri('busy/busy_test.go').toString(), test: 'TestBusy' };

/** With more interleavings than anybody explores. */
const BUSY = `package busy

import (
	"sync"
	"testing"
)

func TestBusy(t *testing.T) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	n := 0
	for range 6 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 40 {
				mu.Lock()
				n++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}
`;

const ROOM = 'make(chan string, 9)';
const NONE = 'make(chan string)';

describe('a long session', () => {
  const done = { edited: 0, explored: 0, cancelled: 0, replayed: 0, killed: 0 };
  const pids = new Set<number>([process.pid]);
  const held: { server: Held[]; host: Held[] } = { server: [], host: [] };
  const set = (key: string, value: unknown) =>
    vscode.workspace.getConfiguration('lockstep').update(key, value, vscode.ConfigurationTarget.Workspace);
  const explore = (test: object) => vscode.commands.executeCommand<ExploreResult>('lockstep.explore', test);
  const noteProcesses = () => {
    for (const { pid } of descendants(process.pid)) pids.add(pid);
  };
  const theServer = async (): Promise<number> => {
    const [server, ...more] = await eventually(() => (languageServers().length > 0 ? languageServers() : undefined));
    assert.deepEqual(more, [], 'one language server');
    return server!.pid;
  };
  /** The launcher of processes stays while the server lives; nothing else does, once nothing runs. */
  const nothingRuns = async () => {
    const server = await theServer();
    await eventually(() => descendants(server).every(({ command }) => / launch$/.test(command)) || undefined);
    assert.ok(descendants(server).length <= 1);
  };

  before(async () => {
    await endless(false);
    await set('replay.times', 3);
    await write('busy/busy_test.go', BUSY);
    await open('fetch/fetch.go');
    // From here on the server says what it holds.
    process.env.NODE_OPTIONS = `--require ${process.env.LOCKSTEP_PROBE_MODULE}`;
    await vscode.commands.executeCommand('lockstep.restartServer');
    await eventually(() => withCode(source, 'abandoned-channel'));
  });
  after(() => {
    const told = { ...done, pids: [...pids], table: table(held.server, held.host), held };
    writeFileSync(path.join(orders.report, 'session.json'), JSON.stringify(told));
  });

  /** Breaks the file or mends it, and waits until that shows. */
  async function edit(number: number): Promise<void> {
    const { document } = await open('fetch/fetch.go');
    const text = document.getText();
    const [from, to] = number % 2 === 0 ? [NONE, ROOM] : [ROOM, NONE];
    const at = text.indexOf(from);
    assert.ok(at >= 0);
    const change = new vscode.WorkspaceEdit();
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + from.length));
    change.replace(source, range, to);
    assert.ok(await vscode.workspace.applyEdit(change));
    await eventually(() => (withCode(source, 'abandoned-channel') === undefined) === (number % 2 === 0) || undefined);
    done.edited++;
  }

  /** Explorations that go on until somebody ends them, or end soon. */
  const endless = async (on: boolean) => {
    await set('explore.schedules', on ? 0 : SCHEDULES);
    await set('explore.seconds', on ? 600 : 5);
  };
  const testRuns = async () => {
    const server = await theServer();
    await eventually(() => descendants(server).some(({ command }) => / -test\.run=/.test(command)) || undefined);
    noteProcesses();
  };

  /** From the Test Explorer, and cancelled there while it runs. */
  async function cancelled(): Promise<void> {
    await endless(true);
    await open('busy/busy_test.go');
    const { controller, profiles } = vscode.extensions.getExtension<LockstepApi>('lockstep.lockstep-go')!.exports.tests;
    const test = await eventually(() => controller.items.get(busy.uri)?.children.get(busy.test));
    const cancellation = new vscode.CancellationTokenSource();
    const request = new vscode.TestRunRequest([test], undefined, profiles[0]);
    const run = profiles[0]!.runHandler(request, cancellation.token);
    await testRuns();
    cancellation.cancel();
    await run;
    cancellation.dispose();
    await nothingRuns();
    await endless(false);
    done.cancelled++;
  }

  async function replayed(): Promise<void> {
    await open('podstatus/podstatus.go');
    const lens = await eventually(async () =>
      (await lenses(fileUri('podstatus/podstatus.go'))).find(({ title }) => title === 'Replay this deadlock'),
    );
    const { command, arguments: given = [] } = lens.command;
    const result = await vscode.commands.executeCommand<ReplayResult>(command, ...given);
    assert.equal(result.type, 'replayed');
    done.replayed++;
    await hoverText(fileUri('podstatus/podstatus.go'), 45, 3);
    await closeAll();
    await vscode.commands.executeCommand('notifications.clearAll');
  }

  async function round(number: number): Promise<void> {
    for (let at = 0; at < edits; at++) await edit(number * edits + at);
    assert.equal((await explore(quiet)).type, 'explored');
    assert.equal((await explore(stuck)).type, 'explored');
    done.explored += 2;
    await cancelled();
    await replayed();
    await open('fetch/fetch.go');
    await nothingRuns();
  }

  it('holds no more at its end than at its beginning', async () => {
    for (let number = 0; number < rounds + WARM; number++) {
      await round(number);
      if (number < WARM) continue;
      held.server.push(await serverHolds(await theServer()));
      held.host.push(hostHolds());
    }
    if (rounds < 3) return;
    assert.deepEqual([...compare('server', held.server), ...compare('extension host', held.host)], []);
  });

  it('loses its server again and again, in the middle of work, and leaves nothing behind', async () => {
    const host: Held[] = [];
    for (let times = 0; times < kills; times++) {
      const server = await theServer();
      await endless(true);
      const running = explore(busy);
      await testRuns();
      const below = descendants(server).map(({ pid }) => pid);
      process.kill(server, 'SIGKILL');
      const result = await running;
      assert.equal(result.type, 'problem');
      assert.match(
        result.type === 'problem' ? result.problem : '',
        /^Lockstep’s language server ended before it answered/,
      );
      await eventually(() => below.every((pid) => !descendants(1).some((one) => one.pid === pid)) || undefined);
      // The first time it comes back by itself.
      if (times > 0) {
        await eventually(() => languageServers().length === 0 || undefined);
        await vscode.commands.executeCommand('lockstep.restartServer');
      }
      assert.notEqual(await theServer(), server);
      await endless(false);
      // The workbench forgets a file that no editor shows, and has no lenses for it.
      await open('busy/busy_test.go');
      await eventually(async () => (await lenses(vscode.Uri.parse(busy.uri))).length > 0 || undefined);
      await open('fetch/fetch.go');
      await edit(done.edited);
      await vscode.commands.executeCommand('notifications.clearAll');
      done.killed++;
      host.push(hostHolds());
    }
    if (kills < 6) return;
    assert.deepEqual(compare('extension host', host), []);
  });

  it('works at its end as at its beginning', async () => {
    do await edit(done.edited);
    while (done.edited % 2 === 1);
    await vscode.workspace.saveAll();
    await eventually(() => withCode(source, 'abandoned-channel'));
    assert.equal(diagnosticsOf(source).length, 1);
    await nothingRuns();
    noteProcesses();
  });
});
