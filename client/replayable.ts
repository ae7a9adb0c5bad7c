/** What replaying, minimising and debugging begin with: a finding that has a schedule, and the server at work on it. */
import * as vscode from 'vscode';
import type { FindingReference } from '../protocol/messages';
import type { Nothing } from './answer';
import { resolveFinding } from './findings';
import type { LockstepContext } from './lockstep-context';
import { withServerProgress } from './progress';
import { mayRun } from './trust';

export interface Words {
  /** Of the notification while the server works. */
  title: string;
  /** What the server counts meanwhile. */
  unit: string;
  /** Said where there is no such finding. */
  nothing: string;
}

export interface Answered<R> {
  finding: FindingReference;
  result: R;
}

/** Undefined where nothing of the workspace may run, or no finding was chosen. A problem has been told already. */
export async function askAboutReplayable<R extends { type: string }>(
  context: LockstepContext,
  argument: unknown,
  { title, unit, nothing }: Words,
  ask: (about: FindingReference & { token: string }) => { method: string; params: object },
): Promise<Answered<R | Nothing> | undefined> {
  if (!mayRun()) return undefined;
  const finding = await resolveFinding(context, argument, ({ replayable }) => replayable, nothing);
  if (finding === undefined) return undefined;
  const { root, id } = finding;
  const result = await withServerProgress<R>(title, unit, (token, cancellation) => {
    const { method, params } = ask({ root, id, token });
    return context.server.sendRequest<R>(method, params, cancellation);
  });
  if (isProblem(result)) {
    context.output.error(result.problem);
    void vscode.window.showErrorMessage(result.problem);
  }
  return { finding: { root, id }, result };
}

function isProblem(result: { type: string }): result is Extract<Nothing, { type: 'problem' }> {
  return result.type === 'problem';
}
