/** `lockstep.explore.dependencies`, from the language server to what is found in a package of another module, with real Go. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXPLORE, type ExploreResult } from '../../protocol/messages';
import type { Settings } from '../../protocol/settings';
import { startLanguageServer } from '../unit/server/language-server';

const FILES = {
  'go.mod':
    'module example.com/uses\n\ngo 1.24\n\nrequire example.com/bank v0.0.0\n\nreplace example.com/bank => ./bank\n',
  'uses_test.go': `package uses

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
`,
  'bank/go.mod': 'module example.com/bank\n\ngo 1.24\n',
  'bank/bank.go': `package bank

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
`,
};

async function explored(settings: Partial<Settings>): Promise<ExploreResult> {
  const server = await startLanguageServer({ trusted: true, settings: { exploreSchedules: 100, ...settings } });
  try {
    for (const [name, text] of Object.entries(FILES)) {
      const file = path.join(server.workspace, 'uses', name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const params = { uri: server.uri('uses/uses_test.go'), test: 'TestTransfers', token: 'dependencies' };
    return await server.connection.sendRequest(EXPLORE, params);
  } finally {
    await server.stop();
  }
}

describe('packages of other modules', function () {
  this.timeout(180_000);

  it('are controlled where the settings ask for it', async () => {
    const result = await explored({ exploreDependencies: ['example.com/bank'] });
    assert.equal(result.type, 'explored', JSON.stringify(result));
    assert.deepEqual(result.type === 'explored' && result.findings.map(({ kind }) => kind), ['deadlock']);
  });

  it('run as they like elsewhere', async () => {
    const result = await explored({});
    assert.deepEqual(result.type === 'explored' && result.findings, []);
  });
});
