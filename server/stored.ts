/** What every request about a stored finding begins with, and how it ends when nothing comes of it. */
import type { CancellationToken } from 'vscode-languageserver/node';
import type { StoredTestOptions } from '../engine/replay/stored-test';
import type { Attempt } from '../engine/system/attempt';
import type { Installation } from '../engine/system/installation';
import type { FindingReference } from '../protocol/messages';
import { packageFolder } from './finding-place';
import { pathOf } from './modules';
import { notTrusted, type ServerContext } from './server-context';
import { say, t } from './words';

export type Nothing = { type: 'cancelled' } | { type: 'problem'; problem: string };

/** Runs `work`, which runs the user's code, until it ends or the request is cancelled. */
export async function onStored<T, R>(
  context: ServerContext,
  { root, id }: FindingReference,
  cancellation: CancellationToken,
  work: (options: StoredTestOptions) => Promise<Attempt<T>>,
  resultOf: (value: T) => R,
): Promise<R | Nothing> {
  if (!context.trusted) return { type: 'problem', problem: notTrusted() };
  const moduleDirectory = pathOf(root);
  if (moduleDirectory === undefined || !/^[0-9a-f]+$/.test(id)) {
    return { type: 'problem', problem: t`There is no such finding.` };
  }
  const controller = new AbortController();
  const cancelling = cancellation.onCancellationRequested(() => controller.abort());
  try {
    const installation = await installationFor(context, moduleDirectory, id);
    const attempt = await work({ installation, moduleDirectory, finding: id, signal: controller.signal });
    if (attempt.ok) return resultOf(attempt.value);
    return attempt.cancelled ? { type: 'cancelled' } : { type: 'problem', problem: say(attempt.said) };
  } finally {
    cancelling.dispose();
  }
}

/** With what is set where the tests of the finding lie. */
export async function installationFor(
  { findings, installation }: ServerContext,
  module: string,
  id: string,
): Promise<Installation> {
  const finding = findings.find(module, id);
  return installation((finding && (await packageFolder(module, finding))) ?? module);
}

/** The store may have changed: shows what is in it now. */
export async function showStored(context: ServerContext, { root }: FindingReference): Promise<void> {
  const module = pathOf(root);
  if (module !== undefined && (await context.findings.load(module))) await context.diagnostics.refresh();
}
