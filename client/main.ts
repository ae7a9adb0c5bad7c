/** The extension: starts the language server and the features, each in a file of its own. */
import * as vscode from 'vscode';
import * as debug from './debug';
import * as example from './example';
import * as explain from './explain';
import * as explore from './explore';
import * as findingsView from './findings-view';
import * as highlight from './highlight';
import { LanguageServer, activate as startWhenNeeded } from './language-server';
import type { LockstepContext } from './lockstep-context';
import * as minimise from './minimise';
import * as progress from './progress';
import * as replay from './replay';
import * as settings from './settings';
import * as status from './status';
import * as testExplorer from './test-explorer';
import * as traceEditor from './trace-editor';
import * as traceLinks from './trace-links';
import * as tracePage from './trace-page';
import * as traceText from './trace-text';
import * as trust from './trust';

let running: LockstepContext | undefined;

/** What other extensions, and the tests of this one, are given. */
export interface LockstepApi {
  tests: testExplorer.TestExplorer;
  findings: findingsView.FindingsView;
}

export function activate(extension: vscode.ExtensionContext): LockstepApi {
  const output = vscode.window.createOutputChannel('Lockstep', { log: true });
  const context: LockstepContext = { extension, output, server: new LanguageServer(extension, output) };
  running = context;
  extension.subscriptions.push(output);
  for (const feature of [
    progress,
    status,
    explain,
    example,
    explore,
    highlight,
    replay,
    minimise,
    debug,
    tracePage,
    traceEditor,
    traceText,
    traceLinks,
    settings,
    trust,
  ])
    feature.activate(context);
  const tests = testExplorer.activate(context);
  const findings = findingsView.activate(context);
  startWhenNeeded(context);
  return { tests, findings };
}

export async function deactivate(): Promise<void> {
  await running?.server.stop();
  running = undefined;
}
