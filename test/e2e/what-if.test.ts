// From a deadlock to other runs of its test: whoever could have gone first does, and a run that passes is found.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RequestType } from 'vscode-languageserver/node';
import { readTracePage } from '../../core/view/page';
import {
  type BranchResult,
  EXPLORE,
  type ExploreResult,
  type FindingReference,
  PASSING,
  TRACE,
  type TraceResult,
  WHAT_IF,
} from '../../protocol/messages';
import type { Turn } from '../../protocol/schedule';
import { type LanguageServer, startLanguageServer } from '../unit/server/language-server';

type Ran = Extract<BranchResult, { type: 'ran' }>;

describe('what if another goroutine went first', () => {
  let server: LanguageServer;
  let finding: FindingReference;
  let turns: Turn[];
  let starts: number[];
  const ask = <R>(method: string, params: object): Promise<R> =>
    server.connection.sendRequest(new RequestType<object, R, void>(method), params);
  const ran = async (method: string, params: object = {}): Promise<Ran> => {
    const result = await ask<BranchResult>(method, { ...finding, token: 't', ...params });
    assert.ok(result.type === 'ran', JSON.stringify(result));
    return result;
  };
  const pageOf = (uri: string) => {
    const { page, problems } = readTracePage(readFileSync(fileURLToPath(uri)));
    assert.deepEqual(problems, []);
    return page!;
  };

  before(async function () {
    this.timeout(240_000);
    server = await startLanguageServer({ trusted: true, settings: { exploreSeconds: 4 } });
    const uri = server.uri('podstatus/podstatus_test.go');
    const explored = await ask<ExploreResult>(EXPLORE, { uri, test: 'TestSetPodStatus', token: 't' });
    assert.ok(explored.type === 'explored', JSON.stringify(explored));
    const found = explored.findings.find(({ kind }) => kind === 'deadlock');
    assert.ok(found);
    finding = { root: found.root, id: found.id };
    const trace = await ask<TraceResult>(TRACE, finding);
    assert.ok(trace.type === 'trace');
    turns = trace.turns;
    starts = turns.map(({ at }) => at);
    assert.ok(trace.counts.some(({ file }) => file === 'podstatus/podstatus.go'));
  });
  after(() => server?.stop());

  it('knows the event at which each step begins', async () => {
    const trace = await ask<TraceResult>(TRACE, finding);
    assert.ok(trace.type === 'trace');
    const page = pageOf(trace.uri);
    assert.ok(starts.length > 5);
    assert.deepEqual(
      starts,
      [...starts].sort((a, b) => a - b),
    );
    assert.ok(starts.every((event) => event <= page.trace.count));
  });

  it('runs every choice that the page offers, and the run begins as the other did', async () => {
    const trace = await ask<TraceResult>(TRACE, finding);
    assert.ok(trace.type === 'trace');
    const page = pageOf(trace.uri);
    page.know(turns, []);
    let tried = 0;
    for (const event of starts) {
      if (event >= page.trace.count) continue;
      const { step, choices } = page.step(event);
      for (const { path: goroutine } of choices.filter(({ taken }) => !taken)) {
        tried++;
        const result = await ran(WHAT_IF, { step, goroutine });
        assert.equal(result.kept, step);
        const other = pageOf(result.uri);
        // Up to there nothing differs, and then it is the other one's turn.
        for (let at = 0; at < starts[step]!; at++) assert.equal(other.sentence(at), page.sentence(at));
        assert.deepEqual(result.turns.slice(0, step), turns.slice(0, step));
        assert.deepEqual(result.turns[step], { at: starts[step], g: goroutine });
      }
    }
    assert.ok(tried >= 3, `${tried} choices`);
  });

  it('goes on from such a run', async () => {
    const passing = await ran(PASSING);
    const page = pageOf(passing.uri);
    page.know(passing.turns, []);
    const { step, choices } = passing.turns
      .map(({ at }) => page.step(at))
      .find((it) => it.choices.some(({ taken }) => !taken))!;
    const other = choices.find(({ taken }) => !taken)!;
    const again = await ran(WHAT_IF, { run: passing.run, step, goroutine: other.path });
    assert.notEqual(again.run, passing.run);
  });

  it('finds a run that passes and shares its beginning with the one that does not', async () => {
    const { passed, uri, outcome, kept } = await ran(PASSING);
    assert.equal(passed, true);
    assert.equal(outcome, 'The test passed and every goroutine ended.');
    assert.ok(kept > 0);
    const trace = await ask<TraceResult>(TRACE, finding);
    assert.ok(trace.type === 'trace');
    const { common, rows } = pageOf(trace.uri).compareWith(pageOf(uri));
    assert.ok(common >= starts[kept - 1]!);
    assert.ok(rows.some(({ kind }) => kind !== 'same'));
  });

  it('says why it cannot be', async () => {
    const problem = async (params: object) => {
      const result = await ask<BranchResult>(WHAT_IF, { ...finding, token: 't', step: 0, goroutine: '1', ...params });
      return result.type === 'problem' ? result.problem : assert.fail(JSON.stringify(result));
    };
    assert.match(await problem({ goroutine: '1.9' }), /there is no such goroutine/);
    assert.match(await problem({ step: 9_999 }), /there is no step 10000/);
    assert.match(await problem({ run: '../../../etc' }), /There is no such run/);
    assert.match(await problem({ id: '../x' }), /There is no such finding/);
  });

  it('keeps each run once', async () => {
    const folder = path.join(server.workspace, '.lockstep/branches');
    const before = readdirSync(folder).length;
    await ran(PASSING);
    assert.equal(readdirSync(folder).length, before);
  });
});
