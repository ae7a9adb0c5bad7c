/** The same edits through the language server over stdio, with what an editor asks for in between. */
import assert from 'node:assert/strict';
import {
  CodeActionRequest,
  CodeLensRequest,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentSymbolRequest,
  HoverRequest,
  PublishDiagnosticsNotification,
} from 'vscode-languageserver/node';
import type { LanguageServer } from '../unit/server/language-server';
import { flood, rangeOf } from './analysed-typing';
import { Typist } from './typist';

export interface Served {
  /** Milliseconds from a request to its answer. */
  answers: number[];
  publications: number;
  /** The most diagnostics at any time. */
  most: number;
}

/** Throws on the first answer that is an error, on a flood, and when the end differs from the beginning. */
export async function typeThrough(
  server: LanguageServer,
  file: string,
  text: string,
  seed: number,
  steps: number,
): Promise<Served> {
  const { connection } = server;
  const uri = server.uri(file);
  const typist = new Typist(text, seed);
  const served: Served = { answers: [], publications: 0, most: 0 };
  let newest: Diagnostic[] = [];
  let tooMany: string | undefined;
  const listening = connection.onNotification(PublishDiagnosticsNotification.type, (published) => {
    if (published.uri !== uri) return;
    newest = published.diagnostics;
    served.publications++;
    served.most = Math.max(served.most, newest.length);
    const lines = typist.text.split('\n').length;
    if (newest.length > flood(lines)) tooMany = `${newest.length} diagnostics in ${lines} lines (seed ${seed})`;
  });
  let version = 1;
  const textDocument = { uri };
  await connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: 'go', version, text },
  });
  const change = (now: string, edit: ReturnType<Typist['next']>) =>
    connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: ++version },
      contentChanges: [{ range: rangeOf(now, edit), text: edit.text }],
    });
  const before = await symbols();
  for (let step = 0; step < steps; step++) {
    const now = typist.text;
    const edit = typist.next();
    await change(now, edit);
    if (step % 20 === 19) await ask(rangeOf(typist.text, { ...edit, end: edit.start }));
    assert.equal(tooMany, undefined);
  }
  for (let now = typist.text, edit = typist.undo(); edit; now = typist.text, edit = typist.undo())
    await change(now, edit);
  assert.deepEqual(await symbols(), before, 'everything is taken back');
  listening.dispose();
  return served;

  async function ask(range: ReturnType<typeof rangeOf>): Promise<void> {
    const begin = performance.now();
    await Promise.all([
      connection.sendRequest(HoverRequest.type, { textDocument, position: range.start }),
      connection.sendRequest(CodeLensRequest.type, { textDocument }),
      connection.sendRequest(CodeActionRequest.type, { textDocument, range, context: { diagnostics: newest } }),
      symbols(),
    ]);
    served.answers.push(performance.now() - begin);
  }

  function symbols(): Promise<unknown> {
    return connection.sendRequest(DocumentSymbolRequest.type, { textDocument });
  }
}
