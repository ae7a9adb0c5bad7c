/** Open documents, kept in step with the client. What it says of them is checked: an edit that is none changes nothing. */
import {
  type Connection,
  DidChangeTextDocumentNotification,
  type DidChangeTextDocumentParams,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  type DidOpenTextDocumentParams,
  DidSaveTextDocumentNotification,
  type TextDocumentContentChangeEvent,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { GoDocument } from './documents/go-document';
import { checked } from './requests';
import { fields, inDocument, integer, listOf, optional, range, text } from './shapes';

type Opened = DidOpenTextDocumentParams['textDocument'];
type Changed = DidChangeTextDocumentParams['textDocument'];
type Change = TextDocumentContentChangeEvent & { range?: unknown };

const OPENED = fields<DidOpenTextDocumentParams>({
  textDocument: fields<Opened>({ uri: text, languageId: text, version: integer, text }),
});
const CHANGED = fields<DidChangeTextDocumentParams>({
  textDocument: fields<Changed>({ uri: text, version: integer }),
  contentChanges: listOf(fields<Pick<Change, 'text' | 'range'>>({ text, range: optional(range) })),
});

export function listenForDocuments(documents: TextDocuments<GoDocument>, connection: Connection): void {
  const { method: opened } = DidOpenTextDocumentNotification.type;
  const { method: changed } = DidChangeTextDocumentNotification.type;
  const { method: closed } = DidCloseTextDocumentNotification.type;
  const { method: saved } = DidSaveTextDocumentNotification.type;
  documents.listen({
    onDidOpenTextDocument: (handle) => connection.onDidOpenTextDocument(checked(opened, OPENED, handle)),
    onDidChangeTextDocument: (handle) => connection.onDidChangeTextDocument(checked(changed, CHANGED, handle)),
    onDidCloseTextDocument: (handle) => connection.onDidCloseTextDocument(checked(closed, inDocument, handle)),
    onDidSaveTextDocument: (handle) => connection.onDidSaveTextDocument(checked(saved, inDocument, handle)),
    // Nobody here has a say in saving.
    onWillSaveTextDocument: (handle) => connection.onWillSaveTextDocument(handle),
    onWillSaveTextDocumentWaitUntil: (handle) => connection.onWillSaveTextDocumentWaitUntil(handle),
  });
}
