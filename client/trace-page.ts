/**
 * The trace page: one lane for each goroutine, every event of the run that broke.
 * Server capability: lockstep/trace. Command: lockstep.openTrace. View: webview lockstep.trace.
 */
import * as vscode from 'vscode';
import type { FindingReference } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import { isFindingReference, NO_TRACE, resolveFinding } from './findings';
import type { LockstepContext } from './lockstep-context';
import { ofFinding } from './trace-page/content';
import { setUpPage } from './trace-page/page';
import { noteDone } from './walkthrough';

const VIEW_TYPE = 'lockstep.trace';

/** Open pages by finding, so that a second "open" shows the first page, with the newest trace. */
const pages = new Map<string, vscode.WebviewPanel>();

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.openTrace, async (argument: unknown) => {
      const finding = await resolveFinding(context, argument, ({ hasTrace }) => hasTrace, NO_TRACE);
      if (finding === undefined) return;
      await openPage(context, finding);
      noteDone(COMMANDS.openTrace);
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
    await open.webview.postMessage(await ofFinding(context, finding));
    return;
  }
  const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
  // A long trace is not to be read again whenever its tab was hidden.
  const options = { retainContextWhenHidden: true };
  setUp(
    context,
    vscode.window.createWebviewPanel(VIEW_TYPE, vscode.l10n.t('Lockstep Trace'), column, options),
    finding,
  );
}

function keyOf({ root, id }: FindingReference): string {
  return `${root} ${id}`;
}

function setUp(context: LockstepContext, panel: vscode.WebviewPanel, finding: FindingReference): void {
  pages.set(keyOf(finding), panel);
  panel.onDidDispose(() => pages.delete(keyOf(finding)));
  const root = vscode.Uri.parse(finding.root);
  setUpPage(context, panel, { root, finding, content: () => ofFinding(context, finding) });
}
