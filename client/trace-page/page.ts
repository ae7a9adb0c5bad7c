/** One open trace page: its document, and what is done for it. The page can reach no file itself. */
import * as vscode from 'vscode';
import {
  type BranchResult,
  type FindingReference,
  PASSING,
  type PassingParams,
  WHAT_IF,
  type WhatIfParams,
} from '../../protocol/messages';
import { COMMANDS } from '../../protocol/settings';
import type { FromTracePage, ToTracePage } from '../../protocol/webview';
import type { LockstepContext } from '../lockstep-context';
import { withServerProgress } from '../progress';
import { mayRun } from '../trust';
import { ofBranch } from './content';
import { tracePageHtml } from './html';
import { reveal, unmark } from './reveal';

export interface PageSubject {
  /** Where the files lie that the trace names. */
  root: vscode.Uri;
  /** Undefined for a file that was opened by itself. */
  finding: FindingReference | undefined;
  content(): Promise<ToTracePage>;
}

/** Runs that pages wait for: a page's button ends them as the notification's does, and so does closing the page. */
const running = new WeakMap<vscode.WebviewPanel, vscode.CancellationTokenSource>();

/** Gives the page its document and answers it until it is closed. */
export function setUpPage(context: LockstepContext, panel: vscode.WebviewPanel, subject: PageSubject): void {
  const media = vscode.Uri.joinPath(context.extension.extensionUri, 'dist', 'media');
  const { webview } = panel;
  panel.onDidDispose(() => {
    unmark(panel);
    running.get(panel)?.cancel();
  });
  webview.options = { enableScripts: true, localResourceRoots: [media] };
  webview.onDidReceiveMessage((message: FromTracePage) => answer(context, panel, subject, message));
  webview.html = tracePageHtml({
    address: (name) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString(),
    source: webview.cspSource,
  });
}

async function answer(
  context: LockstepContext,
  panel: vscode.WebviewPanel,
  subject: PageSubject,
  message: FromTracePage,
): Promise<void> {
  const { finding } = subject;
  switch (message.type) {
    case 'ready':
      if (vscode.l10n.bundle !== undefined) {
        const language = { type: 'language', language: vscode.env.language, translations: vscode.l10n.bundle } as const;
        await panel.webview.postMessage(language satisfies ToTracePage);
      }
      await panel.webview.postMessage(await subject.content());
      return;
    case 'reveal':
      if (!(await reveal(panel, panel.viewColumn, subject.root, message, message.takeFocus))) {
        context.output.warn('The trace page asked for a file that is not in its module.');
      }
      return;
    case 'unmark':
      unmark(panel);
      return;
    case 'copy':
      await vscode.env.clipboard.writeText(message.text);
      return;
    case 'save':
      await save(subject.root, message);
      return;
    case 'whatIf':
    case 'passing':
      if (finding) {
        const answered = await cancellable(panel, (stop) => branch(context, finding, message, stop));
        await panel.webview.postMessage(answered);
      }
      return;
    case 'cancel':
      running.get(panel)?.cancel();
      return;
    case 'replay':
      if (finding) await vscode.commands.executeCommand(COMMANDS.replay, finding);
      return;
    case 'debug':
      if (finding) await vscode.commands.executeCommand(COMMANDS.debug, finding);
      return;
    case 'text':
      if (finding) await vscode.commands.executeCommand(COMMANDS.openTraceText, finding);
      return;
    default:
      context.output.warn('The trace page sent a message that is not known.');
      message satisfies never;
  }
}

async function cancellable<T>(
  panel: vscode.WebviewPanel,
  work: (stop: vscode.CancellationTokenSource) => Promise<T>,
): Promise<T> {
  const stop = new vscode.CancellationTokenSource();
  running.set(panel, stop);
  try {
    return await work(stop);
  } finally {
    if (running.get(panel) === stop) running.delete(panel);
    stop.dispose();
  }
}

async function branch(
  { server }: LockstepContext,
  { root, id }: FindingReference,
  message: Extract<FromTracePage, { type: 'whatIf' | 'passing' }>,
  stop: vscode.CancellationTokenSource,
): Promise<ToTracePage> {
  if (!mayRun())
    return { type: 'refused', problem: vscode.l10n.t('This workspace is not trusted, so nothing of it is run.') };
  const result = await withServerProgress(
    vscode.l10n.t('Lockstep: run in another order'),
    vscode.l10n.t('runs'),
    (token, cancellation) => {
      cancellation.onCancellationRequested(() => stop.cancel());
      if (message.type === 'passing') {
        const params: PassingParams = { root, id, token };
        return server.sendRequest<BranchResult>(PASSING, params, stop.token);
      }
      const { run, step, goroutine } = message;
      const params: WhatIfParams = { root, id, run, step, goroutine, token };
      return server.sendRequest<BranchResult>(WHAT_IF, params, stop.token);
    },
  );
  if (result.type === 'cancelled') return { type: 'refused', problem: vscode.l10n.t('Cancelled.') };
  if (result.type === 'problem') return { type: 'refused', problem: result.problem };
  const isPassing = message.type === 'passing';
  const title = isPassing
    ? vscode.l10n.t('A run that passes')
    : vscode.l10n.t('{0} first at step {1}', message.goroutine, message.step + 1);
  return ofBranch(root, result, title, isPassing);
}

async function save(root: vscode.Uri, { name, text }: { name: string; text: string }): Promise<void> {
  const safe = name.replaceAll(/[^\w.-]+/g, '-');
  const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(root, safe) });
  if (target === undefined) return;
  try {
    await vscode.workspace.fs.writeFile(target, Buffer.from(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(vscode.l10n.t('{0} could not be written: {1}', target.fsPath, reason));
  }
}
