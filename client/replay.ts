/**
 * "Replay This Finding", above its line by its kind: runs the stored schedule again, says how often the finding showed, and
 * opens its trace.
 * Server capability: lockstep/replay. Command: lockstep.replay. View: CodeLens, notification, trace page.
 */
import * as vscode from 'vscode';
import { REPLAY, type ReplayParams, type ReplayResult } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';
import { askAboutReplayable } from './replayable';
import { settingsFor } from './settings';
import { noteDone } from './walkthrough';

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.replay, (argument: unknown) => replay(context, argument)),
  );
}

async function replay(context: LockstepContext, argument: unknown): Promise<ReplayResult | undefined> {
  const words = {
    title: vscode.l10n.t('Lockstep: replay'),
    unit: vscode.l10n.t('replays'),
    nothing: vscode.l10n.t('No finding can be replayed yet. Explore a test first.'),
  };
  const answered = await askAboutReplayable<ReplayResult>(context, argument, words, (about) => {
    const params: ReplayParams = { ...about, times: settingsFor(vscode.Uri.parse(about.root)).replayTimes };
    return { method: REPLAY, params };
  });
  if (answered === undefined) return undefined;
  const { finding, result } = answered;
  if (result.type !== 'replayed') return result;
  tell(context, result);
  noteDone(COMMANDS.replay);
  if (result.replayed > 0) await vscode.commands.executeCommand(COMMANDS.openTrace, finding);
  return result;
}

function tell(
  { output }: LockstepContext,
  { replays, replayed, cancelled, difference }: Extract<ReplayResult, { type: 'replayed' }>,
): void {
  const often = vscode.l10n.t('{0} of {1}', replayed, replays);
  const early = cancelled ? vscode.l10n.t(' (stopped early)') : '';
  if (replayed === replays && replays > 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('It shows again: {0} replays{1}.', often, early));
  } else {
    const why = difference === undefined ? '' : ` ${difference}`;
    void vscode.window.showWarningMessage(vscode.l10n.t('It showed in {0} replays{1}.{2}', often, early, why));
  }
  output.info(`replayed: ${often}${early}${difference === undefined ? '' : `: ${difference}`}`);
}
