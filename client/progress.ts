/**
 * Progress of explorations and replays, by the token of the request that they belong to.
 * Server capability: lockstep/progress. Command: none. View: the progress notification, the status bar.
 */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { PROGRESS, type ProgressParams } from '../protocol/messages';
import { type Nothing, orNothing } from './answer';
import type { LockstepContext } from './lockstep-context';

const listeners = new Map<string, (progress: ProgressParams) => void>();
const started = new vscode.EventEmitter<ProgressParams | undefined>();

/** Fires for all work: its progress, and undefined when the last of it has ended. */
export const onProgress = started.event;

export function activate({ extension, server }: LockstepContext): void {
  extension.subscriptions.push(started);
  server.onNotification(PROGRESS, (progress: ProgressParams) => {
    const listener = listeners.get(progress.token);
    if (listener === undefined) return;
    listener(progress);
    started.fire(progress);
  });
}

/** Work under a token of its own, whose progress `listener` is told. */
export async function withToken<T>(
  listener: (progress: ProgressParams) => void,
  work: (token: string) => Promise<T>,
): Promise<T> {
  const token = randomUUID();
  listeners.set(token, listener);
  try {
    return await work(token);
  } finally {
    listeners.delete(token);
    if (listeners.size === 0) started.fire(undefined);
  }
}

/**
 * Shows a cancellable notification while `work` runs and says in it how far the server is. Work that the server does not
 * come to an end with has come to nothing, which its results can say.
 */
export async function withServerProgress<T>(
  title: string,
  unit: string,
  work: (token: string, cancellation: vscode.CancellationToken) => Promise<T | Nothing>,
): Promise<T | Nothing> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, async (view, cancellation) => {
    let shown = 0;
    const report = (progress: ProgressParams): void => {
      const percent = (progress.share ?? 0) * 100;
      const increment = Math.max(0, percent - shown);
      shown += increment;
      view.report({ message: describeProgress(progress, unit), increment });
    };
    return orNothing(withToken(report, (token) => work(token, cancellation)));
  });
}

/** `1 finding`, `2 findings`. */
export function countedFindings(count: number): string {
  return count === 1 ? vscode.l10n.t('1 finding') : vscode.l10n.t('{0} findings', count);
}

/** `exploring: 1,204 interleavings, 812/s, 1 finding`. */
export function describeProgress({ stage, schedules, seconds, findings }: ProgressParams, unit: string): string {
  if (schedules === 0) return stage;
  const parts = [`${stage}: ${schedules.toLocaleString('en')} ${unit}`];
  if (seconds > 0.5) parts.push(vscode.l10n.t('{0}/s', Math.round(schedules / seconds).toLocaleString('en')));
  if (findings > 0) parts.push(countedFindings(findings));
  return parts.join(', ');
}
