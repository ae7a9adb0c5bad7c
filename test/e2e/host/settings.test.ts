// Settings of ours and of the Go extension that say what tests are built with, from the settings file to what is found.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExploreResult } from '../../../protocol/messages';
import { closeAll, eventually, fileUri, open, write } from './editor';

const MODULE =
  'module example.com/uses\n\ngo 1.24\n\nrequire example.com/bank v0.0.0\n\nreplace example.com/bank => ./bank\n';
const TEST = `package uses

import (
	"testing"

	"example.com/bank"
)

func TestTransfers(t *testing.T) {
	a, b := new(bank.Account), new(bank.Account)
	done := make(chan bool)
	go func() { bank.Transfer(a, b); done <- true }()
	bank.Transfer(b, a)
	<-done
}
`;
const BANK = `package bank

import "sync"

type Account struct {
	mu      sync.Mutex
	balance int
}

func Transfer(from, to *Account) {
	from.mu.Lock()
	defer from.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	from.balance, to.balance = from.balance-1, to.balance+1
}
`;

async function explore(file: string, test: string): Promise<Extract<ExploreResult, { type: 'explored' }>> {
  const argument = { uri: fileUri(file).toString(), test };
  const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
  assert.ok(result.type === 'explored', JSON.stringify(result));
  return result;
}

/** Leaks with the tag, the variable and the flag that the settings have, and only then. */
const TAGGED = `//go:build hurried

package tagged

func init() { hurry = true }
`;
const TAGGED_TEST = `package tagged

import (
	"os"
	"testing"
)

var (
	hurry bool
	mode  string
)

func TestSend(t *testing.T) {
	if hurry && mode == "linked" && os.Getenv("LOCKSTEP_MODE") == "set" {
		go func() { make(chan int) <- 1 }()
	}
}
`;

describe('settings of the Go extension', () => {
  const settings = '.vscode/settings.json';
  /** Past the editor, which takes no settings of an extension that is not there. */
  const setAll = (values: Record<string, unknown>) => write(settings, JSON.stringify(values, null, 2));
  const go = {
    'go.testTags': 'hurried',
    'go.buildFlags': ['-ldflags=-X example.com/lockstep/tagged.mode=linked'],
    'go.toolsEnvVars': { LOCKSTEP_MODE: 'set' },
  };
  before(async () => {
    await write('tagged/tagged.go', TAGGED);
    await write('tagged/tagged_test.go', TAGGED_TEST);
    await open('tagged/tagged_test.go');
  });
  after(async () => {
    await setAll({});
    await closeAll();
    await vscode.workspace.fs.delete(fileUri('tagged'), { recursive: true });
  });

  it('say with which flags, tags and variables tests are built and run', async () => {
    const bounds = { 'lockstep.explore.schedules': 40 };
    for (const left of [undefined, ...Object.keys(go)]) {
      await setAll({ ...bounds, ...Object.fromEntries(Object.entries(go).filter(([key]) => key !== left)) });
      // With the Go extension they have defaults.
      const isSet = ([key, value]: [string, unknown]) =>
        JSON.stringify(vscode.workspace.getConfiguration().get(key)) === JSON.stringify(value);
      await eventually(() => (Object.entries(go).every((one) => isSet(one) === (one[0] !== left)) ? true : undefined));
      const { findings } = await explore('tagged/tagged_test.go', 'TestSend');
      assert.deepEqual(
        findings.map(({ kind }) => kind),
        left === undefined ? ['goroutine-leak'] : [],
        left,
      );
      if (left !== undefined) continue;
      const replayed = await vscode.commands.executeCommand('lockstep.replay', findings[0]);
      assert.deepEqual(replayed, { type: 'replayed', replays: 20, replayed: 20, cancelled: false });
    }
  });
});

describe('settings of a build', () => {
  const set = (key: string, value: unknown) =>
    vscode.workspace.getConfiguration('lockstep').update(key, value, vscode.ConfigurationTarget.Workspace);
  before(async () => {
    await set('explore.schedules', 100);
    await write('uses/go.mod', MODULE);
    await write('uses/uses_test.go', TEST);
    await write('uses/bank/go.mod', 'module example.com/bank\n\ngo 1.24\n');
    await write('uses/bank/bank.go', BANK);
    await open('uses/uses_test.go');
  });
  after(async () => {
    for (const key of ['explore.schedules', 'explore.dependencies']) await set(key, undefined);
    await closeAll();
    await vscode.workspace.fs.delete(fileUri('uses'), { recursive: true });
  });

  it('lockstep.explore.dependencies: packages of other modules are controlled where they are named', async () => {
    const without = await explore('uses/uses_test.go', 'TestTransfers');
    assert.deepEqual(without.findings, []);
    await set('explore.dependencies', ['example.com/bank']);
    const { findings } = await explore('uses/uses_test.go', 'TestTransfers');
    assert.deepEqual(
      findings.map(({ kind, verdict }) => [kind, verdict]),
      [['deadlock', 'confirmed']],
    );
    const replayed = await vscode.commands.executeCommand('lockstep.replay', findings[0]);
    assert.deepEqual(replayed, { type: 'replayed', replays: 20, replayed: 20, cancelled: false });
  });
});
