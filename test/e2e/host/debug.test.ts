// "Debug This Deadlock": a real Delve follows the schedule, stops where the user asked and where everybody is stuck, and is gone then.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { ExploreResult, FindingReference } from '../../../protocol/messages';
import { actionsAt, closeAll, eventually, fileUri, lenses, open, write } from './editor';
import { descendants, processes } from './processes';

const SOURCE = `package accounts

import "sync"

type Account struct {
	mu      sync.Mutex
	balance int
}

func Transfer(from, to *Account, amount int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	from.balance -= amount
	to.mu.Lock()
	defer to.mu.Unlock()
	to.balance += amount
}
`;
const SUBTRACTS = 13;
const SECOND_LOCK = 14;

const TEST = `package accounts

import (
	"sync"
	"testing"
)

func TestTransfer(t *testing.T) {
	var group sync.WaitGroup
	a, b := &Account{}, &Account{}
	group.Go(func() { Transfer(a, b, 1) })
	group.Go(func() { Transfer(b, a, 2) })
	group.Wait()
}
`;

const CLOSED = `package accounts

import (
	"sync"
	"testing"
)

func TestClosed(t *testing.T) {
	var group sync.WaitGroup
	done := make(chan bool)
	for range 2 {
		group.Go(func() {
			select {
			case <-done:
			default:
				close(done)
			}
		})
	}
	group.Wait()
}
`;
const CLOSES = 16;

interface Frame {
  id: number;
  name: string;
  line: number;
  source?: { path?: string };
}

interface Message {
  type: string;
  event?: string;
  body?: { reason?: string; threadId?: number; systemProcessId?: number; output?: string };
}

