/**
 * Trace files open in the trace page: those of a store, with their finding where there is one, and textual ones on request.
 * Server capability: lockstep/trace. Command: none. View: custom editors lockstep.traceEditor, lockstep.textTraceEditor.
 */
import * as vscode from 'vscode';
import { STORE_FOLDER } from '../protocol/settings';
import type { ToTracePage } from '../protocol/webview';
import type { LockstepContext } from './lockstep-context';
import { ofFile, ofFinding } from './trace-page/content';
import { setUpPage } from './trace-page/page';

/** Binary traces open here, textual ones when the user says so. */
const VIEW_TYPES = ['lockstep.traceEditor', 'lockstep.textTraceEditor'];

export function activate(context: LockstepContext): void {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => {
      const root = rootOf(uri);
      const id = /^([0-9a-f]{12})(?:\.replay)?\.trace$/.exec(uri.path.slice(uri.path.lastIndexOf('/') + 1))?.[1];
      const finding = id === undefined ? undefined : { root: root.toString(), id };
      const content = async (): Promise<ToTracePage> => {
        const own = finding && (await ofFinding(context, finding));
        return own?.type === 'trace' ? own : ofFile(uri);
      };
      setUpPage(context, panel, { root, finding, content });
    },
  };
  const options = { webviewOptions: { retainContextWhenHidden: true } };
  for (const type of VIEW_TYPES) {
    context.extension.subscriptions.push(vscode.window.registerCustomEditorProvider(type, provider, options));
  }
}

/** The module that has the store the file lies in; otherwise the workspace folder. */
export function rootOf(file: vscode.Uri): vscode.Uri {
  const at = file.path.lastIndexOf(`/${STORE_FOLDER}/`);
  if (at >= 0) return file.with({ path: file.path.slice(0, at) });
  return vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.joinPath(file, '..');
}
