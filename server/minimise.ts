/** lockstep/minimise: looks for a smaller schedule that shows a stored finding. */
import type { CancellationToken } from 'vscode-languageserver/node';
import { minimise } from '../engine/replay/minimise';
import {
  MINIMISE,
  type MinimiseParams,
  type MinimiseResult,
  PROGRESS,
  type ProgressParams,
} from '../protocol/messages';
import { MINIMISE_SECONDS } from '../protocol/settings';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { fields, findingReference, text } from './shapes';
import { onStored, showStored } from './stored';
import { t } from './words';

const ASKED = fields<MinimiseParams>({ ...findingReference, token: text });

export function register(context: ServerContext): void {
  onRequest(context, MINIMISE, ASKED, (params: MinimiseParams, cancellation) =>
    runMinimise(context, params, cancellation),
  );
}

async function runMinimise(
  context: ServerContext,
  params: MinimiseParams,
  cancellation: CancellationToken,
): Promise<MinimiseResult> {
  const begin = performance.now();
  const say = (stage: string, schedules: number): void => {
    const seconds = schedules === 0 ? 0 : (performance.now() - begin) / 1000;
    const progress: ProgressParams = { token: params.token, stage, schedules, findings: 0, seconds };
    void context.connection.sendNotification(PROGRESS, progress);
  };
  say(t`building`, 0);
  try {
    return await onStored(
      context,
      params,
      cancellation,
      (options) =>
        minimise({
          ...options,
          seconds: MINIMISE_SECONDS,
          replays: context.settings.of(params.root).replayTimes,
          onTried: (candidates) => say(t`minimising`, candidates),
        }),
      ({ before, after, tried, cancelled }): MinimiseResult => ({
        type: 'minimised',
        before,
        after,
        tried,
        cancelled,
      }),
    );
  } finally {
    await showStored(context, params);
  }
}
