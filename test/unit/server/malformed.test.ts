// Messages that are none, or not what the protocol says: each is answered with one clear error, and the server goes on.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Range, TextDocument } from 'vscode-languageserver-textdocument';
import * as messages from '../../../protocol/messages';
import { until } from '../engine/temporary';
import { goParser } from '../go/parser';
import { RawServer } from './raw-server';

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const NO_METHOD = -32601;
const INVALID_PARAMS = -32602;
const NOT_INITIALIZED = -32002;

const URI = 'file:///nowhere/p_test.go';
const SOURCE = `package p

import "testing"

func TestP(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
	<-ch
}
`;
const OPERATIONS = 4;

/** What takes parameters. */
const REQUESTS = [
  messages.EXPLORE,
  messages.REPLAY,
  messages.MINIMISE,
  messages.DEBUG,
  messages.TESTS,
  messages.OPERATIONS,
  messages.REPORT,
  messages.TRACE,
  messages.TRACE_TEXT,
  messages.WHAT_IF,
  messages.PASSING,
  'textDocument/hover',
  'textDocument/codeLens',
  'textDocument/codeAction',
  'textDocument/documentSymbol',
];
const NOTIFICATIONS = [
  messages.DEBUG_ENDED,
  messages.STORE_CHANGED,
  messages.SETTINGS_CHANGED,
  'textDocument/didOpen',
  'textDocument/didChange',
  'textDocument/didClose',
  'textDocument/didSave',
  'workspace/didChangeConfiguration',
  '$/setTrace',
  '$/cancelRequest',
  '$/progress',
  'lockstep/unknown',
];

/** The text after an edit whose places may be out of it, or backwards. */
function replaced(text: string, { range, text: added }: { range: Range; text: string }): string {
  const document = TextDocument.create(URI, 'go', 1, text);
  const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)].sort((a, b) => a - b);
  return text.slice(0, start) + added + text.slice(end);
}

