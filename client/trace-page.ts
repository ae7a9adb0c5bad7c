/**
 * The trace page: one lane for each goroutine, every event of the run that broke. The page gets its data by
 * message and may ask for a line to be shown; it can reach no file itself.
 * Server capability: lockstep/trace. Command: lockstep.openTrace. View: webview lockstep.trace.
 */
import * as vscode from 'vscode';
import { type FindingReference, TRACE, type TraceResult } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import type { FromTracePage, ToTracePage } from '../protocol/webview';
import { isFindingReference, NO_TRACE, resolveFinding } from './findings';
import type { LockstepContext } from './lockstep-context';
import { fileInModule, isInStore } from './workspace-paths';

const VIEW_TYPE = 'lockstep.trace';

/** Open pages by finding, so that a second "open" shows the first page, with the newest trace. */
const pages = new Map<string, vscode.WebviewPanel>();

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.openTrace, async (argument: unknown) => {
      const finding = await resolveFinding(context, argument, ({ hasTrace }) => hasTrace, NO_TRACE);
      if (finding !== undefined) await openPage(context, finding);
    }),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown) {
        if (isFindingReference(state)) setUp(context, panel, { root: state.root, id: state.id });
        else panel.dispose();
      },
    }),
  );
}

async function openPage(context: LockstepContext, finding: FindingReference): Promise<void> {
  const open = pages.get(keyOf(finding));
  if (open !== undefined) {
    open.reveal(undefined, true);
    await sendTrace(context, open.webview, finding);
    return;
  }
  const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
  setUp(context, vscode.window.createWebviewPanel(VIEW_TYPE, 'Lockstep Trace', column), finding);
}

function keyOf({ root, id }: FindingReference): string {
  return `${root} ${id}`;
}

function setUp(context: LockstepContext, panel: vscode.WebviewPanel, finding: FindingReference): void {
  const media = vscode.Uri.joinPath(context.extension.extensionUri, 'dist', 'media');
  pages.set(keyOf(finding), panel);
  panel.onDidDispose(() => pages.delete(keyOf(finding)));
  panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
  panel.webview.onDidReceiveMessage((message: FromTracePage) => answer(context, panel, finding, message));
  panel.webview.html = html(panel.webview, media);
}

/** No inline script or style, so the policy needs no nonce: only files of dist/media load. */
function html(webview: vscode.Webview, media: vscode.Uri): string {
  const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src ${webview.cspSource}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${address('lanes.css')}">
<link rel="stylesheet" href="${address('trace.css')}">
<title>Lockstep Trace</title>
</head>
<body>
<script src="${address('trace.js')}"></script>
</body>
</html>`;
}

async function answer(
  context: LockstepContext,
  panel: vscode.WebviewPanel,
  finding: FindingReference,
  message: FromTracePage,
): Promise<void> {
  switch (message.type) {
    case 'ready':
      await sendTrace(context, panel.webview, finding);
      return;
    case 'reveal':
      await reveal(context, panel, vscode.Uri.parse(finding.root), message);
      return;
    case 'replay':
      await vscode.commands.executeCommand(COMMANDS.replay, finding);
      return;
    case 'text':
      await vscode.commands.executeCommand(COMMANDS.openTraceText, finding);
      return;
    default:
      context.output.warn('The trace page sent a message that is not known.');
      message satisfies never;
  }
}

async function sendTrace(context: LockstepContext, webview: vscode.Webview, finding: FindingReference): Promise<void> {
  await webview.postMessage(await readTrace(context, finding));
}

async function readTrace({ client }: LockstepContext, finding: FindingReference): Promise<ToTracePage> {
  const result = await client.sendRequest<TraceResult>(TRACE, finding);
  if (result.type === 'problem') return result;
  const file = vscode.Uri.parse(result.uri);
  if (!isInStore(vscode.Uri.parse(result.root), file)) {
    return { type: 'problem', problem: 'The trace is not in the store of a module of this workspace.' };
  }
  try {
    // A plain array: Node's Buffer, which this may be, does not travel to a webview as bytes.
    const bytes = new Uint8Array(await vscode.workspace.fs.readFile(file));
    return { type: 'trace', bytes, finding: result.finding, state: { root: finding.root, id: finding.id } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { type: 'problem', problem: `The trace could not be read: ${reason}` };
  }
}

/** Shows the line in an editor that does not hide the page. */
async function reveal(
  { output }: LockstepContext,
  panel: vscode.WebviewPanel,
  root: vscode.Uri,
  { file, line, column, takeFocus }: Extract<FromTracePage, { type: 'reveal' }>,
): Promise<void> {
  const uri = typeof file === 'string' ? fileInModule(root, file) : undefined;
  if (uri === undefined) {
    output.warn('The trace page asked for a file that is not in its module.');
    return;
  }
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(uri);
  } catch {
    void vscode.window.showWarningMessage(`${file} is not there any more.`);
    return;
  }
  const text = document.lineAt(Math.min(Math.max(line - 1, 0), document.lineCount - 1));
  const start = text.range.start.with({ character: characterOf(text.text, column) });
  await vscode.window.showTextDocument(document, {
    viewColumn: columnBeside(panel, uri),
    preserveFocus: !takeFocus,
    selection: new vscode.Range(start, start),
  });
}

/** Traces count columns in bytes from 1, editors in UTF-16 units from 0. */
function characterOf(text: string, column: number): number {
  return Buffer.from(text)
    .subarray(0, Math.max(column - 1, 0))
    .toString().length;
}

/** The group that shows the file already, or any group other than the page's. */
function columnBeside(panel: vscode.WebviewPanel, uri: vscode.Uri): vscode.ViewColumn {
  const others = vscode.window.tabGroups.all.filter(({ viewColumn }) => viewColumn !== panel.viewColumn);
  const showing = others.find(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
  );
  return (showing ?? others[0])?.viewColumn ?? vscode.ViewColumn.Beside;
}
