/** A run is put together from what its process had written when it died. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrace } from '../../../core/trace/read';
import { eventAt } from '../../../core/trace/trace';
import { iterationOf, streamedRun } from '../../../engine/run/streamed';
import { NONE, OPERATIONS, RECORD_BYTES } from '../../../protocol/trace';
import { temporaryDirectory } from './temporary';

describe('the run that a process died in', () => {
  const directory = temporaryDirectory();
  const of = { package: 'example.com/p', test: 'TestX' };

  function record(operation: (typeof OPERATIONS)[number], goroutine: number, object = NONE, site = 0): Buffer {
    const bytes = Buffer.alloc(RECORD_BYTES);
    const words = [OPERATIONS.indexOf(operation), goroutine, object, site, NONE, 0, 5, 0];
    for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
    return bytes;
  }

  const LINES = [
    { run: { seed: '42', strategy: 'random', epoch: '7' } },
    { goroutine: { path: '0', site: NONE } },
    { goroutine: { path: '1', site: 0 } },
    { siteId: 11 },
    { step: { g: '1', op: 'start', site: 0 } },
    { goroutine: { path: '1.1', site: 1 } },
    { siteId: 12 },
    { named: { index: 2, test: 'TestX/sub' } },
    { object: { kind: 'channel', site: 1, capacity: 0 } },
    { step: { g: '1.1', op: 'select', site: 12 }, preempted: 1 },
    { case: 1 },
    { foreign: true },
  ].map((line) => JSON.stringify(line));

  it('has its schedule and a valid trace, also when the last line and record are torn', async () => {
    const out = directory();
    writeFileSync(join(out, '3.stream'), `${LINES.join('\n')}\n{"step":{"g":"1`);
    const whole = Buffer.concat([record('start', 1), record('go', 1), record('send', 2, 0, 1)]);
    writeFileSync(join(out, '3.events'), Buffer.concat([whole, Buffer.alloc(9, 1)]));
    const line = await streamedRun(out, 3, of);
    assert.ok(line?.trace && line.schedule);
    assert.deepEqual(
      [line.outcome, line.index, line.steps, line.preemptions, line.foreign, line.returned],
      ['died', 3, 2, 1, true, false],
    );
    const { trace, problems } = readTrace(readFileSync(join(out, line.trace)));
    assert.deepEqual(problems, []);
    assert.ok(trace);
    assert.equal(trace.count, 3);
    assert.deepEqual(trace.header.siteIds, [11, 12]);
    assert.deepEqual(
      trace.header.goroutines.map(({ path, test }) => [path, test]),
      [
        ['0', undefined],
        ['1', undefined],
        ['1.1', 'TestX/sub'],
      ],
    );
    assert.equal(eventAt(trace, 2).operation, 'send');
    const schedule = JSON.parse(readFileSync(join(out, line.schedule), 'utf8'));
    assert.deepEqual(schedule, {
      version: 1,
      seed: '42',
      strategy: 'random',
      epoch: '7',
      preemptions: 1,
      stream: true,
      steps: [
        { g: '1', op: 'start', site: 0 },
        { g: '1.1', op: 'select', site: 12, case: 1 },
      ],
    });
  });

  it('is nothing when it had ended in an orderly way', async () => {
    assert.equal(await streamedRun(directory(), 0, of), undefined);
  });

  it('has a number where the process kept one', async () => {
    const out = directory();
    assert.equal(await iterationOf(out), undefined);
    writeFileSync(join(out, 'iteration'), Buffer.alloc(8));
    assert.equal(await iterationOf(out), undefined);
    const mark = Buffer.alloc(8);
    mark.writeBigUInt64LE(6n);
    writeFileSync(join(out, 'iteration'), mark);
    assert.equal(await iterationOf(out), 5);
  });
});
