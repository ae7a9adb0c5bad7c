/** The extension: starts the language server and the features, each in a file of its own. */
import * as vscode from 'vscode';
import * as explore from './explore';
import { createClient, activate as startLanguageClient } from './language-client';
import type { LockstepContext } from './lockstep-context';
import * as progress from './progress';
import * as replay from './replay';
import * as settings from './settings';
import * as status from './status';
import * as tracePage from './trace-page';
import * as traceText from './trace-text';
import * as trust from './trust';

let running: LockstepContext | undefined;

export async function activate(extension: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('Lockstep', { log: true });
  const context: LockstepContext = { extension, output, client: createClient(extension, output) };
  running = context;
  extension.subscriptions.push(output);
  for (const feature of [progress, status, explore, replay, tracePage, traceText, settings, trust])
    feature.activate(context);
  await startLanguageClient(context);
}

export async function deactivate(): Promise<void> {
  await running?.client.stop();
  running = undefined;
}
