// "Debug This Deadlock": a real Delve follows the schedule, stops where the user asked and where everybody is stuck, and is gone then.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { ExploreResult, FindingReference } from '../../../protocol/messages';
import { actionsAt, closeAll, eventually, fileUri, lenses, open, write } from './editor';

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
  const messages: Message[] = [];
  const disposables: vscode.Disposable[] = [];
  let finding: FindingReference;
  let ended = 0;

  const set = (value: unknown) =>
    vscode.workspace.getConfiguration('lockstep').update('debug.adapter', value, vscode.ConfigurationTarget.Workspace);
  const events = (name: string) => messages.filter(({ type, event }) => type === 'event' && event === name);
  const stopped = (count: number) => eventually(() => events('stopped')[count - 1]);
  const session = () => eventually(() => vscode.debug.activeDebugSession);
  // In a window of another machine it is the text of a URI.
  const isInSource = (frame: Frame) => frame.source?.path?.endsWith(source.path) === true;
  const linesOf = (frames: readonly Frame[]) => frames.filter(isInSource).map(({ line }) => line);
  const framesOf = async (threadId: number): Promise<Frame[]> =>
    (await (await session()).customRequest('stackTrace', { threadId })).stackFrames;
  const threads = async (): Promise<{ id: number; name: string }[]> =>
    (await (await session()).customRequest('threads')).threads;

  /** Processes of this session: Delve, and what it debugs. */
  function processes(program: string): string[] {
    const listed = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n');
    return listed.filter((line) => line.includes(program) || / dap --listen/.test(line));
  }

  /** The workbench has gone to the line. */
  const shows = (uri: vscode.Uri, line: number) =>
    eventually(() => {
      const editor = vscode.window.activeTextEditor;
      const shown = editor?.document.uri.path === uri.path ? editor.selection.active.line + 1 : 0;
      return shown === line ? shown : undefined;
    });

  before(async function () {
    this.timeout(240_000);
    disposables.push(
      vscode.debug.registerDebugAdapterTrackerFactory('lockstep-go', {
        createDebugAdapterTracker: () => ({ onDidSendMessage: (message) => messages.push(message) }),
      }),
      vscode.debug.onDidTerminateDebugSession(() => ended++),
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

  beforeEach(() => {
    messages.length = 0;
  });

  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
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
    assert.equal(await vscode.commands.executeCommand('lockstep.debug', finding), true);
    const { configuration } = await session();
    for (const count of [1, 2]) {
      const threadId = (await stopped(count)).body?.threadId ?? 0;
      assert.equal(linesOf(await framesOf(threadId))[0], SUBTRACTS);
      await (await session()).customRequest('continue', { threadId });
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
    const told = events('output').map(({ body }) => body?.output ?? '');
    assert.ok(
      told.some((text) => /^Lockstep: Goroutine 1\.\d .*waits for/.test(text)),
      told.join(''),
    );

    const { program } = configuration;
    assert.ok(processes(program).length >= 2);
    const before = ended;
    await vscode.debug.stopDebugging();
    await eventually(() => (ended > before ? true : undefined));
    await eventually(() => (processes(program).length === 0 ? true : undefined));
    await eventually(() => (existsSync(configuration.env.LOCKSTEP_CONFIG) ? undefined : true));
  });

  it('shows the line that panics, not what has caught it', async function () {
    this.timeout(240_000);
    await set('lockstep');
    const uri = await write('accounts/closed_test.go', CLOSED);
    const argument = { uri: uri.toString(), test: 'TestClosed' };
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
    const panic = result.type === 'explored' && result.findings.find(({ kind }) => kind === 'close-of-closed-channel');
    assert.ok(panic);
    assert.equal(await vscode.commands.executeCommand('lockstep.debug', { root: panic.root, id: panic.id }), true);
    await stopped(1);
    await shows(uri, CLOSES);
  });

  it('leaves no process when Delve is killed', async function () {
    this.timeout(120_000);
    await set('lockstep');
    const before = ended;
    assert.equal(await vscode.commands.executeCommand('lockstep.debug', finding), true);
    const { configuration } = await session();
    await stopped(1);
    const delve = processes(configuration.program).find((line) => / dap --listen/.test(line));
    assert.ok(delve);
    process.kill(Number(delve.trim().split(/\s+/)[0]), 'SIGKILL');
    await eventually(() => (ended > before ? true : undefined));
    await eventually(() => (processes(configuration.program).length === 0 ? true : undefined));
  });

  it('runs to its end when it is told to go on', async function () {
    this.timeout(120_000);
    await set('lockstep');
    const before = ended;
    assert.equal(await vscode.commands.executeCommand('lockstep.debug', finding), true);
    const { configuration } = await session();
    const threadId = (await stopped(1)).body?.threadId ?? 0;
    await (await session()).customRequest('continue', { threadId });
    await eventually(() => (ended > before ? true : undefined));
    await eventually(() => (processes(configuration.program).length === 0 ? true : undefined));
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
    assert.equal(await vscode.commands.executeCommand('lockstep.debug', finding), true);
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
