// What can be done about a suspicion: repair it in one of several ways, decline it, set it aside, make it happen.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Tried } from '../../../client/explore';
import { actionsAt, closeAll, codeOf, diagnosticsOf, eventually, fileUri, open, withCode, write } from './editor';

const SOURCE = `package suspect

import "sync"

type Ledger struct {
	mu    sync.Mutex
	total int
	done  chan struct{}
}

func NewLedger() *Ledger { return &Ledger{done: make(chan struct{})} }

func (l *Ledger) Take(n int) bool {
	l.mu.Lock()
	if n > l.total {
		return false
	}
	l.total -= n
	l.mu.Unlock()
	return true
}

func (l *Ledger) Stop() {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
}
`;

const TEST = `package suspect

import "testing"

func TestTwice(t *testing.T) {
	l := NewLedger()
	l.total = 1
	finished := make(chan bool)
	go func() { l.Take(2); finished <- true }()
	l.Take(3)
	<-finished
}

func TestStop(t *testing.T) {
	l := NewLedger()
	l.Stop()
}
`;

const LOCK = 'lock-held-at-return';
const CLOSE = 'check-then-close';

describe('a suspicion', () => {
  const uri = fileUri('suspect/suspect.go');
  const settings = () => vscode.workspace.getConfiguration('lockstep');
  const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Workspace);

  before(async () => {
    await write('suspect/suspect.go', SOURCE);
    await write('suspect/suspect_test.go', TEST);
    await set('explore.seconds', 3);
    await open('suspect/suspect.go');
  });
  after(async () => {
    await set('explore.seconds', undefined);
    await set('checks', undefined);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await closeAll();
    await vscode.workspace.fs.delete(fileUri('suspect'), { recursive: true });
  });
  const undo = async () => {
    await vscode.commands.executeCommand('undo');
    await eventually(() => withCode(uri, LOCK));
  };
  const action = async (code: string, title: string | RegExp) => {
    const diagnostic = await eventually(() => withCode(uri, code));
    return eventually(async () =>
      (await actionsAt(uri, diagnostic.range)).find((one) =>
        typeof title === 'string' ? one.title === title : title.test(one.title),
      ),
    );
  };
  const gone = (code: string) => eventually(() => (withCode(uri, code) === undefined ? true : undefined));

  it('offers several repairs where there is a choice, and each silences it', async () => {
    for (const title of ['Defer l.mu.Unlock()', 'Unlock l.mu before this return']) {
      const { edit } = await action(LOCK, title);
      assert.ok(edit && (await vscode.workspace.applyEdit(edit)));
      await gone(LOCK);
      await undo();
    }
  });

  it('can be declined at its place', async () => {
    const { edit } = await action(LOCK, `Suppress ${LOCK} here`);
    assert.ok(edit && (await vscode.workspace.applyEdit(edit)));
    await gone(LOCK);
    const document = await vscode.workspace.openTextDocument(uri);
    assert.match(document.getText(), /\t\t\/\/lockstep:ignore lock-held-at-return\n\t\treturn false/);
    await undo();
  });

  for (const [word, severity] of [
    ['error', vscode.DiagnosticSeverity.Error],
    ['information', vscode.DiagnosticSeverity.Information],
    ['hint', vscode.DiagnosticSeverity.Hint],
    ['warning', vscode.DiagnosticSeverity.Warning],
  ] as const) {
    it(`is of severity ${word} when it is set so`, async () => {
      await set('checks', { [LOCK]: word });
      await eventually(() => (withCode(uri, LOCK)?.severity === severity ? true : undefined));
    });
  }

  it('is not shown when its check is off, but others are', async () => {
    await set('checks', { [LOCK]: 'off' });
    await gone(LOCK);
    await eventually(() => withCode(uri, CLOSE));
    await set('checks', undefined);
    await eventually(() => withCode(uri, LOCK));
  });

  it('that can happen becomes a finding that has happened', async () => {
    const { command } = await action(LOCK, 'Try to make it happen');
    assert.ok(command);
    const tried = await vscode.commands.executeCommand<Tried>(command.command, ...(command.arguments ?? []));
    assert.equal(tried.shown, true);
    assert.ok(tried.interleavings > 0);
    // Who waits for the lock is the test.
    const confirmed = await eventually(() =>
      [uri, fileUri('suspect/suspect_test.go')]
        .flatMap(diagnosticsOf)
        .find((one) => codeOf(one) === 'deadlock' && /\(confirmed/.test(one.message)),
    );
    assert.equal(confirmed.severity, vscode.DiagnosticSeverity.Error);
  });

  it('that no test shows is told to be so', async () => {
    const { command } = await action(CLOSE, 'Try to make it happen');
    assert.ok(command);
    const tried = await vscode.commands.executeCommand<Tried>(command.command, ...(command.arguments ?? []));
    assert.equal(tried.shown, false);
    assert.ok(tried.interleavings > 0);
    assert.ok(withCode(uri, CLOSE), 'it is suspected as before');
  });
});
