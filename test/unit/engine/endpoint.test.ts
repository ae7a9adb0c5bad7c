/** A language model behind an OpenAI-compatible endpoint: the forms of its answers, what it is not asked, what goes wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chancesOf, saidOf } from '../../../core/model/scheduling/said-tokens';
import { SCHEDULER_EVENTS, type SchedulerEvent } from '../../../core/model/scheduling/trace';
import { ask, spread } from '../../../engine/dataset/evaluate-endpoint';
import { EndpointModel, type EndpointOptions } from '../../../engine/model/endpoint';
import { LanguageModel } from '../../language-model';

const candidate = (event: SchedulerEvent) => ({ event, goroutine: 1, features: [] });
const at = (options: EndpointOptions): EndpointModel => {
  const model = EndpointModel.at(options);
  assert.ok(model.ok, model.ok ? '' : model.problem);
  return model.value;
};
const question = (...events: SchedulerEvent[]) => ({
  ...{ prompt: 'Next event: Go', features: [], candidates: events.map(candidate) },
});
const byEvent = (chances: readonly number[]) =>
  Object.fromEntries(
    SCHEDULER_EVENTS.flatMap((event, index) => (chances[index] ? [[event, chances[index]!.toFixed(3)]] : [])),
  );

describe('a language model behind an endpoint', () => {
  const started: LanguageModel[] = [];
  const serve = async (form: string): Promise<LanguageModel> => {
    const server = await LanguageModel.start(form);
    started.push(server);
    return server;
  };
  after(() => Promise.all(started.map((server) => server.stop())));

  for (const form of ['completions', 'older', 'chat', 'fewer']) {
    it(`gives each event the probability of the tokens that begin it, in the form of ${form}`, async () => {
      const server = await serve(form);
      const chances = await at({ url: server.url }).events(question('GoBlock', 'GoUnblock', 'GoSched', 'GoEnd'));
      assert.ok(chances.ok, chances.ok ? '' : chances.problem);
      // 0.5, 0.25 and 0.05 of what the state allows: "Start" is not, and "S" is no piece of it.
      assert.deepEqual(byEvent(chances.value), { GoBlock: '0.625', GoUnblock: '0.313', GoSched: '0.063' });
    });
  }

  it('is asked by the name that it has, which says who answered', async () => {
    const server = await serve('completions');
    const model = at({ url: server.url });
    assert.ok((await model.events(question('GoBlock'))).ok);
    assert.equal(model.name, 'tiny-model.gguf');
    assert.deepEqual(await server.asked(), [
      { path: 'models' },
      {
        path: 'completions',
        body: {
          ...{ model: 'models/tiny-model.gguf', prompt: 'Next event: Go' },
          ...{ max_tokens: 1, temperature: 0, logprobs: 200 },
        },
      },
    ]);
    const named = at({ url: server.url, model: 'other' });
    assert.ok((await named.events(question('GoBlock'))).ok);
    assert.equal(named.name, 'other');
    assert.equal((await server.asked()).at(-1)?.body?.model, 'other');
  });

  it('says what is wrong with an endpoint in one sentence', async () => {
    const problem = async (form: string, options: Partial<EndpointOptions> = {}) => {
      const server = await serve(form);
      const chances = await at({ url: server.url, ...options }).events(question('GoBlock'));
      return chances.ok ? '' : chances.problem;
    };
    assert.match(await problem('broken'), /completions answers 500: out of memory/u);
    assert.match(await problem('without'), /gives no log probabilities/u);
    assert.match(await problem('hostile'), /gives no log probabilities/u);
    assert.match(await problem('silent', { milliseconds: 200 }), /has not answered within 0\.2 s\.$/u);
    const gone = await serve('completions');
    await gone.stop();
    const refused = await at({ url: gone.url }).events(question('GoBlock'));
    assert.match(refused.ok ? '' : refused.problem, /^Nothing listens at http:.*is the server/u);
  });

  it('ends with its caller, without a word', async () => {
    const server = await serve('silent');
    const abort = new AbortController();
    const asked = at({ url: server.url, model: 'any' }).events(question('GoBlock'), abort.signal);
    abort.abort();
    const answer = await asked;
    assert.ok(!answer.ok && answer.cancelled);
  });

  it('is scored on what it answered before it went away, and asked the rest another time', async () => {
    const questions = Array.from({ length: 8 }, (_, at) => ({
      ...{ ...question('GoBlock', 'GoUnblock'), prompt: `${at}` },
      ...{ event: 'GoBlock' as const, position: 0, truth: 0, prefix: '', likenesses: [], five: [], last: [] },
    }));
    const kept = mkdtempSync(path.join(tmpdir(), 'lockstep-answers-'));
    try {
      const first = await ask(questions, at({ url: (await serve('dying')).url }), kept);
      assert.ok(first.ok);
      assert.equal(first.value.answers.length, 3);
      assert.match(first.value.problem ?? '', /3 of 8 questions had been answered\.$/u);
      const server = await serve('completions');
      const second = await ask(questions, at({ url: server.url }), kept);
      assert.ok(second.ok);
      assert.deepEqual([second.value.answers.length, second.value.problem], [8, undefined]);
      assert.deepEqual(await server.prompts(), ['3', '4', '5', '6', '7']);
      const third = await ask(questions, at({ url: (await serve('silent')).url }), kept, { withinSeconds: 0 });
      assert.ok(third.ok);
      assert.deepEqual(third.value.answers, second.value.answers);
      const none = await ask([{ ...questions[0]!, prompt: 'other' }], at({ url: server.url }), kept, {
        withinSeconds: -1,
      });
      assert.match(none.ok ? '' : none.problem, /There was no time/u);
    } finally {
      rmSync(kept, { recursive: true });
    }
  });

  it('is never asked on another machine', () => {
    for (const away of [
      'https://api.example.com/v1',
      'http://10.0.0.7:8080/v1',
      'http://localhost.example.com/v1',
      'http://127.0.0.1.example.com/v1',
      'http://localhost@example.com/v1',
      'file:///etc',
    ]) {
      const model = EndpointModel.at({ url: away });
      assert.match(model.ok ? '' : model.problem, /not on this machine/u, away);
    }
    for (const here of ['http://localhost:1/v1', 'http://[::1]:1/v1']) assert.ok(EndpointModel.at({ url: here }).ok);
  });
});

describe('what a language model says of the next event', () => {
  const all = SCHEDULER_EVENTS.map(candidate);

  it('is told by tokens that begin its name', () => {
    const events = (token: string) => SCHEDULER_EVENTS.filter((event) => saidOf(event, token) !== undefined);
    for (const event of SCHEDULER_EVENTS) assert.deepEqual(events(event.slice(2)), [event]);
    assert.deepEqual(events('Un'), ['GoUnblock']);
    assert.deepEqual(events('S'), ['GoStart', 'GoSched']);
    assert.deepEqual(events(' '), []);
    // As a tokenizer writes them that has no word "Sched", and letters begin many words.
    const tokens = ['Start', 'S', 'C', 'Create', 'T'].map((token) => ({ token, logprob: Math.log(0.1) }));
    assert.deepEqual(byEvent(chancesOf([tokens], all)), { GoCreate: '0.333', GoStart: '0.333', GoSched: '0.333' });
    const unsure = ['S', 'End'].map((token) => ({ token, logprob: Math.log(0.1) }));
    assert.deepEqual(byEvent(chancesOf([unsure], all)), { GoEnd: '1.000' });
  });

  it('leaves all alike that can happen where no token tells one', () => {
    const chances = chancesOf([[{ token: ' the', logprob: -0.1 }]], [candidate('GoEnd'), candidate('GoStart')]);
    assert.deepEqual(byEvent(chances), { GoStart: '0.500', GoEnd: '0.500' });
  });

  it('is looked for behind what the prompt ended with, and nowhere else', () => {
    const end = [{ token: 'End', logprob: -0.1 }];
    assert.deepEqual(byEvent(chancesOf([[{ token: ' Go', logprob: -0.1 }], end], all)), { GoEnd: '1.000' });
    assert.deepEqual(byEvent(chancesOf([[{ token: 'GoEnd', logprob: -0.1 }]], all)), { GoEnd: '1.000' });
    assert.equal(Object.keys(byEvent(chancesOf([[{ token: 'Well', logprob: -0.1 }], end], all))).length, 6);
  });
});

describe('a part of the questions', () => {
  it('is evenly spread', () => {
    const all = Array.from({ length: 60 }, (_, at) => at);
    assert.deepEqual(spread(all, 1000), all);
    assert.deepEqual(spread(all, 7), [0, 8, 17, 25, 34, 42, 51]);
  });
});
