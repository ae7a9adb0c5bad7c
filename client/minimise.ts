/**
 * "Lockstep: Minimise": looks for a schedule of a finding with fewer preemptions, or fewer steps, and says what became
 * of it.
 * Server capability: lockstep/minimise. Command: lockstep.minimise. View: menu of lockstep.findings.
 */
import * as vscode from 'vscode';
import { MINIMISE, type MinimiseParams, type MinimiseResult, type ScheduleSize } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';
import { askAboutReplayable } from './replayable';

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.minimise, (argument: unknown) => minimise(context, argument)),
  );
}

async function minimise(context: LockstepContext, argument: unknown): Promise<MinimiseResult | undefined> {
  const words = {
    title: vscode.l10n.t('Lockstep: minimise'),
    unit: vscode.l10n.t('schedules'),
    nothing: vscode.l10n.t('No finding has a schedule yet. Explore a test first.'),
  };
  const answered = await askAboutReplayable<MinimiseResult>(context, argument, words, (params: MinimiseParams) => ({
    method: MINIMISE,
    params,
  }));
  if (answered?.result.type === 'minimised') {
    const sentence = sentenceOf(answered.result);
    context.output.info(`minimised: ${sentence}`);
    void vscode.window.showInformationMessage(sentence);
  }
  return answered?.result;
}

function sentenceOf({ before, after, tried, cancelled }: Extract<MinimiseResult, { type: 'minimised' }>): string {
  const candidates =
    tried === 1 ? vscode.l10n.t('1 schedule tried') : vscode.l10n.t('{0} schedules tried', tried.toLocaleString('en'));
  if (cancelled) return vscode.l10n.t('Stopped: the schedule stays as it was, {0} ({1}).', sized(before), candidates);
  const same = before.preemptions === after.preemptions && before.steps === after.steps;
  if (same)
    return vscode.l10n.t(
      'Nothing smaller shows it: the schedule stays as it was, {0} ({1}).',
      sized(before),
      candidates,
    );
  return vscode.l10n.t('The schedule has {0} now; it had {1} ({2}).', sized(after), sized(before), candidates);
}

/** `1 preemption and 24 steps`. */
function sized({ preemptions, steps }: ScheduleSize): string {
  return vscode.l10n.t('{0} and {1}', preemptionsOf(preemptions), stepsOf(steps));
}

function preemptionsOf(count: number): string {
  if (count === 0) return vscode.l10n.t('no preemptions');
  return count === 1 ? vscode.l10n.t('1 preemption') : vscode.l10n.t('{0} preemptions', count.toLocaleString('en'));
}

function stepsOf(count: number): string {
  if (count === 0) return vscode.l10n.t('no steps');
  return count === 1 ? vscode.l10n.t('1 step') : vscode.l10n.t('{0} steps', count.toLocaleString('en'));
}
