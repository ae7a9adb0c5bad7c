// A workspace may name the go command that is run, and a go command may be anything. While nobody trusts it, whatever a
// client asks, no such command is run; the same requests run it where the workspace is trusted.
import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  DEBUG,
  EXPLORE,
  type ExploreResult,
  MINIMISE,
  PASSING,
  REPLAY,
  SETTINGS_CHANGED,
  TRUST_GRANTED,
  WHAT_IF,
} from '../../../protocol/messages';
import { type LanguageServer, settingsByFolder, startLanguageServer } from './language-server';

const FILE = 'podstatus/podstatus_test.go';
const TEST = 'TestSetPodStatus';

/** A go command that only says that it was called. */
class FakeGo {
  readonly command: string;
  private readonly calls: string;

  constructor(folder: string) {
    mkdirSync(path.join(folder, 'bin'), { recursive: true });
    this.command = path.join(folder, 'bin/go');
    this.calls = path.join(folder, 'calls');
    writeFileSync(this.command, `#!/bin/sh\necho "$@" >> '${this.calls}'\nexit 1\n`);
    chmodSync(this.command, 0o755);
  }

  /** What it was called with since it was last asked. */
  taken(): string[] {
    if (!existsSync(this.calls)) return [];
    const calls = readFileSync(this.calls, 'utf8').trim().split('\n');
    rmSync(this.calls);
    return calls;
  }
}

describe('a go command of the workspace', function () {
  this.timeout(120_000);
  let trusted: LanguageServer;
  let other: LanguageServer;
  let id: string;
  before(async () => {
    [trusted, other] = await Promise.all([startLanguageServer({ trusted: true }), startLanguageServer()]);
    const params = { uri: trusted.uri(FILE), test: TEST, token: 't' };
    await trusted.connection.sendNotification(
      SETTINGS_CHANGED,
      settingsByFolder(trusted.uri, { exploreSchedules: 200 }),
    );
    const explored: ExploreResult = await trusted.connection.sendRequest(EXPLORE, params);
    assert.ok(explored.type === 'explored' && explored.findings[0]?.replayable, JSON.stringify(explored));
    ({ id } = explored.findings[0]);
    cpSync(path.join(trusted.workspace, '.lockstep'), path.join(other.workspace, '.lockstep'), { recursive: true });
  });
  after(() => Promise.all([trusted?.stop(), other?.stop()]));

  const requests = (server: LanguageServer): [method: string, params: object][] => {
    const finding = { root: server.uri(''), id, token: 't' };
    return [
      [EXPLORE, { uri: server.uri(FILE), test: TEST, token: 't' }],
      [REPLAY, { ...finding, times: 1 }],
      [MINIMISE, finding],
      [DEBUG, finding],
      [PASSING, finding],
      [WHAT_IF, { ...finding, step: 0, goroutine: '1' }],
    ];
  };
  /** By request, whether it ran the command. */
  const ran = async (server: LanguageServer, fake: FakeGo): Promise<Record<string, boolean>> => {
    const settings = settingsByFolder(server.uri, { goPath: fake.command });
    await server.connection.sendNotification(SETTINGS_CHANGED, settings);
    const called: Record<string, boolean> = {};
    for (const [method, params] of requests(server)) {
      const { type } = await server.connection.sendRequest<{ type: string }>(method, params);
      assert.equal(type, 'problem', method);
      called[method] = fake.taken().length > 0;
    }
    return called;
  };
  const each = (value: boolean) => Object.fromEntries(requests(trusted).map(([method]) => [method, value]));

  it('is run by every request that runs tests, where the workspace is trusted', async () => {
    assert.deepEqual(await ran(trusted, new FakeGo(trusted.workspace)), each(true));
  });

  it('is run by none where it is not, and from then on where it is', async () => {
    const fake = new FakeGo(other.workspace);
    assert.deepEqual(await ran(other, fake), each(false));
    await other.connection.sendNotification(TRUST_GRANTED);
    assert.deepEqual(await ran(other, fake), each(true));
  });
});
