// In the extension host: how long each of the extensions takes from being asked to activate until it has.
const assert = require('node:assert/strict');
const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const EXTENSIONS = { empty: 'lockstep.empty', lockstep: 'lockstep.lockstep-go' };

describe('activation', () => {
  it('is measured', async () => {
    const { report } = JSON.parse(readFileSync(process.env.LOCKSTEP_HOST_TESTS, 'utf8'));
    const took = {};
    for (const [name, id] of Object.entries(EXTENSIONS)) {
      const extension = vscode.extensions.getExtension(id);
      assert.ok(extension && !extension.isActive, `${id} has to be there, and nothing may have activated it`);
      const begin = performance.now();
      await extension.activate();
      took[name] = performance.now() - begin;
    }
    writeFileSync(path.join(report, 'activation.json'), JSON.stringify(took));
  });
});
