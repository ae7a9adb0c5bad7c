/**
 * The Test Explorer: tests and the subtests that are written down, explored with or without Go's race detector, once or
 * whenever a file of their package is saved. No file is looked into before somebody looks at the explorer or opens it.
 * Server capability: lockstep/tests, lockstep/explore. Command: those of the Test Explorer. View: the Test Explorer.
 */
import * as vscode from 'vscode';
import {
  EXPLORE,
  type ExploreParams,
  type ExploreResult,
  TESTS,
  type TestRange,
  type TestsParams,
} from '../protocol/messages';
import { COMMANDS, type RaceMode } from '../protocol/settings';
import { type Explored, onExplored, saveGoFiles } from './explore';
import type { LockstepContext } from './lockstep-context';
import { withToken } from './progress';
import { TestOutcome } from './test-outcome';
import { mayRun } from './trust';
import { noteDone } from './walkthrough';

/** What the go command passes over. */
const PASSED_OVER = '**/{vendor,testdata,node_modules,.git}/**';

export interface TestExplorer {
  controller: vscode.TestController;
  profiles: vscode.TestRunProfile[];
}

export function activate(context: LockstepContext): TestExplorer {
  const controller = vscode.tests.createTestController('lockstep', 'Lockstep');
  const tests = new Tests(context, controller);
  controller.resolveHandler = (item) => (item === undefined ? tests.findFiles() : tests.readFile(item));
  controller.refreshHandler = () => tests.findFiles();
  const profile = (name: string, race: RaceMode | undefined, isDefault: boolean): vscode.TestRunProfile => {
    const handler = (request: vscode.TestRunRequest, cancellation: vscode.CancellationToken) =>
      tests.run(request, cancellation, race);
    return controller.createRunProfile(name, vscode.TestRunProfileKind.Run, handler, isDefault, undefined, true);
  };
  const profiles = [
    profile(vscode.l10n.t('Explore interleavings'), undefined, true),
    profile(vscode.l10n.t('Explore interleavings with race detector'), 'on', false),
  ];

  const watcher = vscode.workspace.createFileSystemWatcher('**/*_test.go');
  const isTestFile = ({ uri, languageId }: vscode.TextDocument): boolean =>
    languageId === 'go' && uri.scheme === 'file' && uri.path.endsWith('_test.go');
  const opened = (document: vscode.TextDocument): void => {
    if (isTestFile(document) && context.server.isRunning()) void tests.readFile(tests.file(document.uri));
  };
  context.extension.subscriptions.push(
    controller,
    watcher,
    watcher.onDidDelete((uri) => controller.items.delete(uri.toString())),
    watcher.onDidCreate((uri) => tests.searched && void tests.readFile(tests.file(uri))),
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.workspace.onDidSaveTextDocument(opened),
    context.server.onDidChangeState(() => {
      if (context.server.isRunning()) vscode.workspace.textDocuments.forEach(opened);
    }),
    onExplored((what) => tests.show(what)),
  );
  return { controller, profiles };
}

class Tests {
  /** All test files of the workspace are items. */
  searched = false;

  constructor(
    private readonly context: LockstepContext,
    private readonly controller: vscode.TestController,
  ) {}

  async findFiles(): Promise<void> {
    const uris = await vscode.workspace.findFiles('**/*_test.go', PASSED_OVER);
    this.searched = true;
    const known = new Set(uris.map((uri) => uri.toString()));
    for (const [id] of this.controller.items) if (!known.has(id)) this.controller.items.delete(id);
    for (const uri of uris) this.file(uri);
  }

  file(uri: vscode.Uri): vscode.TestItem {
    const known = this.controller.items.get(uri.toString());
    if (known !== undefined) return known;
    const item = this.controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
    item.canResolveChildren = true;
    this.controller.items.add(item);
    return item;
  }

  /** Items of the tests of a file; a file without any goes. */
  async readFile(item: vscode.TestItem): Promise<void> {
    const { uri } = item;
    if (uri === undefined || item.parent !== undefined) return;
    const params: TestsParams = { uri: uri.toString() };
    const tests = await this.context.server.sendRequest<TestRange[]>(TESTS, params);
    item.children.replace(tests.map((test) => this.item(uri, test, item.children.get(test.test))));
    if (tests.length === 0) this.controller.items.delete(item.id);
    else if (this.controller.items.get(item.id) === undefined) this.controller.items.add(item);
  }

