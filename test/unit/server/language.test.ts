// The language server with an editor in another language: what it answers, from progress to what went wrong, is looked up.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  EXPLORE,
  type ExploreResult,
  FINDING_LIST,
  type FindingDetail,
  PROGRESS,
  type ProgressParams,
  REPLAY,
  type ReplayResult,
  SETTINGS_CHANGED,
  TRACE_TEXT,
  type TraceTextResult,
} from '../../../protocol/messages';
import { PSEUDO, untranslated } from '../pseudo';
import { type LanguageServer, settingsByFolder, startLanguageServer } from './language-server';

const FILE = 'podstatus/podstatus_test.go';
const TEST = 'TestSetPodStatus';
const SETTINGS = { exploreSchedules: 200 };

describe('the language server in another language', function () {
  this.timeout(120_000);
  let server: LanguageServer;
  const stages = new Set<string>();
  before(async () => {
    server = await startLanguageServer({ trusted: true, settings: SETTINGS, translations: PSEUDO });
    server.connection.onNotification(PROGRESS, ({ stage }: ProgressParams) => {
      stages.add(stage);
    });
  });
  after(() => server?.stop());

  const explore = (uri: string, test = TEST): Promise<ExploreResult> =>
    server.connection.sendRequest(EXPLORE, { uri, test, token: 't' });
  const replay = (id: string): Promise<ReplayResult> =>
    server.connection.sendRequest(REPLAY, { root: server.uri(''), id, times: 2, token: 't' });
  /** `names`: of the program and of Go. */
  const check = (texts: readonly string[], names: string): void => {
    assert.ok(texts.length > 0 && texts.every((text) => text !== ''));
    assert.deepEqual(
      texts.flatMap((text) => untranslated(text, names).map((word) => `${word} in ${text}`)),
      [],
    );
  };
  const problemOf = (result: { type: string }): string => {
    assert.ok('problem' in result && typeof result.problem === 'string', JSON.stringify(result));
    return result.problem;
  };

  it('explores, and says what it finds', async () => {
    const result = await explore(server.uri(FILE));
    assert.ok(result.type === 'explored' && result.findings.length > 0, JSON.stringify(result));
    const details: FindingDetail[] = await server.connection.sendRequest(FINDING_LIST);
    const said = details.flatMap(({ message, explanation, evidence, sites, alsoSeen }) => [
      ...[message, ...explanation, ...evidence, ...sites.map(({ text }) => text)],
      ...alsoSeen.map(({ site }) => site.text),
    ]);
    check(
      said,
      `${readFileSync(path.join(server.workspace, 'podstatus/podstatus.go'), 'utf8')} podstatus_test ${TEST}`,
    );
    check([...stages], 'example.com/lockstep/podstatus');
    assert.ok(stages.size > 2, [...stages].join());
  });

  it('says of a schedule that fits no more where it differs', async () => {
    const file = path.join(server.workspace, 'podstatus/podstatus.go');
    const [{ id } = { id: '' }] = await server.connection.sendRequest<FindingDetail[]>(FINDING_LIST);
    const stored = path.join(server.workspace, '.lockstep/schedules', `${id}.json`);
    const schedule = JSON.parse(readFileSync(stored, 'utf8'));
    schedule.steps[2] = { ...schedule.steps[2], op: 'yield' };
    writeFileSync(stored, JSON.stringify(schedule));
    const result = await replay(id);
    assert.ok(result.type === 'replayed' && result.replayed === 0, JSON.stringify(result));
    check([result.difference ?? ''], readFileSync(file, 'utf8') + JSON.stringify(schedule));
  });

  it('says what is wrong with a store', async () => {
    const ids = { gone: '012345678901', broken: '109876543210' };
    const findings = path.join(server.workspace, '.lockstep/findings');
    mkdirSync(findings, { recursive: true });
    writeFileSync(path.join(findings, `${ids.broken}.json`), '{');
    const all = await server.connection.sendRequest<FindingDetail[]>(FINDING_LIST);
    const problems = [
      problemOf(await replay(ids.gone)),
      problemOf(await replay(ids.broken)),
      problemOf(await replay('x')),
    ];
    const text: TraceTextResult = await server.connection.sendRequest(TRACE_TEXT, {
      root: server.uri(''),
      id: ids.gone,
    });
    check([...problems, problemOf(text)], `${server.workspace} .lockstep ${all.map(({ id }) => id).join(' ')}`);
    rmSync(path.join(findings, `${ids.broken}.json`));
  });

  it('says what is wrong with a module', async () => {
    const broken = path.join(server.workspace, 'broken');
    mkdirSync(broken);
    const file = path.join(broken, 'broken_test.go');
    writeFileSync(file, 'package broken\n\nimport "testing"\n\nfunc TestBroken(t *testing.T) { undefinedName() }\n');
    // The compiler says that.
    const said = problemOf(await explore(server.uri('broken/broken_test.go'), 'TestBroken'));
    assert.match(said, /^broken\/broken_test\.go:5:33: undefined: undefinedName$/);
    rmSync(broken, { recursive: true });
    check([problemOf(await explore(server.uri(FILE), 'TestOther'))], 'TestOther Go');
  });

  it('says what is wrong with Go', async () => {
    const missing = path.join(server.workspace, 'no/go');
    const cases = [missing, path.join(server.workspace, 'go')];
    writeFileSync(cases[1]!, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    for (const goPath of cases) {
      await server.connection.sendNotification(SETTINGS_CHANGED, settingsByFolder(server.uri, { ...SETTINGS, goPath }));
      check([problemOf(await explore(server.uri(FILE)))], `${server.workspace} no go`);
    }
  });
});
