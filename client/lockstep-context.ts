import type * as vscode from 'vscode';
import type { LanguageServer } from './language-server';

/** What every feature is activated with. */
export interface LockstepContext {
  extension: vscode.ExtensionContext;
  server: LanguageServer;
  output: vscode.LogOutputChannel;
}
