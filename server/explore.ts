/** lockstep/explore: runs a test under many schedules; what it finds shows as soon as it is known. */
import { dirname } from 'node:path';
import type { CancellationToken } from 'vscode-languageserver/node';
import { type ExploreProgress, explore } from '../engine/explore/explore';
import {
  EXPLORE,
  type ExploreParams,
  type ExploreResult,
  type FindingSummary,
  PROGRESS,
  type ProgressParams,
} from '../protocol/messages';
import { RACE_MODES, type Settings } from '../protocol/settings';
import { moduleRootOf, pathOf, relativeTo } from './modules';
import { onRequest } from './requests';
import { notTrusted, type ServerContext } from './server-context';
import { fields, oneOf, optional, text } from './shapes';
import { bySeverity, summaryOf } from './summary';
import { textOfTest } from './tests';
import { say, speaker, t } from './words';

const ASKED = fields<ExploreParams>({ uri: text, test: text, token: text, race: optional(oneOf(RACE_MODES)) });

export function register(context: ServerContext): void {
  onRequest(context, EXPLORE, ASKED, (params: ExploreParams, cancellation) =>
    runExploration(context, params, cancellation),
  );
}

async function runExploration(
  context: ServerContext,
  { uri, test, token, race }: ExploreParams,
  cancellation: CancellationToken,
): Promise<ExploreResult> {
  if (!context.trusted) return { type: 'problem', problem: notTrusted() };
  const file = pathOf(uri);
  const root = file === undefined ? undefined : moduleRootOf(file);
  if (file === undefined || root === undefined) {
    return { type: 'problem', problem: t`The test is not in a Go module: there is no go.mod above its file.` };
  }
  const settings = context.settings.at(file);
  const { exploreSeconds, exploreSchedules, exploreStrategy, exploreRace, exploreWorkers } = settings;
  const { exploreDependencies } = settings;
  const testText = textOfTest(context, uri, test);
  const controller = context.explorations.begin(uri, test);
  const cancelling = cancellation.onCancellationRequested(() => controller.abort());
  const show = () => refresh(context, root);
  context.refreshShown();
  try {
    const attempt = await explore({
      installation: context.installation(file),
      directory: root,
      patterns: [`./${relativeTo(root, dirname(file))}`],
      run: `^${test}$`,
      budgetSeconds: exploreSeconds,
      ...(exploreSchedules > 0 ? { schedules: exploreSchedules } : {}),
      ...(exploreWorkers > 0 ? { workers: exploreWorkers } : {}),
      ...(exploreDependencies.length > 0 ? { dependencies: exploreDependencies.join(',') } : {}),
      strategy: exploreStrategy,
      race: race ?? exploreRace,
      signal: controller.signal,
      onNotice: (sentence) => context.connection.console.warn(sentence),
      onProgress: progressSender(context, token, settings),
      onFinding: () => void show(),
    });
    if (!attempt.ok) {
      return attempt.cancelled ? { type: 'cancelled' } : { type: 'problem', problem: say(attempt.said) };
    }
    const { document, cancelled, phrases } = attempt.value;
    const own = speaker(phrases);
    const found = document.tests.find((one) => one.test === test);
    if (found === undefined) {
      if (cancelled) return { type: 'cancelled' };
      const [problem] = document.problems;
      return {
        type: 'problem',
        problem: problem === undefined ? t`${test} was not found by the Go toolchain.` : own(problem),
      };
    }
    const report = found.problem === undefined ? found : { ...found, problem: own(found.problem) };
    const findings: FindingSummary[] = document.findings.sort(bySeverity).map((finding) => summaryOf(root, finding));
    context.explorations.end(uri, test, controller, { report, findings: findings.length, cancelled, testText });
    const { uncontrolled } = report;
    return { type: 'explored', report, root, findings, uncontrolled, cancelled };
  } finally {
    context.explorations.end(uri, test, controller, undefined);
    cancelling.dispose();
    await show();
    context.refreshShown();
  }
}

async function refresh({ findings, diagnostics }: ServerContext, root: string): Promise<void> {
  if (await findings.load(root)) await diagnostics.refresh();
}

/** Turns the engine's progress into ours. */
function progressSender(
  { connection }: ServerContext,
  token: string,
  { exploreSeconds, exploreSchedules }: Settings,
): (progress: ExploreProgress) => void {
  let begin: number | undefined;
  return (progress) => {
    void connection.sendNotification(PROGRESS, paramsOf(progress));
  };

  function paramsOf(progress: ExploreProgress): ProgressParams {
    switch (progress.stage) {
      case 'build':
        return { token, stage: say(progress.step), schedules: 0, findings: 0, seconds: 0 };
      case 'explore': {
        begin ??= performance.now();
        const { schedules, findings, schedulesPerSecond } = progress;
        const seconds = schedulesPerSecond > 0 ? schedules / schedulesPerSecond : 0;
        const spent = (performance.now() - begin) / 1000 / exploreSeconds;
        const done = exploreSchedules > 0 ? schedules / exploreSchedules : 0;
        const share = Math.min(1, Math.max(spent, done));
        return { token, stage: t`exploring`, schedules, findings, seconds, share };
      }
    }
  }
}
