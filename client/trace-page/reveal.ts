/** Shows the line of an event in an editor that does not hide the page, and marks it while one steps. */
import * as vscode from 'vscode';
import { fileInModule } from '../workspace-paths';

export interface Line {
  /** As in the trace: relative to the module root. */
  file: string;
  line: number;
  column: number;
}

const mark = vscode.window.createTextEditorDecorationType({
  isWholeLine: true,
  backgroundColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
  overviewRulerColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
  overviewRulerLane: vscode.OverviewRulerLane.Full,
});

/** Who has marked a line, so that only that page takes the mark away. */
let marked: { by: object; editor: vscode.TextEditor } | undefined;

/** False when the file is not in the module. */
export async function reveal(
  by: object,
  page: vscode.ViewColumn | undefined,
  root: vscode.Uri,
  { file, line, column }: Line,
  takeFocus: boolean,
): Promise<boolean> {
  const uri = typeof file === 'string' ? fileInModule(root, file) : undefined;
  if (uri === undefined) return false;
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(uri);
  } catch {
    void vscode.window.showWarningMessage(vscode.l10n.t('{0} is not there any more.', file));
    return true;
  }
  const text = document.lineAt(Math.min(Math.max(line - 1, 0), document.lineCount - 1));
  const start = text.range.start.with({ character: characterOf(text.text, column) });
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: columnBeside(page, uri),
    preserveFocus: !takeFocus,
    selection: new vscode.Range(start, start),
  });
  if (marked && marked.editor !== editor) marked.editor.setDecorations(mark, []);
  editor.setDecorations(mark, [text.range]);
  marked = { by, editor };
  return true;
}

export function unmark(by: object): void {
  if (marked?.by !== by) return;
  marked.editor.setDecorations(mark, []);
  marked = undefined;
}

/** Traces count columns in bytes from 1, editors in UTF-16 units from 0. */
function characterOf(text: string, column: number): number {
  return Buffer.from(text)
    .subarray(0, Math.max(column - 1, 0))
    .toString().length;
}

/** The group that shows the file already, or any group other than the page's. */
function columnBeside(page: vscode.ViewColumn | undefined, uri: vscode.Uri): vscode.ViewColumn {
  const others = vscode.window.tabGroups.all.filter(({ viewColumn }) => viewColumn !== page);
  const showing = others.find(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
  );
  return (showing ?? others[0])?.viewColumn ?? vscode.ViewColumn.Beside;
}
