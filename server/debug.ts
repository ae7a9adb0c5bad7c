/** lockstep/debug: builds the test of a stored finding for a debugger, and keeps what that needs until it is done. */
import { randomUUID } from 'node:crypto';
import type { CancellationToken } from 'vscode-languageserver/node';
import { type DebugRun, prepareDebugging } from '../engine/replay/debug';
import {
  DEBUG,
  DEBUG_ENDED,
  type DebugEndedParams,
  type DebugParams,
  type DebugResult,
  PROGRESS,
  type ProgressParams,
} from '../protocol/messages';
import { nameOfKind } from './kind-names';
import { pathOf } from './modules';
import { checked, onRequest } from './requests';
import { notTrusted, type ServerContext } from './server-context';
import { fields, findingReference, text } from './shapes';
import { installationFor } from './stored';
import { say, t } from './words';

const ASKED = fields<DebugParams>({ ...findingReference, token: text });
const ENDED = fields<DebugEndedParams>({ session: text });

export function register(context: ServerContext): void {
  const sessions = new Map<string, DebugRun>();
  onRequest(context, DEBUG, ASKED, (params: DebugParams, cancellation) =>
    prepare(context, sessions, params, cancellation),
  );
  const ended = async ({ session }: DebugEndedParams): Promise<void> => {
    const run = sessions.get(session);
    sessions.delete(session);
    await run?.close();
  };
  context.connection.onNotification(DEBUG_ENDED, checked(DEBUG_ENDED, ENDED, ended));
}

async function prepare(
  context: ServerContext,
  sessions: Map<string, DebugRun>,
  { root, id, token }: DebugParams,
  cancellation: CancellationToken,
): Promise<DebugResult> {
  if (!context.trusted) return { type: 'problem', problem: notTrusted() };
  const moduleDirectory = pathOf(root);
  if (moduleDirectory === undefined || !/^[0-9a-f]+$/.test(id)) {
    return { type: 'problem', problem: t`There is no such finding.` };
  }
  const controller = new AbortController();
  const cancelling = cancellation.onCancellationRequested(() => controller.abort());
  const tell = (stage: string) => {
    const progress: ProgressParams = { token, stage, schedules: 0, findings: 0, seconds: 0 };
    void context.connection.sendNotification(PROGRESS, progress);
  };
  tell(t`building`);
  try {
    const installation = await installationFor(context, moduleDirectory, id);
    const { signal } = controller;
    const attempt = await prepareDebugging({
      installation,
      moduleDirectory,
      finding: id,
      signal,
      onStep: (step) => tell(say(step)),
    });
    if (!attempt.ok) return attempt.cancelled ? { type: 'cancelled' } : { type: 'problem', problem: say(attempt.said) };
    const { finding, delve, program, args, directory, environment, goroutines, notice } = attempt.value;
    const session = randomUUID();
    sessions.set(session, attempt.value);
    return {
      type: 'ready',
      session,
      name: finding.test === undefined ? say(nameOfKind(finding)) : t`${nameOfKind(finding)} in ${finding.test}`,
      delve,
      program,
      args,
      directory,
      environment,
      goroutines,
      ...(notice === undefined ? {} : { notice: say(notice) }),
    };
  } finally {
    cancelling.dispose();
  }
}
