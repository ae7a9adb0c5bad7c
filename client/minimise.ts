/**
 * "Lockstep: Minimise": looks for a schedule of a finding with fewer preemptions, or fewer steps, and says what became
 * of it.
 * Server capability: lockstep/minimise. Command: lockstep.minimise. View: menu of lockstep.findings.
 */
import * as vscode from 'vscode';
import { MINIMISE, type MinimiseParams, type MinimiseResult, type ScheduleSize } from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import { resolveFinding } from './findings';
import type { LockstepContext } from './lockstep-context';
import { withServerProgress } from './progress';
import { mayRun } from './trust';

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.minimise, (argument: unknown) => minimise(context, argument)),
  );
}

async function minimise(context: LockstepContext, argument: unknown): Promise<MinimiseResult | undefined> {
  if (!mayRun()) return undefined;
  const nothing = 'No finding has a schedule yet. Explore a test first.';
  const finding = await resolveFinding(context, argument, ({ replayable }) => replayable, nothing);
  if (finding === undefined) return undefined;
  const result = await withServerProgress('Lockstep: minimise', 'schedules', (token, cancellation) => {
    const params: MinimiseParams = { ...finding, token };
    return context.client.sendRequest<MinimiseResult>(MINIMISE, params, cancellation);
  });
  tell(context, result);
  return result;
}

function tell({ output }: LockstepContext, result: MinimiseResult): void {
  switch (result.type) {
    case 'cancelled':
      return;
    case 'problem':
      output.error(result.problem);
      void vscode.window.showErrorMessage(result.problem);
      return;
    case 'minimised': {
      const sentence = sentenceOf(result);
      output.info(`minimised: ${sentence}`);
      void vscode.window.showInformationMessage(sentence);
    }
  }
}

function sentenceOf({ before, after, tried, cancelled }: Extract<MinimiseResult, { type: 'minimised' }>): string {
  const candidates = `${tried.toLocaleString('en')} ${tried === 1 ? 'schedule' : 'schedules'} tried`;
  if (cancelled) return `Stopped: the schedule stays as it was, ${sized(before)} (${candidates}).`;
  const same = before.preemptions === after.preemptions && before.steps === after.steps;
  if (same) return `Nothing smaller shows it: the schedule stays as it was, ${sized(before)} (${candidates}).`;
  return `The schedule has ${sized(after)} now; it had ${sized(before)} (${candidates}).`;
}

/** `1 preemption and 24 steps`. */
function sized({ preemptions, steps }: ScheduleSize): string {
  const counted = (count: number, noun: string) =>
    `${count === 0 ? 'no' : count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
  return `${counted(preemptions, 'preemption')} and ${counted(steps, 'step')}`;
}
