/** lockstep/replay: runs the schedule of a stored finding again. */
import type { CancellationToken } from 'vscode-languageserver/node';
import { type ReplayResult as EngineResult, replay } from '../engine/replay/replay';
import { PROGRESS, type ProgressParams, REPLAY, type ReplayParams, type ReplayResult } from '../protocol/messages';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { count, fields, findingReference, text } from './shapes';
import { onStored, showStored } from './stored';
import { say, t } from './words';

const ASKED = fields<ReplayParams>({ ...findingReference, times: count, token: text });

export function register(context: ServerContext): void {
  onRequest(context, REPLAY, ASKED, (params: ReplayParams, cancellation) => runReplay(context, params, cancellation));
}

async function runReplay(
  context: ServerContext,
  params: ReplayParams,
  cancellation: CancellationToken,
): Promise<ReplayResult> {
  const { times, token } = params;
  const begin = performance.now();
  const tell = (stage: string, schedules: number, seconds: number) => {
    const progress: ProgressParams = { token, stage, schedules, findings: 0, seconds, share: schedules / times };
    void context.connection.sendNotification(PROGRESS, progress);
  };
  tell(t`building`, 0, 0);
  const onReplay = (done: number) => tell(t`replaying`, done, (performance.now() - begin) / 1000);
  try {
    return await onStored(
      context,
      params,
      cancellation,
      (options) => replay({ ...options, times, onReplay }),
      resultOf,
    );
  } finally {
    // A replay writes the newest trace and how often the finding showed.
    await showStored(context, params);
  }
}

function resultOf({ times, reproduced, divergence, sourceChanged, cancelled }: EngineResult): ReplayResult {
  const changed = sourceChanged && reproduced < times ? `${t`The code has changed since it was found.`} ` : '';
  const difference = divergence === undefined ? changed.trim() : `${changed}${say(divergence.sentence)}`;
  return {
    type: 'replayed',
    replays: times,
    replayed: reproduced,
    cancelled,
    ...(difference === '' ? {} : { difference }),
  };
}
