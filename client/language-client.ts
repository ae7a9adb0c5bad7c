/**
 * Makes the client that speaks with the language server, a Node module of its own process. Diagnostics, CodeLenses, hovers
 * and code actions need nothing more here. A bundle of its own: see language-server.ts.
 * Server capability: all standard ones. Command: none. View: editor.
 */
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import { failInWords } from './failing-in-words';
import { restartOnce } from './server-death';
import { allSettings } from './settings';

/** Starting it is up to who asks. */
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
      ...allSettings(),
      ...(vscode.l10n.bundle === undefined ? {} : { translations: vscode.l10n.bundle }),
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
