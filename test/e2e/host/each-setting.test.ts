// Settings and commands that no other suite is about: each does what its description says, as soon as it is changed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';
import type { ExploreResult } from '../../../protocol/messages';
import { closeAll, eventually, fileUri, hoverText, lenses, open } from './editor';
import { languageServers } from './processes';

const TEST_FILE = 'podstatus/podstatus_test.go';
const TEST = 'TestFixedSetPodStatus';

type Explored = Extract<ExploreResult, { type: 'explored' }>;

describe('each setting', () => {
  const changed = new Set<string>();
  const set = async (key: string, value: unknown): Promise<void> => {
    changed.add(key);
    await vscode.workspace.getConfiguration('lockstep').update(key, value, vscode.ConfigurationTarget.Workspace);
  };
  const explore = (file = TEST_FILE, test = TEST): Thenable<ExploreResult> =>
    vscode.commands.executeCommand<ExploreResult>('lockstep.explore', { uri: fileUri(file).toString(), test });
  const explored = async (file?: string, test?: string): Promise<Explored> => {
    const result = await explore(file, test);
    assert.ok(result.type === 'explored', JSON.stringify(result));
    return result;
  };
  /** Files of the store, read. */
  async function stored(folder: string): Promise<Record<string, unknown>[]> {
    const uri = fileUri(`.lockstep/${folder}`);
    const names = (await vscode.workspace.fs.readDirectory(uri)).map(([name]) => name);
    const texts = names.map((name) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(uri, name)));
    return (await Promise.all(texts)).map((text) => JSON.parse(new TextDecoder().decode(text)));
  }
  const forget = () =>
    vscode.workspace.fs.delete(fileUri('.lockstep/progress'), { recursive: true }).then(
      () => undefined,
      () => undefined,
    );

  before(() => open(TEST_FILE));
  afterEach(async () => {
    for (const key of changed) await set(key, undefined);
    changed.clear();
  });
  after(closeAll);

  it('lockstep.codeLens.enabled', async () => {
    const shown = async () => (await lenses(fileUri(TEST_FILE))).some(({ title }) => title === 'Explore interleavings');
    await eventually(async () => ((await shown()) ? true : undefined));
    await set('codeLens.enabled', false);
    await eventually(async () => ((await shown()) ? undefined : true));
    await set('codeLens.enabled', true);
    await eventually(async () => ((await shown()) ? true : undefined));
  });

  it('lockstep.hover.enabled', async () => {
    const source = fileUri('podstatus/podstatus.go');
    const shown = async () => (await hoverText(source, 45, 20)).includes('What happens next');
    await open('podstatus/podstatus.go');
    await eventually(async () => ((await shown()) ? true : undefined));
    await set('hover.enabled', false);
    await eventually(async () => ((await shown()) ? undefined : true));
    await set('hover.enabled', true);
    await eventually(async () => ((await shown()) ? true : undefined));
  });

  it('lockstep.model.endpoint, lockstep.model.name', async () => {
    const asked: string[] = [];
    const model = createServer(async (request, response) => {
      const parts: string[] = [];
      for await (const part of request.setEncoding('utf8')) parts.push(part);
      asked.push(JSON.parse(parts.join('')).model);
      const top_logprobs = [{ token: 'Block', logprob: Math.log(0.9) }];
      response.end(JSON.stringify({ choices: [{ text: '', logprobs: { content: [{ top_logprobs }] } }] }));
    });
    await once(model.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
    const here = (key: string, value: unknown, target = vscode.ConfigurationTarget.Global) =>
      vscode.workspace.getConfiguration('lockstep').update(key, value, target);
    const source = fileUri('podstatus/podstatus.go');
    const says = async () => (await hoverText(source, 45, 20)).includes('a-model says');
    try {
      await open('podstatus/podstatus.go');
      // The code of a workspace is not sent where the workspace says.
      await assert.rejects(async () => here('model.endpoint', endpoint, vscode.ConfigurationTarget.Workspace));
      assert.equal(await says(), false);
      await here('model.name', 'a-model');
      await here('model.endpoint', endpoint);
      await eventually(async () => ((await says()) ? true : undefined));
      assert.deepEqual([...new Set(asked)], ['a-model']);
      await here('model.endpoint', undefined);
      await eventually(async () => ((await says()) ? undefined : true));
    } finally {
      for (const key of ['model.endpoint', 'model.name']) await here(key, undefined);
      model.close();
    }
  });

  it('lockstep.go.path', async () => {
    const missing = fileUri('nowhere/go').fsPath;
    await set('go.path', missing);
    const result = await explore();
    assert.deepEqual(result, {
      type: 'problem',
      problem: `There is no go command at ${missing}; correct the setting, or leave it empty to use the PATH.`,
    });
  });

  it('lockstep.explore.strategy, lockstep.explore.workers, lockstep.explore.schedules', async () => {
    for (const [strategy, workers, schedules] of [
      ['pct', 1, 60],
      ['random', 2, 40],
    ] as const) {
      await forget();
      await set('explore.strategy', strategy);
      await set('explore.workers', workers);
      await set('explore.schedules', schedules);
      const { report } = await explored();
      assert.equal(report.schedules, schedules);
      const [progress, ...others] = await stored('progress');
      assert.deepEqual(others, []);
      assert.equal(progress?.strategy, strategy);
      assert.ok(Array.isArray(progress?.workers));
      assert.equal(progress.workers.length, workers);
    }
  });

  it('lockstep.explore.race', async function () {
    // Go's standard library may have to be built for the race detector first.
    this.timeout(240_000);
    await set('explore.schedules', 20);
    const told = async (): Promise<boolean> => {
      const { findings } = await explored('counter/counter_test.go', 'TestViews');
      const ids = findings.filter(({ kind }) => kind === 'data-race').map(({ id }) => id);
      assert.ok(ids.length > 0);
      const all = (await stored('findings')).filter(({ id }) => ids.includes(String(id)));
      return JSON.stringify(all).includes("Go's race detector reports the same two accesses");
    };
    await set('explore.race', 'off');
    assert.equal(await told(), false);
    await set('explore.race', 'on');
    assert.equal(await told(), true);
  });
});

describe('commands about the extension itself', () => {
  before(() => open(TEST_FILE));
  after(closeAll);

  it('lockstep.showOutput opens the log', async () => {
    await vscode.commands.executeCommand('lockstep.showOutput');
    await eventually(() =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'output' && /lockstep/i.test(uri.path)),
    );
    await vscode.commands.executeCommand('workbench.action.closePanel');
  });

  it('lockstep.restartServer starts another server, which knows the open files', async () => {
    const uri = fileUri(TEST_FILE);
    const server = () => languageServers().map(({ pid }) => pid)[0];
    const before = await eventually(server);
    await vscode.commands.executeCommand('lockstep.restartServer');
    await eventually(() => (server() === before ? undefined : server()));
    await eventually(async () => ((await lenses(uri)).length > 0 ? true : undefined));
  });
});