describe('a language server that is sent nonsense', function () {
  this.timeout(120_000);
  let server: RawServer;
  before(async () => {
    server = new RawServer();
    const early = await server.request('textDocument/hover', {});
    assert.equal(early.error?.code, NOT_INITIALIZED);
    assert.equal(early.error?.message, 'textDocument/hover: the server has not been initialized.');
    await server.initialize();
  });
  after(() => server.kill());

  const open = (uri: string, text: string, version = 1) =>
    server.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'go', version, text } });
  const close = (uri: string) => server.notify('textDocument/didClose', { textDocument: { uri } });
  const operationsIn = async (uri: string) => {
    const { result, error } = await server.request(messages.OPERATIONS, { uri });
    assert.equal(error, undefined);
    return result as unknown[];
  };
  /** It answers as ever. */
  const works = async () => {
    open(URI, SOURCE);
    assert.equal((await operationsIn(URI)).length, OPERATIONS);
    close(URI);
  };
  const broken = () => server.answers.filter(({ id }) => id === null);

  const valid = JSON.stringify({ jsonrpc: '2.0', method: 'lockstep/nothing' });
  const framed = `Content-Length: ${valid.length}\r\n\r\n${valid}`;
  const bytes: [what: string, bytes: string | Buffer, errors: number][] = [
    ['words without a header', `hello\r\n\r\n${framed}`, 1],
    ['a header without a length', 'Content-Type: text/plain\r\n\r\n', 1],
    ['a length that is no number', 'Content-Length: many\r\n\r\n', 1],
    ['a negative length', 'Content-Length: -5\r\n\r\n', 1],
    ['a length that nobody sends', 'Content-Length: 99999999999\r\n\r\n', 1],
    ['bytes before a header', `\u0000\u0001}{${framed}`, 1],
    ['a body that is no JSON', 'Content-Length: 3\r\n\r\n{"a', 1],
    ['a body that is cut off', `Content-Length: ${valid.length + 9}\r\n\r\n${valid}${framed}`, 3],
    ['a length that is too small', `Content-Length: ${valid.length - 4}\r\n\r\n${valid}${framed}`, 2],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from('Content-Length: 2\r\n\r\n'), 0xff, 0xfe]), 1],
    ['a list of messages', `Content-Length: 2\r\n\r\n[]`, 1],
    ['a number', `Content-Length: 1\r\n\r\n7`, 1],
    ['nothing', `Content-Length: 4\r\n\r\nnull`, 1],
    ['an object that is no message', `Content-Length: 2\r\n\r\n{}`, 1],
    ['a method that is no text', `Content-Length: 12\r\n\r\n{"method":7}`, 1],
    ['a cancellation of nothing', `Content-Length: 28\r\n\r\n{"method":"$/cancelRequest"}`, 1],
  ];
  for (const [what, sent, errors] of bytes) {
    it(`answers ${what} with ${errors === 1 ? 'one error' : `${errors} errors`}`, async () => {
      const before = broken().length;
      server.bytes(sent);
      await works();
      const said = broken().slice(before);
      assert.equal(said.length, errors, JSON.stringify(said));
      for (const { error } of said) {
        assert.ok([PARSE_ERROR, INVALID_REQUEST].includes(error?.code ?? 0));
        assert.match(error?.message ?? '', /^(This is no|\d+ bytes are no part of a) /);
      }
    });
  }

  it('finds into step again after any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        server.bytes(Buffer.from(noise));
        // The end of a header, wherever the noise ends.
        server.bytes('\r\n\r\n');
        await works();
      }),
      { numRuns: 40 },
    );
  });

  it('answers a request of another shape by what is wrong with it, and never by an accident', async () => {
    const uri = fc.constantFrom(URI, '', ':', 'file:', 'file://', 'untitled:x', 'file:///a%00b', 'http://[', 'C:\\x');
    const near = fc.record(
      {
        uri,
        root: uri,
        textDocument: fc.oneof(fc.record({ uri }), fc.jsonValue()),
        position: fc.oneof(fc.record({ line: fc.integer(), character: fc.integer() }), fc.jsonValue()),
        range: fc.jsonValue(),
        context: fc.oneof(fc.record({ diagnostics: fc.jsonValue() }), fc.jsonValue()),
        id: fc.oneof(fc.constant('0123456789ab'), fc.jsonValue()),
        test: fc.oneof(fc.constantFrom('TestP', '('), fc.jsonValue()),
        token: fc.oneof(fc.constant('t'), fc.jsonValue()),
        times: fc.jsonValue(),
        format: fc.oneof(fc.constantFrom('markdown', 'sarif'), fc.jsonValue()),
        findings: fc.jsonValue(),
        step: fc.jsonValue(),
        goroutine: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const parameters = fc.oneof(
      { weight: 3, arbitrary: near },
      fc.object(),
      fc.array(fc.jsonValue()),
      fc.constant(undefined),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...REQUESTS), parameters, async (method, params) => {
        const { error } = await server.request(method, params);
        if (error === undefined) return;
        assert.equal(error.code, INVALID_PARAMS, `${method}: ${error.message}`);
        assert.ok(error.message.startsWith(`${method}: `));
        assert.match(error.message, / should be [^.]*\.$/);
      }),
      { numRuns: 600 },
    );
    await works();
  });

  it('survives notifications of any shape, and says which it does not know', async () => {
    const near = fc.record(
      {
        textDocument: fc.oneof(
          fc.record(
            { uri: fc.oneof(fc.constant(URI), fc.jsonValue()), version: fc.jsonValue(), text: fc.jsonValue() },
            { requiredKeys: [] },
          ),
          fc.jsonValue(),
        ),
        contentChanges: fc.oneof(
          fc.array(fc.oneof(fc.record({ text: fc.jsonValue() }), fc.jsonValue())),
          fc.jsonValue(),
        ),
        uris: fc.jsonValue(),
        id: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    open(URI, SOURCE);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...NOTIFICATIONS), fc.oneof(near, fc.object()), async (method, params) => {
        server.notify(method, params);
      }),
      { numRuns: 1000 },
    );
    await works();
    await until(() => server.log.some((line) => line.includes('lockstep/unknown: there is no such notification.')));
    await until(() => server.log.some((line) => /textDocument\/didOpen: "textDocument.*" should be /.test(line)));
  });

  it('knows which methods there are', async () => {
    for (const method of ['lockstep/nothing', '', 'textDocument/definition', 'constructor', '__proto__']) {
      const { error } = await server.request(method, {});
      assert.equal(error?.code, NO_METHOD, method);
    }
  });

  it('takes edits out of range, backwards and of files that are not open as an editor does', async () => {
    const place = fc.record({ line: fc.nat(14), character: fc.oneof(fc.nat(30), fc.constant(1e9)) });
    const far = fc.record({ line: fc.constantFrom(1000, 2 ** 31, 2 ** 40), character: fc.nat(30) });
    const any = fc.oneof({ weight: 4, arbitrary: place }, far);
    const words = fc.constantFrom(
      '',
      ' ',
      '\t',
      'x',
      '\n',
      '\tch <- 2\n',
      '}',
      'go func() {',
      '<-ch',
      '"',
      '/*',
      '🙂',
      '\r\n',
    );
    const edit = fc.record({ range: fc.record({ start: any, end: any }), text: words });
    let version = 1;
    const parser = await goParser();
    const isWhole = (text: string): boolean => {
      const tree = parser.parse(text)!;
      const { hasError } = tree.rootNode;
      tree.delete();
      return !hasError;
    };
    open(URI, SOURCE, ++version);
    const original = await operationsIn(URI);
    close(URI);
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        open(URI, SOURCE, ++version);
        await operationsIn(URI);
        let text = SOURCE;
        for (const contentChanges of edits) {
          // The same number again, as some clients send it.
          server.notify('textDocument/didChange', {
            textDocument: { uri: URI, version },
            contentChanges: [contentChanges],
          });
          server.notify('textDocument/didChange', {
            textDocument: { uri: 'file:///nowhere/closed.go', version },
            contentChanges: [contentChanges],
          });
          text = replaced(text, contentChanges);
        }
        const anew = 'file:///nowhere/anew_test.go';
        open(anew, text);
        const [edited, fresh] = [await operationsIn(URI), await operationsIn(anew)];
        // What is broken the parser mends in another way when it has seen it whole before.
        if (isWhole(text)) assert.deepEqual(edited, fresh);
        close(anew);
        const end = { line: text.split(/\r\n|\r|\n/).length, character: 0 };
        const contentChanges = [{ range: { start: { line: 0, character: 0 }, end }, text: SOURCE }];
        server.notify('textDocument/didChange', { textDocument: { uri: URI, version }, contentChanges });
        assert.deepEqual(await operationsIn(URI), original);
        close(URI);
      }),
      { numRuns: 150 },
    );
    await works();
  });

  it('survives huge and deep documents', async () => {
    const texts = [
      `package p\n\n${'func f() { ch <- 1 }\n'.repeat(20_000)}`,
      `package p\n\nvar x = "${'a'.repeat(5_000_000)}"\n`,
      `package p\n\nvar x = ${'('.repeat(20_000)}1${')'.repeat(20_000)}\n`,
      `package p\n\nfunc f() ${'{'.repeat(20_000)}\n`,
      `package p\n\nvar x = ${'<-'.repeat(20_000)}ch\n`,
      '\u0000'.repeat(100_000),
    ];
    for (const text of texts) {
      open(URI, text);
      const { error } = await server.request('textDocument/documentSymbol', { textDocument: { uri: URI } });
      assert.equal(error, undefined, error?.message);
      close(URI);
      await works();
    }
  });

  it('refuses what comes after its end, and ends well', async () => {
    assert.deepEqual((await server.request('shutdown')).error, undefined);
    const { error } = await server.request(messages.TESTS, { uri: URI });
    assert.equal(error?.code, INVALID_REQUEST);
    assert.equal(error.message, 'lockstep/tests: the server has been shut down.');
    server.notify('exit');
    assert.equal(await server.ended(), 0);
  });
});
