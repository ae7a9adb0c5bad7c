// The layering check has to say no: each bad example breaks the table in one way.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = path.join(import.meta.dirname, '../../scripts/layers.mjs');

/** What the check says about a tree that holds just these files. */
function check(files: Record<string, string>): { status: number | null; said: string[] } {
  const root = mkdtempSync(path.join(tmpdir(), 'layers-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
    return { status, said: stderr.split('\n').filter((line) => line !== '') };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe('layers', () => {
  it('allows what the table allows', () => {
    const answer = check({
      'core/trace/read.ts': "import type { Site } from '../../protocol/trace';\nimport './write';",
      'core/explore/random.ts': 'export const day = (at: number) => new Date(at);',
      'engine/run/run.ts':
        "import { spawn } from 'node:child_process';\nimport { spawn as same } from 'child_process';",
      'server/main.ts': "import { createConnection } from 'vscode-languageserver/node';",
      'media/trace.ts': "import { layout } from '../core/view/layout';",
      'test/unit/any.test.ts': "import '../../client/main';\nimport 'vscode';",
    });
    assert.deepEqual(answer, { status: 0, said: [] });
  });

  const clock = 'has to be handed in by the caller';
  const refused: [file: string, text: string, line: number, message: string][] = [
    ['cli/verb.ts', "await import('../server/main');", 1, 'cli may not import server/main'],
    ['client/a.ts', "import type { A } from '../core/a';", 1, 'client may not import core/a'],
    ['core/a.ts', "import fs from 'node:fs';", 1, 'core may not import node:fs'],
    ['core/b.ts', "import fs from 'fs';", 1, 'core may not import fs'],
    ['core/c.ts', "\nexport type V = import('vscode').Uri;", 2, 'core may not import vscode'],
    ['core/d.ts', "import '../engine/run';", 1, 'core may not import engine/run'],
    ['core/e.ts', 'const now = Date.now();', 1, `core is pure: Date.now ${clock}`],
    ['core/f.ts', 'const now = new Date();', 1, `core is pure: new Date() ${clock}`],
    ['core/g.ts', 'const dice =\n  Math.random();', 2, `core is pure: Math.random ${clock}`],
    ['engine/a.ts', "import '../test/unit/a';", 1, 'engine may not import test/unit/a'],
    ['media/a.ts', "import '../core/trace/read';", 1, 'media may not import core/trace/read'],
    ['media/b.ts', "const fs = require('node:fs');", 1, 'media may not import node:fs'],
    ['protocol/a.ts', "export * from '../core/a';", 1, 'protocol may not import core/a'],
    ['server/a.ts', "import 'vscode-languageclient/node';", 1, 'server may not import vscode-languageclient/node'],
    ['shed/a.ts', 'export {};', 1, 'shed/a.ts lies in no room; add its folder to the table in scripts/layers.mjs'],
  ];
  let answer: ReturnType<typeof check>;
  before(() => {
    answer = check(Object.fromEntries(refused.map(([file, text]) => [file, text])));
  });
  it('fails when anything is refused', () => assert.equal(answer.status, 1));
  for (const [file, text, line, message] of refused) {
    it(`refuses ${text.replace(/\s+/g, ' ')} in ${file}`, () => {
      assert.deepEqual(
        answer.said.filter((said) => said.startsWith(`${file}:`)),
        [`${file}:${line}: ${message}`],
      );
    });
  }
});
