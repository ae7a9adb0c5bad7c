// Settings of ours and of the Go extension that say what tests are built with, from the settings file to what is found.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExploreResult } from '../../../protocol/messages';
import { closeAll, fileUri, open, write } from './editor';

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
