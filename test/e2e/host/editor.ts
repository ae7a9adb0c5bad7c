/** What the suites in the extension host share: opening files and waiting for what must come. */
import * as vscode from 'vscode';

const PAUSE_MILLISECONDS = 50;

const PATIENCE_MILLISECONDS = 30_000;

/** Asks until the answer is there, and fails when it does not come. */
export async function eventually<T>(probe: () => T | undefined | Thenable<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
}

export function fileUri(path: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error('no folder is open');
  return vscode.Uri.joinPath(folder.uri, path);
}

export async function open(path: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(fileUri(path)));
}

/** Our diagnostics of a file. */
export function diagnosticsOf(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'lockstep');
}

export function codeOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

/** The first diagnostic with this code, when there is one. */
export function withCode(uri: vscode.Uri, code: string): vscode.Diagnostic | undefined {
  return diagnosticsOf(uri).find((diagnostic) => codeOf(diagnostic) === code);
}

/** Titles of the CodeLenses of a file, with their lines from 1. */
export async function lenses(uri: vscode.Uri): Promise<{ title: string; line: number; command: vscode.Command }[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100);
  return found.flatMap(({ command, range }) =>
    command === undefined ? [] : [{ title: command.title, line: range.start.line + 1, command }],
  );
}

/** The hover's text; empty when there is none. */
export async function hoverText(uri: vscode.Uri, line: number, character: number): Promise<string> {
  const position = new vscode.Position(line - 1, character);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n');
}

export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** The code actions of a place. */
export function actionsAt(uri: vscode.Uri, range: vscode.Range): Thenable<vscode.CodeAction[]> {
  const kind = vscode.CodeActionKind.QuickFix.value;
  return vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range, kind);
}

/** A file of the workspace, written past the editor. */
export async function write(path: string, text: string): Promise<vscode.Uri> {
  const uri = fileUri(path);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri;
}
