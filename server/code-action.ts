/** Quick fixes of the static checks, as they came with the diagnostic. */
import { type CodeAction, CodeActionKind, type Diagnostic, type TextEdit } from 'vscode-languageserver/node';
import type { Fix } from '../protocol/finding';
import { COMMANDS, DIAGNOSTIC_SOURCE } from '../protocol/settings';
import type { GoDocument } from './documents/go-document';
import { uriOf } from './modules';
import { positionOf } from './positions';
import type { ServerContext } from './server-context';

export function register(context: ServerContext): void {
  context.connection.onCodeAction(({ textDocument, range, context: { diagnostics } }): CodeAction[] => {
    const document = context.documents.get(textDocument.uri);
    if (document === undefined) return [];
    const ours = diagnostics.filter(({ source }) => source === DIAGNOSTIC_SOURCE);
    const fixes = ours.flatMap((diagnostic) => fixesOf(context, document, diagnostic));
    const line = range.start.line;
    const replays = context.diagnostics
      .dynamic()
      .filter(
        ({ primary, finding }) =>
          primary.uri === document.uri && finding.schedule !== undefined && primary.range.start.line === line,
      )
      .map(({ root, finding }): CodeAction => {
        const title = 'Replay this finding';
        const command = { title, command: COMMANDS.replay, arguments: [{ root: uriOf(root), id: finding.id }] };
        return { title, kind: CodeActionKind.QuickFix, command };
      });
    return [...fixes, ...replays];
  });
}

/** The fixes of the newest analysis: what the client sent along may be of an older text. */
function fixesOf({ diagnostics }: ServerContext, document: GoDocument, diagnostic: Diagnostic): CodeAction[] {
  return diagnostics
    .static(document.uri)
    .filter(
      ({ finding, primary }) =>
        finding.analysis.name === diagnostic.code &&
        primary.range.start.line === diagnostic.range.start.line &&
        primary.range.start.character === diagnostic.range.start.character,
    )
    .flatMap(({ finding }) => finding.fixes ?? [])
    .map(
      (fix, index): CodeAction => ({
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: index === 0,
        edit: { changes: { [document.uri]: editsOf(document, fix) } },
      }),
    );
}

/** A static check sees one file, so all its edits are in that. */
function editsOf(document: GoDocument, { edits }: Fix): TextEdit[] {
  const lines = document.getText().split(/\r?\n/);
  return edits.map(({ start, end, text }) => ({
    range: { start: positionOf(lines, start.line, start.column), end: positionOf(lines, end.line, end.column) },
    newText: text,
  }));
}
