// The language server over stdio: what needs no VS Code.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CodeActionRequest, CodeLensRequest, HoverRequest } from 'vscode-languageserver/node';
import type { Finding } from '../../../protocol/finding';
import {
  EXPLORE,
  type ExploreResult,
  FINDINGS,
  type FindingSummary,
  OPERATIONS,
  type OperationMark,
  REPLAY,
  STORE_CHANGED,
  TESTS,
  type TestRange,
  TRACE,
  type TraceResult,
} from '../../../protocol/messages';
import { abandonedIn } from '../../abandoned';
import { type LanguageServer, startLanguageServer } from './language-server';

/** Columns are UTF-16 units, whatever comes before. */
const ABANDONED = abandonedIn('p').replace('answers :=', '/* ä */ answers :=');

const finding: Finding = {
  id: '0123456789ab',
  kind: 'deadlock',
  verdict: 'confirmed',
  message: 'Goroutine 1.2 waits to send.',
  explanation: [],
  package: 'example.com/lockstep/podstatus',
  test: 'TestSetPodStatus',
  sites: [
    { file: 'podstatus/podstatus.go', line: 45, column: 2, role: 'waits to send', goroutine: '1.2', operation: 'send' },
    { file: 'podstatus/podstatus.go', line: 33, column: 2, role: 'waits', goroutine: '1.1', operation: 'lock' },
    { file: '../outside.go', line: 1, column: 1, role: 'is not of this module', operation: 'send' },
  ],
  schedule: 'schedules/0123456789ab.json',
  trace: '../../outside.trace',
  analysis: { name: 'deadlock', sound: true },
};

