/**
 * Places in textual traces link to the source: those of sites, goroutines, objects, calls and events.
 * Server capability: none. Command: none. View: editor, language lockstep-trace.
 */
import * as vscode from 'vscode';
import { TRACE_LANGUAGE } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';
import { rootOf } from './trace-editor';
import { SCHEME } from './trace-text';

/** `podstatus/podstatus.go:45:2`, `"with blank.go:7"`; of calls without a column, of one of several with its number. */
const PLACE =
  /(?<=\s)(?:"((?:[^"\\]|\\.)+?\.go):(\d+)(?::(\d+))?(?: #\d+)?"|([^\s":]+\.go):(\d+)(?::(\d+))?)(?=\s|$)/gu;

/** Nobody clicks through more, and a trace may have a million lines. */
const MOST_LINKS = 20_000;

export function activate({ extension }: LockstepContext): void {
  extension.subscriptions.push(
    vscode.languages.registerDocumentLinkProvider(
      { language: TRACE_LANGUAGE },
      {
        provideDocumentLinks(document, cancellation) {
          const { uri } = document;
          // The text of a finding's trace names the module.
          const root = uri.scheme === SCHEME ? vscode.Uri.parse(uri.query) : rootOf(uri);
          const links: vscode.DocumentLink[] = [];
          for (let line = 0; line < document.lineCount && links.length < MOST_LINKS; line++) {
            if (cancellation.isCancellationRequested) break;
            links.push(...linksIn(document.lineAt(line).text, line, root));
          }
          return links;
        },
      },
    ),
  );
}

function linksIn(text: string, line: number, root: vscode.Uri): vscode.DocumentLink[] {
  // Such files are not of the module: their paths are those of another machine, or of Go itself.
  if (text.endsWith(' outside=yes')) return [];
  return [...text.matchAll(PLACE)].flatMap((found) => {
    const file = found[1] ?? found[4] ?? '';
    if (/^(?:\.\.)?\//u.test(file)) return [];
    const fragment = `L${found[2] ?? found[5]},${found[3] ?? found[6] ?? 1}`;
    const range = new vscode.Range(line, found.index, line, found.index + found[0].length);
    return [new vscode.DocumentLink(range, vscode.Uri.joinPath(root, file).with({ fragment }))];
  });
}
