/**
 * The trace of a finding as text, in a read-only editor with colours.
 * Server capability: lockstep/traceText. Command: lockstep.openTraceText. View: editor, language lockstep-trace.
 */
import * as vscode from 'vscode';
import { type FindingReference, TRACE_TEXT, type TraceTextResult } from '../protocol/messages';
import { COMMANDS, TRACE_LANGUAGE } from '../protocol/settings';
import { orNothing } from './answer';
import { isFindingReference, NO_TRACE, resolveFinding } from './findings';
import type { LockstepContext } from './lockstep-context';

/** Documents of this scheme are `<scheme>:/<id>.lockstep-trace?<module root>`. */
export const SCHEME = 'lockstep-trace';

export function activate(context: LockstepContext): void {
  const { extension, server } = context;
  const changed = new vscode.EventEmitter<vscode.Uri>();
  extension.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      async provideTextDocumentContent(uri) {
        const finding = findingOf(uri);
        if (finding === undefined) return '';
        const result = await orNothing(server.sendRequest<TraceTextResult>(TRACE_TEXT, finding));
        if (result.type === 'text') return result.text;
        return result.type === 'problem' ? `// ${result.problem}\n` : '';
      },
    }),
    vscode.commands.registerCommand(COMMANDS.openTraceText, async (argument: unknown) => {
      const finding = await resolveFinding(context, argument, ({ hasTrace }) => hasTrace, NO_TRACE);
      if (finding === undefined) return;
      const uri = uriOf(finding);
      // A replay may have written a newer trace since the editor was opened.
      changed.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.languages.setTextDocumentLanguage(document, TRACE_LANGUAGE);
      await vscode.window.showTextDocument(document, { preview: true });
    }),
  );
}

function uriOf({ root, id }: FindingReference): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${id}.lockstep-trace`, query: root });
}

function findingOf({ path, query }: vscode.Uri): FindingReference | undefined {
  const finding = { root: query, id: path.slice(1, path.indexOf('.')) };
  return isFindingReference(finding) ? finding : undefined;
}
