/**
 * "Lockstep: Replay This Deadlock": runs the stored schedule again, says how often the finding showed, and
 * opens its trace.
 * Server capability: lockstep/replay. Command: lockstep.replay. View: CodeLens, notification, trace page.
 */
import * as vscode from 'vscode';
import { REPLAY, type ReplayParams, type ReplayResult } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import { resolveFinding } from './findings';
import type { LockstepContext } from './lockstep-context';
import { withServerProgress } from './progress';
import { currentSettings } from './settings';
import { mayRun } from './trust';

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.replay, (argument: unknown) => replay(context, argument)),
  );
}

async function replay(context: LockstepContext, argument: unknown): Promise<ReplayResult | undefined> {
  if (!mayRun()) return undefined;
  const nothing = vscode.l10n.t('No finding can be replayed yet. Explore a test first.');
  const finding = await resolveFinding(context, argument, ({ replayable }) => replayable, nothing);
  if (finding === undefined) return undefined;
  const result = await withServerProgress(
    vscode.l10n.t('Lockstep: replay'),
    vscode.l10n.t('replays'),
    (token, cancellation) => {
      const params: ReplayParams = { root: finding.root, id: finding.id, times: currentSettings().replayTimes, token };
      return context.client.sendRequest<ReplayResult>(REPLAY, params, cancellation);
    },
  );
  tell(context, result);
  if (result.type === 'replayed' && result.replayed > 0) {
    await vscode.commands.executeCommand(COMMANDS.openTrace, { root: finding.root, id: finding.id });
  }
  return result;
}

function tell({ output }: LockstepContext, result: ReplayResult): void {
  switch (result.type) {
    case 'cancelled':
      return;
    case 'problem':
      output.error(result.problem);
      void vscode.window.showErrorMessage(result.problem);
      return;
    case 'replayed': {
      const { replays, replayed, cancelled, difference } = result;
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
  }
}
