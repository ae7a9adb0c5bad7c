// Hovers ask the user's language model too: where one is named for the window, in a trusted workspace, on this machine.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HoverRequest, LogMessageNotification, type LogMessageParams } from 'vscode-languageserver/node';
import { SETTINGS_CHANGED, TRUST_GRANTED } from '../../../protocol/messages';
import type { Settings } from '../../../protocol/settings';
import { LanguageModel } from '../../language-model';
import { type LanguageServer, settingsByFolder, startLanguageServer } from './language-server';

const FILE = 'podstatus/podstatus.go';

describe('a hover, where a language model is named', function () {
  this.timeout(120_000);
  const models: LanguageModel[] = [];
  let server: LanguageServer;
  const logged: string[] = [];
  const serve = async (form: string): Promise<LanguageModel> => {
    const model = await LanguageModel.start(form);
    models.push(model);
    return model;
  };
  before(async () => {
    server = await startLanguageServer();
    server.connection.onNotification(LogMessageNotification.method, ({ message }: LogMessageParams) => {
      logged.push(message);
    });
    await server.open(FILE, readFileSync(path.join(server.workspace, FILE), 'utf8'));
  });
  after(() => Promise.all([server?.stop(), ...models.map((model) => model.stop())]));

  const hover = async (): Promise<string> => {
    const position = { line: 44, character: 4 };
    const textDocument = { uri: server.uri(FILE) };
    return JSON.stringify(await server.connection.sendRequest(HoverRequest.type, { textDocument, position }));
  };
  /** Hovers until it says that, as a person would who looks again. */
  const until = async (wanted: RegExp): Promise<string> => {
    for (;;) {
      const told = await hover();
      if (wanted.test(told)) return told;
    }
  };
  const set = (window: Partial<Settings>, folders: Record<string, Partial<Settings>> = {}) =>
    server.connection.sendNotification(SETTINGS_CHANGED, settingsByFolder(server.uri, window, folders));
  const OURS = /Go’s scheduler: .*the model, from the code/;

  it('asks nothing while the workspace is not trusted', async () => {
    const model = await serve('completions');
    await set({ modelEndpoint: model.url });
    assert.doesNotMatch(await until(OURS), /tiny-model/);
    assert.deepEqual(await model.asked(), []);
    await server.connection.sendNotification(TRUST_GRANTED);
  });

  it('says beside ours what it says, and who says so', async () => {
    const model = await serve('completions');
    await set({ modelEndpoint: model.url });
    const told = await until(/says:/);
    assert.match(told, OURS);
    assert.match(
      told,
      /tiny-model\.gguf says: blocks 63 % · wakes another goroutine 31 % .*a language model, from the code/,
    );
    const prompts = await model.prompts();
    assert.match(prompts[0] ?? '', /func .*SetPodStatus[\s\S]*Its next event: Go$/);
    // What has been answered is not asked again.
    await hover();
    assert.equal((await model.prompts()).length, prompts.length);
  });

  it('does not wait for one that does not answer', async () => {
    const model = await serve('silent');
    await set({ modelEndpoint: model.url, modelName: 'slow' });
    const told = await until(OURS);
    assert.match(told, /slow is being asked too/);
  });

  it('goes without one that cannot be asked, and the log says why', async () => {
    const model = await serve('completions');
    await model.stop();
    await set({ modelEndpoint: model.url });
    assert.doesNotMatch(await hover(), /says:/);
    while (!logged.some((message) => /lockstep\.model\.endpoint: Nothing listens at/.test(message))) await hover();
    await set({ modelEndpoint: 'http://models.example.com/v1' });
    assert.doesNotMatch(await hover(), /says:|being asked/);
    assert.ok(logged.some((message) => /lockstep\.model\.endpoint: .*is not on this machine/.test(message)));
  });

  it('hears nothing of one that only a folder names', async () => {
    const model = await serve('completions');
    await set({}, { '': { modelEndpoint: model.url } });
    await until(OURS);
    assert.deepEqual(await model.asked(), []);
  });
});
