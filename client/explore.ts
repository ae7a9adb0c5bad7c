/**
 * "Explore interleavings": runs one test under many schedules and says what came of it.
 * Server capability: lockstep/explore, lockstep/tests. Command: lockstep.explore. View: CodeLens, notification.
 */
import * as vscode from 'vscode';
import {
  EXPLORE,
  type ExploreParams,
  type ExploreResult,
  FINDINGS,
  type FindingSummary,
  type FindingsParams,
  type Suspicion,
  TESTS,
  type TestRange,
  type TestReference,
  type TestsParams,
} from '../protocol/messages';
import { COMMANDS } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';
import { countedFindings, withServerProgress } from './progress';
import { mayRun } from './trust';
import { noteDone } from './walkthrough';

export interface Explored {
  test: TestReference;
  result: ExploreResult;
}
const explored = new vscode.EventEmitter<Explored>();
/** Fires for what commands and CodeLenses have explored. */
export const onExplored = explored.event;

const REPLAY_IT = vscode.l10n.t('Replay');
const OPEN_TRACE = vscode.l10n.t('Open Trace');
const SHOW_OUTPUT = vscode.l10n.t('Show Output');

export function activate(context: LockstepContext): void {
  context.extension.subscriptions.push(
    explored,
    vscode.commands.registerCommand(COMMANDS.explore, (argument: unknown) => explore(context, argument)),
    vscode.commands.registerCommand(COMMANDS.tryToShow, (argument: unknown) => tryToShow(context, argument)),
  );
}

/** What came of trying, and after how many interleavings. */
export interface Tried {
  shown: boolean;
  interleavings: number;
}

/** Explores the tests that may get to a suspicion, until one of them shows it or all have been tried. */
async function tryToShow(context: LockstepContext, argument: unknown): Promise<Tried | undefined> {
  if (!mayRun() || !isSuspicion(argument) || !(await saveGoFiles())) return undefined;
  let runs = 0;
  const tried: string[] = [];
  for (const test of argument.tests) {
    const result = await runExploration(context, test);
    if (result.type === 'cancelled') return undefined;
    if (result.type === 'problem') {
      context.output.error(`${test.test}: ${result.problem}`);
      continue;
    }
    runs += result.report.schedules;
    tried.push(test.test);
    const shown = await shownAt(context, argument);
    if (shown.length > 0) {
      void offer(shown[0]!, shown.length);
      return { shown: true, interleavings: runs };
    }
    if (result.cancelled) break;
  }
  const what =
    tried.length === 0
      ? vscode.l10n.t('None of the tests that may get there could be explored; the output says why.')
      : vscode.l10n.t(
          '{0} interleavings of {1} did not show it: {2}',
          runs.toLocaleString('en'),
          tried.join(', '),
          argument.message,
        );
  void vscode.window.showInformationMessage(what);
  return { shown: false, interleavings: runs };
}

/** Confirmed findings that a place of the suspicion takes part in, those of its first place first. */
async function shownAt({ server }: LockstepContext, { sites }: Suspicion): Promise<FindingSummary[]> {
  const found = new Map<string, FindingSummary>();
  for (const { uri, line } of sites) {
    const params: FindingsParams = { at: { uri, position: { line, character: 0 } } };
    for (const finding of await server.sendRequest<FindingSummary[]>(FINDINGS, params)) {
      if (finding.verdict === 'confirmed') found.set(`${finding.root} ${finding.id}`, finding);
    }
  }
  return [...found.values()];
}

function isSuspicion(value: unknown): value is Suspicion {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sites' in value &&
    Array.isArray(value.sites) &&
    value.sites.every((site: unknown) => isSite(site)) &&
    'message' in value &&
    typeof value.message === 'string' &&
    'tests' in value &&
    Array.isArray(value.tests) &&
    value.tests.every(isTestReference)
  );
}

const isSite = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'uri' in value &&
  typeof value.uri === 'string' &&
  'line' in value &&
  typeof value.line === 'number';

async function runExploration(context: LockstepContext, test: TestReference): Promise<ExploreResult> {
  const result = await withServerProgress(
    `Lockstep: ${test.test}`,
    vscode.l10n.t('interleavings'),
    (token, cancellation) => {
      const params: ExploreParams = { ...test, token };
      return context.server.sendRequest<ExploreResult>(EXPLORE, params, cancellation);
    },
  );
  if (result.type === 'explored') noteDone(COMMANDS.explore);
  explored.fire({ test, result });
  return result;
}

