// `lockstep predict`: of a place in the source without and with runs, and of a step of a deadlock's schedule.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import type { PredictDocument, PredictedShare } from '../../protocol/prediction';
import { LanguageModel } from '../language-model';
import { ended, ROOT, start } from './command';

const adds = (shares: readonly PredictedShare[]): boolean =>
  Math.abs(shares.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-9;

describe('lockstep predict', function () {
  this.timeout(240_000);
  let directory: string;
  const lockstep = (...args: string[]) => ended(start(directory, args, process.env));
  const predict = async (...args: string[]): Promise<PredictDocument> => {
    const { code, stdout, stderr } = await lockstep('predict', ...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as PredictDocument;
  };

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lockstep-predict-'));
    cpSync(path.join(ROOT, 'examples'), directory, { recursive: true, filter: (from) => !from.includes('.lockstep') });
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('says what the code alone says where no run was, and what it depends on', async () => {
    const { sites } = await predict('fetch/fetch.go:22');
    const [send, ...more] = sites ?? [];
    assert.deepEqual(more, []);
    assert.deepEqual([send?.operation, send?.expression, send?.times], ['send', 'answers', 0]);
    assert.ok(adds(send!.shares));
    assert.deepEqual(
      send!.dependsOn.map(({ line, does }) => `${line} ${does}`),
      ['18 makes it without a buffer', '27 receives'],
    );
    const text = await lockstep('predict', 'fetch/fetch.go:22');
    assert.match(text.stdout, /rests on the code alone, no runs yet/);
  });

  it('asks a language model too where it is told of one, and goes without when that is gone', async () => {
    const model = await LanguageModel.start('completions');
    try {
      const alone = await predict('fetch/fetch.go:22');
      assert.deepEqual(await model.asked(), []);
      assert.deepEqual(
        alone.sites?.[0]?.next?.map(({ by }) => by),
        ['Lockstep'],
      );
      const [ours, theirs] = (await predict('fetch/fetch.go:22', '--endpoint', model.url)).sites?.[0]?.next ?? [];
      assert.ok(Math.abs(ours!.events.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-6);
      assert.equal(theirs?.by, 'tiny-model.gguf');
      assert.deepEqual(theirs.events[0], { event: 'GoBlock', probability: theirs.events[0]!.probability });
      assert.match((await model.prompts()).at(-1) ?? '', /answers <- [\s\S]*fetch\.[\s\S]*Its next event: Go$/);
    } finally {
      await model.stop();
    }
    const gone = await lockstep('predict', 'fetch/fetch.go:22', '--endpoint', model.url);
    assert.equal(gone.code, 0);
    assert.match(gone.stderr, /Nothing listens at/);
    assert.match(gone.stdout, /sees next \(Lockstep, from the code\): Go/);
    const away = await lockstep('predict', 'fetch/fetch.go:22', '--endpoint', 'http://models.example.com/v1');
    assert.equal(away.code, 2);
    assert.match(away.stderr, /is not on this machine/);
  });

  it('says in one line what it cannot do', async () => {
    for (const [what, sentence] of [
      ['fetch/fetch.go:1', /there is no select, channel operation, lock or wait at fetch\/fetch\.go:1/i],
      ['fetch/none.go:1', /fetch\/none\.go is no Go file that can be read/],
      ['abcdef', /there is no finding abcdef/i],
    ] as const) {
      const { code, stderr } = await lockstep('predict', what);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    }
  });

  it('counts a Wait once: taking its lock again is part of it', async () => {
    const code = `package waiting

import (
	"sync"
	"testing"
)

func TestWaits(t *testing.T) {
	var mu sync.Mutex
	c, full := sync.NewCond(&mu), false
	go func() {
		mu.Lock()
		full = true
		mu.Unlock()
		c.Broadcast()
	}()
	mu.Lock()
	for !full {
		c.Wait()
	}
	mu.Unlock()
}
`;
    mkdirSync(path.join(directory, 'waiting'));
    writeFileSync(path.join(directory, 'waiting', 'waiting_test.go'), code);
    await lockstep('test', './waiting', '--schedules', '60', '--strategy', 'random', '--seed', '1', '--json');
    const { sites } = await predict('waiting/waiting_test.go:19');
    const { times, runs, shares } = sites![0]!;
    assert.ok(times > 0 && times <= runs, `${times} in ${runs}`);
    assert.deepEqual(
      shares.filter((share) => share.times > 0).map(({ outcome }) => outcome),
      ['waited'],
    );
  });

  it('rests on runs when there are some, and follows a schedule to a step', async () => {
    const explored = await lockstep('test', './podstatus', '--schedules', '200', '--seed', '1', '--json');
    const { findings } = JSON.parse(explored.stdout) as TestDocument;
    const deadlock = findings.find(({ kind }) => kind === 'deadlock');
    assert.ok(deadlock);
    const { line } = deadlock.sites.find(({ operation }) => operation === 'send')!;
    const { sites } = await predict(`podstatus/podstatus.go:${line}`);
    const send = sites![0]!;
    assert.ok(send.times > 0 && send.runs > 0);
    const stuck = send.shares.find(({ outcome }) => outcome === 'blocked-for-ever')!;
    assert.ok(stuck.times > 0 && stuck.low <= stuck.probability && stuck.probability <= stuck.high);

    const { step } = await predict(deadlock.id, '--runs', '40');
    assert.equal(step!.continuations, 40);
    assert.equal(step!.step, Math.max(1, step!.decided!));
    assert.ok(adds(step!.turn.length > 0 ? step!.turn : [{ probability: 1 } as PredictedShare]));
    for (const { shares } of step!.goroutines) assert.ok(shares.length === 0 || adds(shares));

    // At the end nobody moves any more: whoever holds and waits is out of reach.
    const end = (await predict(deadlock.id, '--runs', '10', '--step', `${step!.of}`)).step!;
    assert.ok(end.ends.find(({ outcome }) => outcome === 'deadlock')!.times === 10);
    // At the beginning it can still end well.
    const first = (await predict(deadlock.id, '--runs', '200', '--step', '1')).step!;
    assert.ok(first.ends.find(({ outcome }) => outcome === 'pass')!.times > 0);
    // Who takes the lock first decides: the sender or the one that serves it.
    const [speaks] = first.speaks;
    assert.ok(speaks && speaks.end === 'deadlock' && speaks.ended / speaks.runs > speaks.otherEnded / speaks.otherRuns);
    const beyond = await lockstep('predict', deadlock.id, '--step', '100000');
    assert.equal(beyond.code, 2);
    assert.match(beyond.stderr, /there is no step 100000/);
  });
});
