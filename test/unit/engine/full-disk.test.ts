/** A test that cannot write what happens: one sentence says so. The binary is a stand-in that ends as the runtime does. */

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deathOf } from '../../../engine/run/deaths';
import { runTarget } from '../../../engine/run/run';
import type { TestSubject } from '../../../engine/run/subject';
import { english } from '../../../protocol/phrase';
import { temporaryDirectory } from './temporary';

describe('a disk that takes no more', () => {
  const directory = temporaryDirectory();

  async function said(work: string, script: string): Promise<string | undefined> {
    const binary = join(directory(), 'binary');
    writeFileSync(binary, `#!/bin/sh\n${script}\n`);
    chmodSync(binary, 0o755);
    const subject: TestSubject = {
      package: {
        importPath: 'p',
        dir: directory(),
        moduleDir: directory(),
        binary,
        compileSeconds: 0,
        tests: [],
      } as unknown as TestSubject['package'],
      test: 'TestIt',
      work,
      environment: process.env,
      sites: new Map(),
      sourceHash: '',
      goroot: '/go',
    };
    const run = await runTarget(subject, { strategy: 'random', seed: '1', iterations: 1 });
    const death = deathOf(subject, run);
    return death?.type === 'problem' ? english(death.sentence) : undefined;
  }

  it('is told when the runtime cannot write', async function () {
    if (process.platform === 'win32') this.skip();
    const words = 'lockstep: cannot write results: write /w/results.jsonl: no space left on device';
    const sentence = await said(join(directory(), 'work'), `echo '${words}' >&2; exit 2`);
    assert.match(sentence ?? '', /^The disk with \S+ is full; free some space and try again\.$/);
  });

  it('is told when the engine cannot write', async () => {
    const file = join(directory(), 'file');
    writeFileSync(file, '');
    const sentence = await said(join(file, 'work'), 'exit 0');
    assert.match(sentence ?? '', /^TestIt cannot be run: \S+ cannot be made, because a file is in the way\.$/);
  });
});