describe('the language server', () => {
  let server: LanguageServer;
  before(async () => {
    server = await startLanguageServer();
  });
  after(() => server?.stop());
  const source = (file: string) => readFileSync(path.join(server.workspace, file), 'utf8');

  it('marks an abandoned channel, with a fix that ends it', async () => {
    await server.open('p.go', ABANDONED);
    const [diagnostic] = await server.diagnostics('p.go', (all) => all.length === 1);
    assert.ok(diagnostic);
    assert.equal(diagnostic.code, 'abandoned-channel');
    assert.equal(
      decodeURIComponent(diagnostic.codeDescription?.href ?? ''),
      'command:lockstep.explain?["abandoned-channel"]',
    );
    assert.equal(diagnostic.range.start.line, 4);
    const actions = await server.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: server.uri('p.go') },
      range: diagnostic.range,
      context: { diagnostics: [diagnostic] },
    });
    const [action] = actions ?? [];
    assert.ok(action && 'edit' in action);
    const [edit] = action.edit?.changes?.[server.uri('p.go')] ?? [];
    assert.ok(edit);
    // Bytes became UTF-16 units: the ä before it does not move the edit.
    const line = ABANDONED.split('\n')[edit.range.start.line] ?? '';
    assert.equal(line.slice(0, edit.range.start.character), '\t/* ä */ answers := make(chan string');
    await server.change('p.go', edit.range, edit.newText);
    await server.diagnostics('p.go', (all) => all.length === 0);
  });

  it('says which words and signs of a file are concurrency operations', async () => {
    const lines = [
      'go func() { ch <- 1 }()',
      'for v := range ch { _ = v }',
      'mu.Lock(); defer mu.Unlock()',
      'wg.Add(1); wg.Wait()',
      'select { case x := <-ch: _ = x }',
      'y := <-ch; close(ch)',
      'made := make(chan int)',
      'n.Add(1)',
      'inner, cancel := context.WithCancel(ctx); <-inner.Done()',
    ];
    const head =
      'package p\n\nfunc f(ctx context.Context, ch chan int, mu *sync.Mutex, wg *sync.WaitGroup, n *atomic.Int64) {\n';
    const text = `${head}${lines.map((line) => `\t${line}\n`).join('')}}\n`;
    await server.open('ops.go', text);
    const marks: OperationMark[] = await server.connection.sendRequest(OPERATIONS, { uri: server.uri('ops.go') });
    const seen = marks.map(({ family, line, start, end }) => `${family} ${text.split('\n')[line]?.slice(start, end)}`);
    assert.deepEqual(seen, [
      'goroutine go',
      'channel <-',
      'channel range',
      'lock Lock',
      'lock Unlock',
      'goroutine Add',
      'goroutine Wait',
      'channel select',
      'channel <-',
      'channel close',
      'channel make',
      'atomic Add',
      'context WithCancel',
      'channel <-',
      'context Done',
    ]);
  });

  it('lists the tests of a file, and of no other', async () => {
    await server.open('podstatus/podstatus_test.go', source('podstatus/podstatus_test.go'));
    const uri = server.uri('podstatus/podstatus_test.go');
    const tests: TestRange[] = await server.connection.sendRequest(TESTS, { uri });
    assert.deepEqual(tests, [
      { test: 'TestSetPodStatus', from: 8, to: 21 },
      { test: 'TestFixedSetPodStatus', from: 23, to: 36 },
    ]);
    assert.deepEqual(await server.connection.sendRequest(TESTS, { uri: server.uri('p.go') }), []);
  });

  it('runs nothing of a workspace that is not trusted', async () => {
    const uri = server.uri('podstatus/podstatus_test.go');
    const explored: ExploreResult = await server.connection.sendRequest(EXPLORE, {
      uri,
      test: 'TestSetPodStatus',
      token: 't',
    });
    assert.equal(explored.type, 'problem');
    const replayed: ExploreResult = await server.connection.sendRequest(REPLAY, {
      root: server.uri(''),
      id: finding.id,
      times: 1,
      token: 't',
    });
    assert.deepEqual(replayed, explored);
  });

  it('shows a finding that somebody else has stored, at the places inside the module', async () => {
    const folder = path.join(server.workspace, '.lockstep/findings');
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${finding.id}.json`);
    writeFileSync(file, JSON.stringify(finding));
    writeFileSync(path.join(folder, 'ffffffffffff.json'), '{ "half');
    await server.connection.sendNotification(STORE_CHANGED, { uris: [server.uri(`.lockstep/findings/x.json`)] });
    const [diagnostic] = await server.diagnostics('podstatus/podstatus.go', (all) => all.length === 1);
    assert.equal(diagnostic?.code, 'deadlock');
    assert.equal(decodeURIComponent(diagnostic?.codeDescription?.href ?? ''), 'command:lockstep.explain?["deadlock"]');
    assert.equal(diagnostic?.range.start.line, 44);
    assert.deepEqual(
      diagnostic?.relatedInformation?.map(({ location, message }) => [location.range.start.line, message]),
      [
        [44, 'goroutine 1.2 waits to send'],
        [32, 'goroutine 1.1 waits'],
      ],
    );
    const [summary]: FindingSummary[] = await server.connection.sendRequest(FINDINGS, {
      at: { uri: server.uri('podstatus/podstatus.go'), position: { line: 32, character: 0 } },
    });
    assert.equal(summary?.id, finding.id);
    assert.equal(summary?.where, 'podstatus.go:45');
  });

  it('sees what another process stores, of which the editor may not tell', async function () {
    if (process.platform !== 'linux') this.skip();
    const folder = path.join(server.workspace, '.lockstep/findings');
    const store = (message: string): void => {
      const beside = path.join(server.workspace, '.lockstep', 'beside.tmp');
      writeFileSync(beside, JSON.stringify({ ...finding, message }));
      renameSync(beside, path.join(folder, `${finding.id}.json`));
    };
    const shown = (message: string) =>
      server.diagnostics('podstatus/podstatus.go', ([one]) => `${one?.message}`.includes(message));
    store('Somebody else has found more');
    await shown('Somebody else has found more');
    // As "rm -r" and another exploration do it.
    rmSync(path.join(server.workspace, '.lockstep'), { recursive: true });
    mkdirSync(folder, { recursive: true });
    store('And again');
    await shown('And again');
    store(finding.message);
    await shown(finding.message);
  });

  it('hands out no trace from outside of the store', async () => {
    const reference = { root: server.uri(''), id: finding.id };
    const result: TraceResult = await server.connection.sendRequest(TRACE, reference);
    assert.equal(result.type, 'problem');
  });

  it('offers the replay at the place of the finding', async () => {
    await server.open('podstatus/podstatus.go', source('podstatus/podstatus.go'));
    const textDocument = { uri: server.uri('podstatus/podstatus.go') };
    const lenses = await server.connection.sendRequest(CodeLensRequest.type, { textDocument });
    const lens = lenses?.find(({ command }) => command?.title === 'Replay this deadlock');
    assert.equal(lens?.range.start.line, 44);
  });

  it('says over an operation without runs what the code alone says, and nothing over other code', async () => {
    const textDocument = { uri: server.uri('podstatus/podstatus.go') };
    const over = (line: number, character: number) =>
      server.connection.sendRequest(HoverRequest.type, { textDocument, position: { line, character } });
    const hover = JSON.stringify(await over(44, 4));
    assert.match(hover, /Rests on the code alone, no runs yet/);
    assert.match(hover, /blocked for ever/);
    assert.match(hover, /Depends on who comes first: .*line 20.*makes it without a buffer.*line 26.*receives/);
    assert.match(hover, /command:lockstep.explore/);
    assert.equal(await over(43, 4), null);
    // The model is read with the first question; nobody waits for it.
    let told = hover;
    while (!told.includes('Go’s scheduler')) told = JSON.stringify(await over(44, 4));
    assert.match(told, /Go’s scheduler: .*\bblocks \d+ %.*the model, from the code/);
  });
});
