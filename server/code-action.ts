/** Quick fixes of the static checks, as they came with the diagnostic. */

import { dirname, join } from 'node:path';
import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  CodeActionRequest,
  type Diagnostic,
  type TextEdit,
} from 'vscode-languageserver/node';
import { CHECKS } from '../core/static/checks';
import { testsReaching } from '../core/static/reaching-tests';
import { suppressionEdit } from '../core/static/suppression';
import type { Fix } from '../protocol/finding';
import type { Suspicion } from '../protocol/messages';
import { COMMANDS, DIAGNOSTIC_SOURCE } from '../protocol/settings';
import type { GoDocument } from './documents/go-document';
import { pathOf, uriOf } from './modules';
import { positionOf } from './positions';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { document as documentShape, fields, listOf, range as rangeShape } from './shapes';
import { speakerOf, t } from './words';

const ASKED = fields<Pick<CodeActionParams, 'textDocument' | 'range' | 'context'>>({
  textDocument: documentShape,
  range: rangeShape,
  context: fields<{ diagnostics: unknown }>({ diagnostics: listOf(fields<{ range: unknown }>({ range: rangeShape })) }),
});

export function register(context: ServerContext): void {
  onRequest(context, CodeActionRequest.method, ASKED, (asked: CodeActionParams): CodeAction[] => {
    const {
      textDocument,
      range,
      context: { diagnostics },
    } = asked;
    const document = context.documents.get(textDocument.uri);
    if (document === undefined) return [];
    const ours = diagnostics.filter(({ source }) => source === DIAGNOSTIC_SOURCE);
    const fixes = ours.flatMap((diagnostic) => [
      ...fixesOf(context, document, diagnostic),
      ...suspicionActions(context, document, diagnostic),
    ]);
    const line = range.start.line;
    const replays = context.diagnostics
      .dynamic()
      .filter(
        ({ primary, finding }) =>
          primary.uri === document.uri && finding.schedule !== undefined && primary.range.start.line === line,
      )
      .flatMap(({ root, finding }) => {
        const reference = { root: uriOf(root), id: finding.id };
        return runs().map(({ title, command }): CodeAction => {
          return { title, kind: CodeActionKind.QuickFix, command: { title, command, arguments: [reference] } };
        });
      });
    return [...fixes, ...replays];
  });
}

/** The fixes of the newest analysis: what the client sent along may be of an older text. */
function fixesOf(context: ServerContext, document: GoDocument, diagnostic: Diagnostic): CodeAction[] {
  return context.diagnostics
    .static(document.uri)
    .filter(
      ({ finding, primary }) =>
        finding.analysis.name === diagnostic.code &&
        primary.range.start.line === diagnostic.range.start.line &&
        primary.range.start.character === diagnostic.range.start.character,
    )
    .flatMap(({ root, finding }) => (finding.fixes ?? []).map((fix) => ({ root, finding, fix })))
    .map(
      ({ root, finding, fix }, index): CodeAction => ({
        title: speakerOf(finding)(fix.title),
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: index === 0,
        edit: { changes: changesOf(context, document, root, fix) },
      }),
    );
}

/** Silence it here, or find out by running. */
function suspicionActions(context: ServerContext, document: GoDocument, diagnostic: Diagnostic): CodeAction[] {
  const path = pathOf(document.uri);
  const { line } = diagnostic.range.start;
  const check = String(diagnostic.code);
  if (path === undefined || !CHECKS.some(({ name }) => name === check)) return [];
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  const at = { line: line + 1, column: 1 };
  const { text: newText } = suppressionEdit(text, { start: at, end: at }, check);
  const start = { line, character: 0 };
  const suppress: CodeAction = {
    title: t`Suppress ${check} here`,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    edit: { changes: { [document.uri]: [{ range: { start, end: start }, newText }] } },
  };
  const tests = testsReaching(context.packages.filesIn(dirname(path)), path, line + 1)
    .slice(0, MOST_TESTS)
    .map(({ path: file, test }) => ({ uri: file === path ? document.uri : uriOf(file), test }));
  if (!context.trusted || tests.length === 0) return [suppress];
  const others = (diagnostic.relatedInformation ?? []).map(({ location: { uri, range } }) => ({
    uri,
    line: range.start.line,
  }));
  const sites = [{ uri: document.uri, line }, ...others];
  const suspicion: Suspicion = { sites, message: textOf(diagnostic), tests };
  const title = t`Try to make it happen`;
  const command = { title, command: COMMANDS.tryToShow, arguments: [suspicion] };
  return [{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], command }, suppress];
}

/** Ways to see a finding happen. */
const runs = () => [
  { title: t`Replay this finding`, command: COMMANDS.replay },
  { title: t`Debug this finding`, command: COMMANDS.debug },
];

/** Each takes as long as an exploration may. */
const MOST_TESTS = 3;

/** A fix may need a field or an import in another file of the package. */
function changesOf(
  context: ServerContext,
  document: GoDocument,
  root: string,
  { edits }: Fix,
): Record<string, TextEdit[]> {
  const changes: Record<string, TextEdit[]> = {};
  const texts = new Map(
    context.packages.filesIn(dirname(pathOf(document.uri) ?? '')).map(({ path, source }) => [path, source.text]),
  );
  for (const { file, start, end, text: newText } of edits) {
    const path = root === '' ? file : join(root, file);
    const own = path === pathOf(document.uri);
    const lines = (own ? document.getText() : (texts.get(path) ?? '')).split(/\r?\n/);
    const range = { start: positionOf(lines, start.line, start.column), end: positionOf(lines, end.line, end.column) };
    const uri = own ? document.uri : uriOf(path);
    changes[uri] = [...(changes[uri] ?? []), { range, newText }];
  }
  return changes;
}

const textOf = ({ message }: Diagnostic): string => (typeof message === 'string' ? message : message.value);
