import type * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

/** What every feature is activated with. */
export interface LockstepContext {
  extension: vscode.ExtensionContext;
  client: LanguageClient;
  output: vscode.LogOutputChannel;
  /** Starts the server where it does not run yet; settles when it has been told of all stores. */
  ready: () => Promise<void>;
}