describe('debugging a finding', () => {
  const source = fileUri('accounts/accounts.go');
  const test = fileUri('accounts/accounts_test.go');
  const disposables: vscode.Disposable[] = [];
  /** In the order in which they began; what a session that is ending still says is not the next one's. */
  const sessions: { session: vscode.DebugSession; messages: Message[]; ended: boolean }[] = [];
  let finding: FindingReference;

  const set = (value: unknown) =>
    vscode.workspace.getConfiguration('lockstep').update('debug.adapter', value, vscode.ConfigurationTarget.Workspace);
  const newest = () => {
    const last = sessions.at(-1);
    assert.ok(last, 'no session has begun');
    return last;
  };
  const events = (name: string) => newest().messages.filter(({ type, event }) => type === 'event' && event === name);
  const stopped = (count: number) => eventually(() => events('stopped')[count - 1]);
  const hasEnded = () => eventually(() => newest().ended || undefined);
  // In a window of another machine it is the text of a URI.
  const isInSource = (frame: Frame) => frame.source?.path?.endsWith(source.path) === true;
  const linesOf = (frames: readonly Frame[]) => frames.filter(isInSource).map(({ line }) => line);
  const framesOf = async (threadId: number): Promise<Frame[]> =>
    (await newest().session.customRequest('stackTrace', { threadId })).stackFrames;
  const threads = async (): Promise<{ id: number; name: string }[]> =>
    (await newest().session.customRequest('threads')).threads;
  const isDelve = (command: string) => / dap --listen/.test(command);

  /** Debugs the finding; gives the configuration of the session that has begun. */
  async function debug(about: FindingReference): Promise<vscode.DebugConfiguration> {
    const before = sessions.length;
    assert.equal(await vscode.commands.executeCommand('lockstep.debug', about), true);
    return eventually(() => sessions[before]?.session.configuration);
  }

  /** As a person goes on: in the thread that the workbench shows. */
  const goOn = () => vscode.commands.executeCommand('workbench.action.debug.continue');

  /** What a session has started: Delve below this host, and the program, which may have lost its parent. */
  const startedFor = (program: string) => [
    ...descendants(process.pid).filter(({ command }) => isDelve(command)),
    ...processes().filter(({ command }) => command.startsWith(program)),
  ];
  const isGone = (program: string) => eventually(() => (startedFor(program).length === 0 ? true : undefined));

  /** The workbench has gone to the line. */
  const shows = (uri: vscode.Uri, line: number) =>
    eventually(() => {
      const editor = vscode.window.activeTextEditor;
      const shown = editor?.document.uri.path === uri.path ? editor.selection.active.line + 1 : 0;
      return shown === line ? shown : undefined;
    });

  /** The workbench has taken notice of the stop: it shows a frame of the thread. */
  const isShown = (threadId: number) =>
    eventually(() => {
      const item = vscode.debug.activeStackItem;
      const shown = item instanceof vscode.DebugStackFrame && item.session.id === newest().session.id;
      return shown && item.threadId === threadId ? true : undefined;
    });

  before(async function () {
    this.timeout(240_000);
    disposables.push(
      vscode.debug.registerDebugAdapterTrackerFactory('lockstep-go', {
        createDebugAdapterTracker(session) {
          const one = { session, messages: [] as Message[], ended: false };
          sessions.push(one);
          return { onDidSendMessage: (message) => one.messages.push(message) };
        },
      }),
      vscode.debug.onDidTerminateDebugSession(({ id }) => {
        for (const one of sessions) if (one.session.id === id) one.ended = true;
      }),
    );
    await write('accounts/accounts.go', SOURCE);
    await write('accounts/accounts_test.go', TEST);
    await open('accounts/accounts.go');
    await vscode.workspace
      .getConfiguration('lockstep')
      .update('explore.seconds', 3, vscode.ConfigurationTarget.Workspace);
    const argument = { uri: test.toString(), test: 'TestTransfer' };
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
    assert.equal(result.type, 'explored');
    const deadlock = result.type === 'explored' && result.findings.find(({ kind }) => kind === 'deadlock');
    assert.ok(deadlock);
    finding = { root: deadlock.root, id: deadlock.id };
  });

  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
    // While one is ending the workbench does not turn to the next.
    await eventually(() => (sessions.every(({ ended }) => ended) ? true : undefined));
  });

  after(async () => {
    for (const one of disposables) one.dispose();
    await set(undefined);
    await vscode.workspace
      .getConfiguration('lockstep')
      .update('explore.seconds', undefined, vscode.ConfigurationTarget.Workspace);
    await closeAll();
    await vscode.workspace.fs.delete(fileUri('accounts'), { recursive: true });
  });

  it('is offered beside the replay, above the line and among its actions', async () => {
    const lens = await eventually(async () => (await lenses(source)).find(({ title }) => title === 'Debug'));
    assert.deepEqual([lens.line, lens.command.command], [SECOND_LOCK, 'lockstep.debug']);
    const range = new vscode.Range(SECOND_LOCK - 1, 2, SECOND_LOCK - 1, 2);
    const titles = (await actionsAt(source, range)).map(({ title }) => title);
    assert.ok(titles.includes('Debug this finding'), titles.join(', '));
  });

  it('stops at breakpoints on the way, then with every goroutine where it is stuck, and leaves no process', async function () {
    this.timeout(240_000);
    await set('lockstep');
    const location = new vscode.Location(source, new vscode.Position(SUBTRACTS - 1, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location)]);
    const { program, env } = await debug(finding);
    for (const count of [1, 2]) {
      const threadId = (await stopped(count)).body?.threadId ?? 0;
      assert.equal(linesOf(await framesOf(threadId))[0], SUBTRACTS);
      await isShown(threadId);
      await goOn();
    }
    const last = (await stopped(3)).body?.threadId ?? 0;
    assert.equal(linesOf(await framesOf(last))[0], SECOND_LOCK);
    // The editor shows the line of the user, not what of ours stands above it.
    await shows(source, SECOND_LOCK);

    const all = await threads();
    const stuck: number[] = [];
    for (const { id } of all) if (linesOf(await framesOf(id))[0] === SECOND_LOCK) stuck.push(id);
    assert.equal(stuck.length, 2);
    const named = all.filter(({ id }) => stuck.includes(id)).map(({ name }) => name);
    for (const path of ['1.1', '1.2']) {
      const name = named.find((one) => one.includes(` ${path} `));
      assert.match(name ?? named.join(), /waits to lock \(accounts\/accounts\.go:14\)$/);
    }
    // What a program prints comes by a way of its own: in any pieces, and perhaps later than the stop.
    const told = () => events('output').map(({ body }) => body?.output ?? '');
    await eventually(() => (/^Lockstep: Goroutine 1\.\d .*waits for/m.test(told().join('')) ? true : undefined));

    assert.ok(startedFor(program).length >= 2);
    await vscode.debug.stopDebugging();
    await hasEnded();
    await isGone(program);
    await eventually(() => (existsSync(env.LOCKSTEP_CONFIG) ? undefined : true));
  });

  it('shows the line that panics, not what has caught it', async function () {
    this.timeout(240_000);
    await set('lockstep');
    const uri = await write('accounts/closed_test.go', CLOSED);
    const argument = { uri: uri.toString(), test: 'TestClosed' };
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
    const panic = result.type === 'explored' && result.findings.find(({ kind }) => kind === 'close-of-closed-channel');
    assert.ok(panic);
    await debug({ root: panic.root, id: panic.id });
    await stopped(1);
    await shows(uri, CLOSES);
  });

  it('leaves no process when Delve is killed', async function () {
    this.timeout(120_000);
    await set('lockstep');
    const { program } = await debug(finding);
    await stopped(1);
    const delve = startedFor(program).find(({ command }) => isDelve(command));
    assert.ok(delve);
    process.kill(delve.pid, 'SIGKILL');
    await hasEnded();
    await isGone(program);
  });

  it('runs to its end when it is told to go on', async function () {
    this.timeout(120_000);
    await set('lockstep');
    const { program } = await debug(finding);
    await isShown((await stopped(1)).body?.threadId ?? 0);
    await goOn();
    await hasEnded();
    await isGone(program);
  });

  it('hands the Go extension a launch configuration of its own kind', async function () {
    this.timeout(120_000);
    await set('go');
    const resolved: vscode.DebugConfiguration[] = [];
    // The extension is not to be had here: what it is given goes to Delve itself, as it would send it on.
    const provider = vscode.debug.registerDebugConfigurationProvider('go', {
      resolveDebugConfiguration(_folder, configuration) {
        resolved.push(configuration);
        return { ...configuration, type: 'lockstep-go' };
      },
    });
    disposables.push(provider);
    await debug(finding);
    const threadId = (await stopped(1)).body?.threadId ?? 0;
    assert.equal(linesOf(await framesOf(threadId))[0], SECOND_LOCK);
    const [configuration] = resolved;
    assert.equal(configuration?.type, 'go');
    assert.deepEqual([configuration?.request, configuration?.mode], ['launch', 'exec']);
    assert.ok(existsSync(configuration?.program));
    assert.deepEqual(
      configuration?.args.filter((one: string) => one.startsWith('-test.run=')),
      ['-test.run=^TestTransfer$'],
    );
    assert.equal(configuration?.cwd, vscode.Uri.joinPath(source, '..').fsPath);
    assert.ok(existsSync(configuration?.env.LOCKSTEP_CONFIG));
    assert.equal(configuration?.hideSystemGoroutines, true);
    provider.dispose();
  });
});