/** Gives back the server's answer, or undefined when there was nothing to explore. */
async function explore(context: LockstepContext, argument: unknown): Promise<ExploreResult | undefined> {
  if (!mayRun()) return undefined;
  const test = isTestReference(argument) ? argument : await testAtCursor(context);
  if (test === undefined || !(await saveGoFiles())) return undefined;
  const result = await runExploration(context, test);
  void tell(context, test, result);
  return result;
}

function isTestReference(value: unknown): value is TestReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'uri' in value &&
    typeof value.uri === 'string' &&
    'test' in value &&
    typeof value.test === 'string'
  );
}

/** The test that the cursor is in, otherwise the user's choice among those of the file. */
async function testAtCursor({ server }: LockstepContext): Promise<TestReference | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.languageId !== 'go') {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a Go test file and put the cursor into a test.'));
    return undefined;
  }
  const uri = editor.document.uri.toString();
  const params: TestsParams = { uri };
  const tests = await server.sendRequest<TestRange[]>(TESTS, params);
  const line = editor.selection.active.line;
  const here = tests.find(({ from, to }) => from <= line && line <= to);
  if (here !== undefined) return { uri, test: here.test };
  if (tests.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('This file has no test to explore.'));
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(
    tests.map(({ test }) => test),
    { title: vscode.l10n.t('Explore the interleavings of which test?') },
  );
  return chosen === undefined ? undefined : { uri, test: chosen };
}

/** The Go toolchain reads files, so what is on the screen has to be in them. False when that did not work. */
export async function saveGoFiles(): Promise<boolean> {
  const dirty = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && document.languageId === 'go' && !document.isUntitled,
  );
  for (const document of dirty) {
    if (!(await document.save())) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('{0} could not be saved.', vscode.workspace.asRelativePath(document.uri)),
      );
      return false;
    }
  }
  return true;
}

async function tell({ output }: LockstepContext, test: TestReference, result: ExploreResult): Promise<void> {
  switch (result.type) {
    case 'cancelled':
      return;
    case 'problem': {
      output.error(`${test.test}: ${result.problem}`);
      const answer = await vscode.window.showErrorMessage(`${test.test}: ${result.problem}`, SHOW_OUTPUT);
      if (answer === SHOW_OUTPUT) output.show();
      return;
    }
    case 'explored': {
      const { report, findings } = result;
      output.info(summary(result));
      for (const finding of findings) output.info(`  ${finding.where}: ${finding.message}`);
      for (const place of result.uncontrolled) {
        output.info(`  not controlled: ${place.file}:${place.line}: ${place.reason}`);
      }
      const worst = findings[0];
      if (worst === undefined) {
        const message = report.problem ?? summary(result);
        if (report.problem === undefined) void vscode.window.showInformationMessage(message);
        else void vscode.window.showWarningMessage(`${test.test}: ${message}`);
        return;
      }
      await offer(worst, findings.length);
    }
  }
}

/** `TestFirst: no bug in 4,812 interleavings, 31 of 40 operations reached.` */
export function summary({ report, findings, cancelled }: Extract<ExploreResult, { type: 'explored' }>): string {
  const runs = vscode.l10n.t('{0} interleavings', report.schedules.toLocaleString('en'));
  const coverage = vscode.l10n.t('{0} of {1} operations reached', report.coverage.sitesReached, report.coverage.sites);
  const found = findings.length === 0 ? vscode.l10n.t('no bug') : countedFindings(findings.length);
  const all = report.exhausted
    ? vscode.l10n.t('; all {0} there are explored', report.exhausted.interleavings.toLocaleString('en'))
    : '';
  const early = cancelled ? vscode.l10n.t(' (stopped early)') : '';
  return vscode.l10n.t('{0}: {1} in {2}, {3}{4}{5}.', report.test, found, runs, coverage, early, all);
}

async function offer(finding: FindingSummary, count: number): Promise<void> {
  const more = count > 1 ? vscode.l10n.t(' (and {0} more, see Problems)', count - 1) : '';
  const buttons = [...(finding.replayable ? [REPLAY_IT] : []), ...(finding.hasTrace ? [OPEN_TRACE] : [])];
  const answer = await vscode.window.showWarningMessage(`${finding.message}${more}`, ...buttons);
  const reference = { root: finding.root, id: finding.id };
  if (answer === REPLAY_IT) await vscode.commands.executeCommand(COMMANDS.replay, reference);
  if (answer === OPEN_TRACE) await vscode.commands.executeCommand(COMMANDS.openTrace, reference);
}