  /** Subtests that only a run has shown stay. */
  private item(
    uri: vscode.Uri,
    { test, from, to, subtests = [] }: TestRange,
    known?: vscode.TestItem,
  ): vscode.TestItem {
    const item = known ?? this.controller.createTestItem(test, test.slice(test.lastIndexOf('/') + 1), uri);
    item.range = new vscode.Range(from, 0, to, 0);
    for (const subtest of subtests) item.children.add(this.item(uri, subtest, item.children.get(subtest.test)));
    return item;
  }

  async run(
    request: vscode.TestRunRequest,
    cancellation: vscode.CancellationToken,
    race: RaceMode | undefined,
  ): Promise<void> {
    if (!mayRun()) return;
    await this.runOnce(request, cancellation, race);
    if (request.continuous !== true) return;
    let again: Promise<void> = Promise.resolve();
    const saving = vscode.workspace.onDidSaveTextDocument(({ uri, languageId }) => {
      if (languageId !== 'go') return;
      // One after the other: a run of what was saved last comes last.
      again = again.then(async () => {
        const own = (await this.requested(request)).filter((item) => isBeside(item.uri, uri));
        if (own.length === 0 || cancellation.isCancellationRequested) return;
        const narrowed = new vscode.TestRunRequest(own, undefined, request.profile, true, true);
        await this.runOnce(narrowed, cancellation, race);
      });
    });
    cancellation.onCancellationRequested(() => saving.dispose());
  }

  private async runOnce(
    request: vscode.TestRunRequest,
    cancellation: vscode.CancellationToken,
    race: RaceMode | undefined,
  ): Promise<void> {
    if (!(await saveGoFiles())) return;
    const items = await this.requested(request);
    const run = this.controller.createTestRun(request);
    for (const item of items) run.enqueued(item);
    for (const item of items) {
      if (cancellation.isCancellationRequested || run.token.isCancellationRequested) run.skipped(item);
      else await this.explore(run, item, race, cancellation);
    }
    run.end();
  }

  /** Tests are explored whole: what is asked of a subtest is asked of its test. */
  private async requested({ include, exclude }: vscode.TestRunRequest): Promise<vscode.TestItem[]> {
    if (include === undefined) await this.findFiles();
    const asked = include ?? [...this.controller.items].map(([, item]) => item);
    const tests = new Set<vscode.TestItem>();
    for (const item of asked) {
      if (item.parent === undefined) {
        if (item.children.size === 0) await this.readFile(item);
        for (const [, test] of item.children) tests.add(test);
      } else tests.add(testOf(item));
    }
    return [...tests].filter((test) => !exclude?.some((one) => one === test || one === test.parent));
  }

  private async explore(
    run: vscode.TestRun,
    item: vscode.TestItem,
    race: RaceMode | undefined,
    cancellation: vscode.CancellationToken,
  ): Promise<void> {
    if (item.uri === undefined) return;
    // One run can be ended, or all that was asked for.
    const ending = new vscode.CancellationTokenSource();
    const links = [run.token, cancellation].map((token) => token.onCancellationRequested(() => ending.cancel()));
    const outcome = new TestOutcome(run, this.controller, item);
    outcome.begin();
    const uri = item.uri.toString();
    try {
      const result = await withToken(
        (progress) => outcome.progress(progress),
        (token) => {
          const params: ExploreParams = { uri, test: item.id, token, ...(race === undefined ? {} : { race }) };
          return this.context.server.sendRequest<ExploreResult>(EXPLORE, params, ending.token);
        },
      );
      if (result.type === 'explored') noteDone(COMMANDS.explore);
      outcome.end(result);
    } catch (error) {
      // The server is gone or cannot answer: this test has no result, the next may have one.
      outcome.end({ type: 'problem', problem: error instanceof Error ? error.message : String(error) });
    } finally {
      for (const link of links) link.dispose();
      ending.dispose();
    }
  }

  /** What was explored elsewhere is the state of the test as well. */
  show({ test: { uri, test }, result }: Explored): void {
    const item = this.controller.items.get(uri)?.children.get(test);
    if (item === undefined) return;
    const run = this.controller.createTestRun(
      new vscode.TestRunRequest([item], undefined, undefined, false, true),
      undefined,
      true,
    );
    const outcome = new TestOutcome(run, this.controller, item);
    outcome.begin();
    outcome.end(result);
    run.end();
  }
}

function testOf(item: vscode.TestItem): vscode.TestItem {
  let at = item;
  while (at.parent?.parent !== undefined) at = at.parent;
  return at;
}

const folderOf = ({ path }: vscode.Uri): string => path.slice(0, path.lastIndexOf('/'));

/** In one folder: a package, and its tests. */
const isBeside = (one: vscode.Uri | undefined, other: vscode.Uri): boolean =>
  one !== undefined && folderOf(one) === folderOf(other);
