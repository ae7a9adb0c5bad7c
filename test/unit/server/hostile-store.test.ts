// Stores are files that anybody may have written: whatever stands in them, what is whole is shown, and the rest is said.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { Finding, OutcomeCount } from '../../../protocol/finding';
import * as messages from '../../../protocol/messages';
import { RawServer } from './raw-server';

const SOURCE = 'package p\n\nfunc f(ch chan int) {\n\tch <- 1\n}\n';
const HASH = createHash('sha256').update(SOURCE).digest('hex');
const site = { file: 'p.go', line: 4, column: 2, role: 'waits to send', goroutine: '1', operation: 'send' };
const GOOD: Finding = {
  id: '0123456789ab',
  kind: 'deadlock',
  verdict: 'confirmed',
  message: 'it waits',
  explanation: ['it waits'],
  steps: [{ text: 'it waits', file: 'p.go', line: 4, column: 2, goroutine: '1' }],
  package: 'example.com/p',
  test: 'TestP',
  sites: [site, { ...site, line: 3 }],
  alsoSeen: [{ kind: 'deadlock', message: 'it waits, too', sites: [site], id: 'ba9876543210' }],
  schedule: 'schedules/0123456789ab.json',
  trace: 'traces/0123456789ab.trace',
  analysis: { name: 'deadlock', sound: true },
  events: [1, 2],
  stats: { schedules: 2, firstAt: 1, preemptions: 0, replays: 1, replayed: 1, seconds: 1 },
};
const COUNT: OutcomeCount = {
  file: 'p.go',
  line: 4,
  column: 2,
  operation: 'send',
  expression: 'ch',
  outcomes: { 'at-once': 3 },
  runs: 3,
};

/** The value with one of its parts, at any depth, replaced or gone. */
function broken(value: unknown): fc.Arbitrary<unknown> {
  const other = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(-1, 1e300, '../../..', '\u0000', undefined));
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return other;
  const inner = fc.constantFrom(...Object.keys(value)).chain((key) =>
    broken(Reflect.get(value, key)).map((part) => {
      const copy: object = Array.isArray(value) ? [...value] : { ...value };
      Reflect.set(copy, key, part);
      return copy;
    }),
  );
  return fc.oneof({ weight: 5, arbitrary: inner }, { weight: 1, arbitrary: other });
}

describe('a store that anybody has written', function () {
  this.timeout(120_000);
  let module = '';
  let server: RawServer;
  const uri = (file: string) => pathToFileURL(path.join(module, file)).toString();
  const store = (file: string) => path.join(module, '.lockstep', file);
  before(async () => {
    module = mkdtempSync(path.join(tmpdir(), 'lockstep-hostile-'));
    for (const folder of ['findings', 'schedules', 'traces']) mkdirSync(store(folder), { recursive: true });
    writeFileSync(path.join(module, 'go.mod'), 'module example.com/p\n\ngo 1.24\n');
    writeFileSync(path.join(module, 'p.go'), SOURCE);
    writeFileSync(store('counts.json'), '{"version": 7, "files": {"p.go": 8}}');
    server = new RawServer();
    await server.initialize();
    const opened = { uri: uri('p.go'), languageId: 'go', version: 1, text: SOURCE };
    server.notify('textDocument/didOpen', { textDocument: opened });
  });
  after(() => {
    server.kill();
    rmSync(module, { recursive: true, force: true });
  });

  /** Everything that shows findings, which has to have the good one in it. */
  async function shows(): Promise<void> {
    server.notify(messages.STORE_CHANGED, { uris: [uri('.lockstep/findings/x.json')] });
    const textDocument = { uri: uri('p.go') };
    const position = { line: 3, character: 4 };
    const asked: [method: string, params: object][] = [
      [messages.FINDING_LIST, {}],
      [messages.FINDINGS, { at: { uri: textDocument.uri, position } }],
      [messages.REPORT, { format: 'markdown' }],
      [messages.REPORT, { format: 'sarif' }],
      ['textDocument/codeLens', { textDocument }],
      ['textDocument/hover', { textDocument, position }],
    ];
    for (const [method, params] of asked) {
      const { error, result } = await server.request(method, params);
      assert.equal(error, undefined, `${method}: ${error?.message}`);
      if (method === 'textDocument/hover') continue;
      assert.match(JSON.stringify(result), /0123456789ab|it waits/, method);
    }
    const reference = { root: uri(''), id: 'aaaaaaaaaaaa' };
    for (const method of [messages.TRACE, messages.TRACE_TEXT]) {
      const { error } = await server.request(method, reference);
      assert.equal(error, undefined, `${method}: ${error?.message}`);
    }
    assert.deepEqual(
      server.log.filter((line) => line.startsWith('Lockstep met an error') || /failed with message/.test(line)),
      [],
    );
  }

  it('shows what is whole beside findings with a broken part', async () => {
    writeFileSync(store('findings/0123456789ab.json'), JSON.stringify(GOOD));
    await fc.assert(
      fc.asyncProperty(broken({ ...GOOD, id: 'aaaaaaaaaaaa' }), async (value) => {
        const text = JSON.stringify(value) ?? '';
        writeFileSync(store('findings/aaaaaaaaaaaa.json'), text);
        await shows();
        assert.equal(readFileSync(store('findings/aaaaaaaaaaaa.json'), 'utf8'), text, 'it is left as it is');
      }),
      { numRuns: 250 },
    );
  });

  it('and beside counts, schedules and traces that are none', async () => {
    writeFileSync(store('findings/aaaaaaaaaaaa.json'), JSON.stringify({ ...GOOD, id: 'aaaaaaaaaaaa' }));
    const counts = broken({ version: 1, files: { 'p.go': { hash: HASH, counts: [COUNT] } } });
    const schedule = broken({ version: 1, test: 'TestP', package: 'p', seed: '1', sites: [], steps: [] });
    const trace = fc.oneof(fc.uint8Array(), fc.constant(Buffer.from('LOCKSTEP\u0063\u0000\u0000\u0000\u0000\u0000')));
    await fc.assert(
      fc.asyncProperty(counts, schedule, trace, async (some, steps, bytes) => {
        writeFileSync(store('counts.json'), JSON.stringify(some) ?? '');
        writeFileSync(store('schedules/0123456789ab.json'), JSON.stringify(steps) ?? '');
        writeFileSync(store('traces/0123456789ab.trace'), bytes);
        await shows();
      }),
      { numRuns: 100 },
    );
  });

  it('says of each file that is passed over which it is and why', async () => {
    writeFileSync(store('findings/aaaaaaaaaaaa.json'), '{"half');
    await shows();
    assert.ok(server.log.some((line) => /aaaaaaaaaaaa\.json cannot be read \(.*\); it is skipped\.$/.test(line)));
    assert.ok(server.log.some((line) => /aaaaaaaaaaaa\.json is not a finding; it is skipped\.$/.test(line)));
  });
});
