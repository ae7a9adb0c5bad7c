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
import { pathOf, uriOf } from './modules';
import { NOT_TRUSTED, type ServerContext } from './server-context';

export function register(context: ServerContext): void {
  context.connection.onRequest(WHAT_IF, (params: WhatIfParams, cancellation: CancellationToken) => {
    const { run, step, goroutine } = params;
    return ran(context, params, cancellation, (options) => branch({ ...options, run, step, goroutine }));
  });
  context.connection.onRequest(PASSING, (params: PassingParams, cancellation: CancellationToken) =>
    ran(context, params, cancellation, passing),
  );
}

async function ran(
  context: ServerContext,
  { root, id, token }: PassingParams,
  cancellation: CancellationToken,
  run: (options: StoredTestOptions) => Promise<Attempt<Branch>>,
): Promise<BranchResult> {
  if (!context.trusted) return { type: 'problem', problem: NOT_TRUSTED };
  const moduleDirectory = pathOf(root);
  if (moduleDirectory === undefined || !/^[0-9a-f]+$/.test(id)) {
    return { type: 'problem', problem: 'There is no such finding.' };
  }
  const controller = new AbortController();
  const cancelling = cancellation.onCancellationRequested(() => controller.abort());
  const progress: ProgressParams = { token, stage: 'building and running', schedules: 0, findings: 0, seconds: 0 };
  void context.connection.sendNotification(PROGRESS, progress);
  try {
    const installation = context.installation();
    const attempt = await run({ installation, moduleDirectory, finding: id, signal: controller.signal });
    if (!attempt.ok) return attempt.cancelled ? { type: 'cancelled' } : { type: 'problem', problem: attempt.problem };
    const { name, trace, kept, outcome, passed, turns } = attempt.value;
    return { type: 'ran', run: name, uri: uriOf(trace), kept, outcome, passed, turns };
  } finally {
    cancelling.dispose();
  }
}
