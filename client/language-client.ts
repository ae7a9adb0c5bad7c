/**
 * The language server as a Node module of its own process. Diagnostics, CodeLenses, hovers and code actions
 * need nothing more here.
 * Server capability: all standard ones. Command: lockstep.restartServer, lockstep.showOutput. View: editor.
 */
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions, StoreChangedParams } from '../protocol/messages';
import { STORE_CHANGED } from '../protocol/messages';
import { COMMANDS, STORE_FOLDER } from '../protocol/settings';
import { failInWords } from './answer';
import type { LockstepContext } from './lockstep-context';
import { restartOnce } from './server-death';
import { currentGoSettings, currentSettings } from './settings';

/** Makes the client; `activate` starts it. */
export function createClient(extension: vscode.ExtensionContext, output: vscode.LogOutputChannel): LanguageClient {
  const module = extension.asAbsolutePath('dist/server.cjs');
  const server: ServerOptions = {
    run: { module, transport: TransportKind.ipc },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6017'] } },
  };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: 'file', language: 'go' }],
    outputChannel: output,
    // A function: a restart must see what is true then.
    initializationOptions: (): InitializationOptions => ({
      trusted: vscode.workspace.isTrusted,
      settings: currentSettings(),
      go: currentGoSettings(),
      version: String(extension.extension.packageJSON.version),
    }),
    errorHandler: restartOnce(),
    // Who asked for the start is told.
    initializationFailedHandler: () => false,
    markdown: {
      isTrusted: { enabledCommands: [COMMANDS.explore, COMMANDS.replay, COMMANDS.debug, COMMANDS.openTrace] },
    },
  };
  const client = new LanguageClient('lockstep', 'Lockstep', server, options);
  failInWords(client);
  return client;
}

/** A server that has just begun, or begun anew, is told where findings are stored. */
export function whenReady(client: LanguageClient, output: vscode.LogOutputChannel): () => Promise<void> {
  let announced = Promise.resolve();
  client.onDidChangeState(({ newState }) => {
    if (newState !== State.Running) return;
    // In a large workspace the search takes its time.
    announced = announceStores(client).catch((error: unknown) => {
      output.warn(
        `Findings of modules without an open file are not shown: the workspace cannot be searched (${error}).`,
      );
    });
  });
  return async () => {
    await client.start();
    await announced;
  };
}

/**
 * The server starts with the first Go file, or with the first request of a view or command; nothing waits for it that
 * does not ask it. In a workspace where nobody looks at Go there is no process of ours.
 */
export function activate({ extension, client, output, ready }: LockstepContext): void {
  const start = (): void => {
    ready().catch((error: unknown) => {
      output.error(`The language server did not start: ${error}`);
      void vscode.window.showErrorMessage(
        vscode.l10n.t('Lockstep’s language server did not start: {0}', String(error)),
      );
    });
  };
  const isGo = ({ languageId, uri }: vscode.TextDocument): boolean => languageId === 'go' && uri.scheme === 'file';
  const opening = vscode.workspace.onDidOpenTextDocument((document) => {
    if (!isGo(document)) return;
    opening.dispose();
    start();
  });
  extension.subscriptions.push(
    opening,
    vscode.commands.registerCommand(COMMANDS.restartServer, () => (client.needsStop() ? client.restart() : ready())),
    vscode.commands.registerCommand(COMMANDS.showOutput, () => output.show()),
    ...watchStores(client),
  );
  if (vscode.workspace.textDocuments.some(isGo)) {
    opening.dispose();
    start();
  }
}

/** Modules whose files are not open have findings too. */
async function announceStores(client: LanguageClient): Promise<void> {
  const stored = await vscode.workspace.findFiles(`**/${STORE_FOLDER}/findings/*.json`);
  const params: StoreChangedParams = { uris: stored.map((uri) => uri.toString()) };
  if (stored.length > 0 && client.isRunning()) await client.sendNotification(STORE_CHANGED, params);
}

/** The command line writes into the store too; many files change at once, so one notification carries all. */
function watchStores(client: LanguageClient): vscode.Disposable[] {
  const watcher = vscode.workspace.createFileSystemWatcher(`**/${STORE_FOLDER}/**/*.json`);
  let waiting = new Set<string>();
  const changed = (uri: vscode.Uri) => {
    if (waiting.size === 0) setImmediate(send);
    waiting.add(uri.toString());
  };
  const send = () => {
    const params: StoreChangedParams = { uris: [...waiting] };
    waiting = new Set();
    if (client.isRunning()) void client.sendNotification(STORE_CHANGED, params);
  };
  return [watcher, watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed)];
}
