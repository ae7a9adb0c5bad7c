/** Names that protocol/run.ts and the runtime share. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { STRATEGIES, STRATEGY_PARTS, TARGET_KINDS } from '../../../protocol/run';

const runtime = (file: string) =>
  readFile(path.join(import.meta.dirname, '../../../tracer/runtime', file), { encoding: 'utf8' });
const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name).sort();

describe('strategies', () => {
  it('are the ones that the runtime knows', async () => {
    const known = names(await runtime('strategy.go'), /^\tcase "(\w+)":$/gm);
    assert.deepEqual(known, [...STRATEGIES, 'continue', 'directed', 'follow', 'replay'].sort());
  });

  it('can do without the parts that the runtime knows', async () => {
    const known = names(await runtime('config.go'), /^\twithout\w+ += "(\w+)"$/gm);
    assert.deepEqual(known, [...STRATEGY_PARTS].sort());
  });

  it('have the kinds of targets that the runtime knows', async () => {
    const known = names(await runtime('steer.go'), /^\ttarget\w+ += "([\w-]+)"$/gm);
    assert.deepEqual(known, [...TARGET_KINDS].sort());
  });
});
