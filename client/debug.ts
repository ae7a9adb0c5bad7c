/**
 * "Debug This Finding", above its line by its kind: the run that it was found in, under Delve, which stops where it shows: through
 * the Go extension's debug type where that is installed, else through our own.
 * Server capability: lockstep/debug. Command: lockstep.debug. View: CodeLens, Run and Debug, debug console.
 */
import * as vscode from 'vscode';
import { DEBUG, DEBUG_ENDED, type DebugEndedParams, type DebugParams, type DebugResult } from '../protocol/messages';
import { COMMANDS, DEBUG_TYPE, GO_DEBUG_TYPE } from '../protocol/settings';
import * as adapter from './debug/adapter';
import * as frames from './debug/frames';
import { sessionOf } from './debug/session';
import * as threads from './debug/threads';
import type { LockstepContext } from './lockstep-context';
import { askAboutReplayable } from './replayable';
import { settingsFor } from './settings';
import { noteDone } from './walkthrough';

const GO_EXTENSION = 'golang.go';

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.debug, (argument: unknown) => debug(context, argument)),
    vscode.debug.onDidTerminateDebugSession(({ configuration }) => {
      const session = sessionOf(configuration);
      if (session !== undefined) void ended(context, session.id);
    }),
  );
  adapter.activate(context);
  threads.activate(context);
  frames.activate(context);
}

/** True when a session was started. */
async function debug(context: LockstepContext, argument: unknown): Promise<boolean> {
  const words = {
    title: vscode.l10n.t('Lockstep: debug'),
    unit: vscode.l10n.t('runs'),
    nothing: vscode.l10n.t('No finding can be debugged yet. Explore a test first.'),
  };
  const answered = await askAboutReplayable<DebugResult>(context, argument, words, (params: DebugParams) => ({
    method: DEBUG,
    params,
  }));
  if (answered?.result.type !== 'ready') return false;
  const { finding, result } = answered;
  if (result.notice !== undefined) void vscode.window.showWarningMessage(result.notice);
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(finding.root));
  const started = await vscode.debug.startDebugging(folder, configurationOf(result));
  if (started) noteDone(COMMANDS.debug);
  else await ended(context, result.session);
  return started;
}

/** As launch.json would have it. */
function configurationOf(result: Extract<DebugResult, { type: 'ready' }>): vscode.DebugConfiguration {
  const { session, name, delve, program, args, directory, environment, goroutines } = result;
  const type = usesGoExtension(delve) ? GO_DEBUG_TYPE : DEBUG_TYPE;
  return {
    type,
    request: 'launch',
    name: `Lockstep: ${name}`,
    mode: 'exec',
    program,
    args,
    cwd: directory,
    env: environment,
    hideSystemGoroutines: true,
    // The Go extension finds the user's own.
    ...(type === DEBUG_TYPE || !delve.own ? { dlvToolPath: delve.path } : {}),
    lockstep: { id: session, goroutines },
  };
}

/** It takes no Delve but the user's own, and where there is none it begins nothing and offers to install one. */
function usesGoExtension({ own }: Extract<DebugResult, { type: 'ready' }>['delve']): boolean {
  const choice = settingsFor(undefined).debugAdapter;
  return choice === 'go' || (choice === 'auto' && own && vscode.extensions.getExtension(GO_EXTENSION) !== undefined);
}

async function ended({ server }: LockstepContext, session: string): Promise<void> {
  const params: DebugEndedParams = { session };
  await server.sendNotification(DEBUG_ENDED, params);
}
