/** A language model behind an OpenAI-compatible endpoint: both forms of its answers, and what it is not asked. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { continuation, eventOf } from '../../../core/model/scheduling/prompt';
import { SCHEDULER_EVENTS, type SchedulerEvent } from '../../../core/model/scheduling/trace';
import { EndpointModel } from '../../../engine/model/endpoint';

const candidate = (event: SchedulerEvent) => ({ event, goroutine: 1, features: [] });

describe('a language model behind an endpoint', () => {
  let server: Server;
  let url = '';
  let answer: { status?: number; body: unknown } = { body: {} };
  let asked: { path: string | undefined; body: { prompt: string; max_tokens: number } } | undefined;

  before(async () => {
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      asked = { path: request.url, body: JSON.parse(Buffer.concat(parts).toString()) };
      response.writeHead(answer.status ?? 200).end(JSON.stringify(answer.body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  after(() => server.close());

  const ask = async (...events: SchedulerEvent[]) => {
    const model = EndpointModel.at({ url, model: 'any' });
    assert.ok(model.ok);
    return model.value.events('Next event: Go', events.map(candidate));
  };

  it('gives each event the probability of the tokens that begin it', async () => {
    answer = {
      body: {
        choices: [
          {
            logprobs: {
              top_logprobs: [{ Start: Math.log(0.5), Un: Math.log(0.25), Block: Math.log(0.15), ' the': -3 }],
            },
          },
        ],
      },
    };
    const chances = await ask('GoStart', 'GoUnblock', 'GoBlock');
    assert.ok(chances.ok, chances.ok ? '' : chances.problem);
    assert.deepEqual(asked, {
      path: '/v1/completions',
      body: { model: 'any', prompt: 'Next event: Go', max_tokens: 1, temperature: 0, logprobs: 20 },
    });
    const of = Object.fromEntries(SCHEDULER_EVENTS.map((event, index) => [event, chances.value[index]!.toFixed(3)]));
    const expected = {
      GoCreate: '0.000',
      GoStart: '0.556',
      GoBlock: '0.167',
      GoUnblock: '0.278',
      GoSched: '0.000',
      GoEnd: '0.000',
    };
    assert.deepEqual(of, expected);
  });

  it('reads the newer form, and gives 0 to what the state does not allow', async () => {
    const top_logprobs = [
      { token: 'End', logprob: -0.1 },
      { token: 'Create', logprob: -2.5 },
    ];
    answer = { body: { choices: [{ logprobs: { content: [{ top_logprobs }] } }] } };
    const chances = await ask('GoStart', 'GoCreate');
    assert.ok(chances.ok);
    assert.deepEqual(chances.value, [1, 0, 0, 0, 0, 0]);
  });

  it('says what is wrong with an endpoint in one sentence', async () => {
    answer = { status: 404, body: { error: 'no such model' } };
    const missing = await ask('GoStart');
    assert.match(missing.ok ? '' : missing.problem, /completions answers 404: .*no such model/u);
    answer = { body: { choices: [{ text: 'Start' }] } };
    const silent = await ask('GoStart');
    assert.match(silent.ok ? '' : silent.problem, /gives no log probabilities/u);
  });

  it('is never asked on another machine', () => {
    for (const away of [
      'https://api.example.com/v1',
      'http://10.0.0.7:8080/v1',
      'http://localhost.example.com/v1',
      'file:///etc',
    ]) {
      const model = EndpointModel.at({ url: away, model: '' });
      assert.match(model.ok ? '' : model.problem, /not on this machine/u, away);
    }
    for (const here of ['http://localhost:1/v1', 'http://[::1]:1/v1'])
      assert.ok(EndpointModel.at({ url: here, model: '' }).ok);
  });

  it('knows events by tokens that can be nothing else', () => {
    for (const event of SCHEDULER_EVENTS) assert.equal(eventOf(continuation(event)), event);
    assert.equal(eventOf('Un'), 'GoUnblock');
    assert.equal(eventOf('S'), undefined);
    assert.equal(eventOf(' '), undefined);
  });
});
