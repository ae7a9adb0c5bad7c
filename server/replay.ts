/** lockstep/replay: runs the schedule of a stored finding again. */
import type { CancellationToken } from 'vscode-languageserver/node';
import { replay } from '../engine/replay/replay';
import { PROGRESS, type ProgressParams, REPLAY, type ReplayParams, type ReplayResult } from '../protocol/messages';
import { pathOf } from './modules';
import { NOT_TRUSTED, type ServerContext } from './server-context';

export function register(context: ServerContext): void {
  context.connection.onRequest(REPLAY, (params: ReplayParams, cancellation: CancellationToken) =>
    runReplay(context, params, cancellation),
  );
}

async function runReplay(
  context: ServerContext,
  { root, id, times, token }: ReplayParams,
  cancellation: CancellationToken,
): Promise<ReplayResult> {
  if (!context.trusted) return { type: 'problem', problem: NOT_TRUSTED };
  const moduleDirectory = pathOf(root);
  if (moduleDirectory === undefined || !/^[0-9a-f]+$/.test(id)) {
    return { type: 'problem', problem: 'There is no such finding.' };
  }
  const controller = new AbortController();
  const cancelling = cancellation.onCancellationRequested(() => controller.abort());
  const begin = performance.now();
  const say = (stage: string, schedules: number, seconds: number) => {
    const progress: ProgressParams = { token, stage, schedules, findings: 0, seconds, share: schedules / times };
    void context.connection.sendNotification(PROGRESS, progress);
  };
  say('building', 0, 0);
  try {
    const attempt = await replay({
      installation: context.installation(),
      moduleDirectory,
      finding: id,
      times,
      signal: controller.signal,
      onReplay: (done) => say('replaying', done, (performance.now() - begin) / 1000),
    });
    if (!attempt.ok) return attempt.cancelled ? { type: 'cancelled' } : { type: 'problem', problem: attempt.problem };
    const { times: replays, reproduced, divergence, sourceChanged, cancelled } = attempt.value;
    const changed = sourceChanged && reproduced < replays ? 'The code has changed since it was found. ' : '';
    const difference = divergence === undefined ? changed.trim() : `${changed}${divergence.sentence}`;
    return {
      type: 'replayed',
      replays,
      replayed: reproduced,
      cancelled,
      ...(difference === '' ? {} : { difference }),
    };
  } finally {
    cancelling.dispose();
    // A replay writes the newest trace and how often the finding showed.
    if (await context.findings.load(moduleDirectory)) await context.diagnostics.refresh();
  }
}
