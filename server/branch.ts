/** lockstep/whatIf and lockstep/passing: runs of a finding's test in another order, for its trace page. */
import type { CancellationToken } from 'vscode-languageserver/node';
import { type Branch, branch, passing } from '../engine/replay/branch';
import type { StoredTestOptions } from '../engine/replay/stored-test';
import type { Attempt } from '../engine/system/attempt';
import {
  type BranchResult,
  PASSING,
  type PassingParams,
  PROGRESS,
  type ProgressParams,
  WHAT_IF,
  type WhatIfParams,
} from '../protocol/messages';
import { uriOf } from './modules';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { count, fields, findingReference, optional, text } from './shapes';
import { onStored } from './stored';
import { say, t } from './words';

const RUN = fields<PassingParams>({ ...findingReference, token: text });
const OTHER = { ...findingReference, token: text, run: optional(text), step: count, goroutine: text };

export function register(context: ServerContext): void {
  onRequest(context, WHAT_IF, fields<WhatIfParams>(OTHER), (params: WhatIfParams, cancellation) => {
    const { run, step, goroutine } = params;
    return ran(context, params, cancellation, (options) => branch({ ...options, run, step, goroutine }));
  });
  onRequest(context, PASSING, RUN, (params: PassingParams, cancellation) =>
    ran(context, params, cancellation, passing),
  );
}

function ran(
  context: ServerContext,
  params: PassingParams,
  cancellation: CancellationToken,
  run: (options: StoredTestOptions) => Promise<Attempt<Branch>>,
): Promise<BranchResult> {
  const { token } = params;
  const progress: ProgressParams = { token, stage: t`building and running`, schedules: 0, findings: 0, seconds: 0 };
  void context.connection.sendNotification(PROGRESS, progress);
  return onStored(
    context,
    params,
    cancellation,
    run,
    ({ name, trace, kept, outcome, passed, turns }): BranchResult => ({
      type: 'ran',
      run: name,
      uri: uriOf(trace),
      kept,
      outcome: say(outcome),
      passed,
      turns,
    }),
  );
}
