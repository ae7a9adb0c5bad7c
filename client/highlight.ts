/**
 * A thin line below the operations on goroutines, channels, locks, atomic variables and contexts. Decorations and not
 * semantic tokens: VS Code takes those of one extension only, and they are the Go extension's.
 * Server capability: lockstep/operations. Command: none. View: the editor; setting lockstep.highlight.enabled.
 */
import * as vscode from 'vscode';
import {
  OPERATION_FAMILIES,
  OPERATIONS,
  type OperationFamily,
  type OperationMark,
  type OperationsParams,
} from '../protocol/messages';
import { SECTION } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';
import { settingsFor } from './settings';

/** Milliseconds without an edit after which the marks are asked for anew; until then they move with the text. */
const PAUSE = 300;

export function activate({ extension, server, output }: LockstepContext): void {
  const types = new Map<OperationFamily, vscode.TextEditorDecorationType>(
    OPERATION_FAMILIES.map((family) => [family, decorationOf(family)]),
  );
  const timers = new Map<vscode.TextDocument, NodeJS.Timeout>();

  async function draw(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    if (document.languageId !== 'go' || document.uri.scheme !== 'file') return;
    const { version } = document;
    const params: OperationsParams = { uri: document.uri.toString() };
    const marks =
      settingsFor(document.uri).highlight && server.isRunning()
        ? await server.sendRequest<OperationMark[]>(OPERATIONS, params)
        : [];
    // Edited meanwhile: another request is on its way.
    if (document.version !== version) return;
    for (const [family, type] of types) {
      const own = marks.filter((mark) => mark.family === family);
      editor.setDecorations(
        type,
        own.map(({ line, start, end }) => new vscode.Range(line, start, line, end)),
      );
    }
  }

  const drawAll = (editors: readonly vscode.TextEditor[]): void => {
    for (const editor of editors) {
      draw(editor).catch((error: unknown) => output.warn(`Operations cannot be marked: ${error}`));
    }
  };
  const later = (document: vscode.TextDocument): void => {
    if (document.languageId !== 'go') return;
    clearTimeout(timers.get(document));
    const run = () => {
      timers.delete(document);
      drawAll(vscode.window.visibleTextEditors.filter((editor) => editor.document === document));
    };
    timers.set(document, setTimeout(run, PAUSE));
  };
  extension.subscriptions.push(
    ...types.values(),
    { dispose: () => [...timers.values()].forEach(clearTimeout) },
    vscode.window.onDidChangeVisibleTextEditors(drawAll),
    vscode.workspace.onDidChangeTextDocument(({ document }) => later(document)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.highlight`)) drawAll(vscode.window.visibleTextEditors);
    }),
    server.onDidChangeState(() => drawAll(vscode.window.visibleTextEditors)),
  );
}

function decorationOf(family: OperationFamily): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    borderColor: new vscode.ThemeColor(`${SECTION}.${family}Operation`),
    borderStyle: 'solid',
    borderWidth: '0 0 1px 0',
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}
