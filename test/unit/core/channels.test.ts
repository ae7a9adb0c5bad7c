/** What another order of a Go program's events would end in: closed channels, counters, unlocks; and blocked goroutines. */
import assert from 'node:assert/strict';
import { executionOf } from '../../../core/analyse/lowering/lower';
import { analyzeExecution } from '../../../core/analyse/predict/findings';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

function found(text: string, analysis = 'channels', header: Partial<TraceHeader> = {}) {
  const trace = traceOf(text, header);
  return analyzeExecution({ execution: executionOf(trace), trace }, { file: 'x', only: [analysis] }).findings;
}
const told = (text: string): unknown[] =>
  found(text).map(({ kind, events, analysis }) => [kind, events, analysis.sound]);

const STARTED = `
  1 go >1.1
  1.1 start`;

describe('channels', () => {
  it('foretells the send that a close does not wait for', () => {
    const text = `
      1 make chan/c/1 ${STARTED}
      1.1 send chan/c/1
      1 close chan/c/1`;
    assert.deepEqual(told(text), [['send-on-closed-channel', [4, 5], true]]);
  });

  it('and in a rendezvous, where another receiver took the value', () => {
    const text = `
      1 make chan/c/0 ${STARTED}
      1 go >1.2
      1.2 start
      1.1 send!block chan/c/0
      1.2 receive chan/c/0 ~7
      1.1 send!wake chan/c/0 ~6
      1 close chan/c/0`;
    assert.deepEqual(told(text), [['send-on-closed-channel', [8, 9], true]]);
  });

  it('foretells the send that a select has not taken: it took its default, another case, or waited for one', () => {
    const byDefault = `
      1 make chan/c/0 ${STARTED}
      1.1 select!refused #65535
      1.1 select-case!refused chan/c =1
      1 close chan/c`;
    assert.deepEqual(told(byDefault), [['send-on-closed-channel', [5, 6], true]]);
    const byAnother = `
      1 make chan/c/0
      1 make chan/stop/1
      1 send chan/stop ${STARTED}
      1.1 select chan/stop =2 #1 ~2
      1.1 select-case!refused chan/c =1
      1 close chan/c`;
    assert.deepEqual(told(byAnother), [['send-on-closed-channel', [7, 8], true]]);
    const waiting = `
      1 make chan/c/0
      1 make chan/stop/1 ${STARTED}
      1.1 select!block
      1.1 select-case!block chan/c =1
      1.1 select-case!block chan/stop =2 #1
      1 send chan/stop
      1.1 select!wake chan/stop =2 #1 ~8
      1 close chan/c`;
    assert.deepEqual(told(waiting), [['send-on-closed-channel', [6, 10], true]]);
  });

  it('but not where the close waits for it, or is kept apart by a lock and what is read under it', () => {
    const joined = `
      1 make chan/c/0
      1 wg-add wg/w =1 ${STARTED}
      1.1 select!refused #65535
      1.1 select-case!refused chan/c =1
      1.1 wg-add wg/w =-1
      1 wg-wait wg/w
      1 close chan/c`;
    assert.deepEqual(told(joined), []);
    const locked = `
      1 make chan/c/0 ${STARTED}
      1.1 lock mutex/m
      1.1 read var/subscribers
      1.1 select!refused #65535
      1.1 select-case!refused chan/c =1
      1.1 unlock mutex/m
      1 lock mutex/m
      1 close chan/c
      1 write var/subscribers
      1 unlock mutex/m`;
    assert.deepEqual(told(locked), []);
  });

  it('is silent where the close comes behind the send: by a wait group, and by the value itself', () => {
    const grouped = `
      1 make chan/c/1
      1 wg-add wg/w =1 ${STARTED}
      1.1 send chan/c/1
      1.1 wg-add wg/w =-1
      1 wg-wait wg/w
      1 close chan/c/1`;
    assert.deepEqual(told(grouped), []);
    const received = `
      1 make chan/c/1 ${STARTED}
      1.1 send chan/c/1
      1 receive chan/c/1
      1 close chan/c/1`;
    assert.deepEqual(told(received), []);
  });

  it('is silent where a flag under a lock keeps the send from a closed channel', () => {
    const text = `
      1 make chan/c/1 ${STARTED}
      1.1 lock mutex/m
      1.1 read var/closed
      1.1 send chan/c/1
      1.1 unlock mutex/m
      1 lock mutex/m
      1 write var/closed
      1 close chan/c/1
      1 unlock mutex/m`;
    assert.deepEqual(told(text), []);
  });

  it('foretells a Done before its Add', () => {
    const text = `${STARTED}
      1 wg-add wg/w =1
      1.1 wg-add wg/w =-1
      1 wg-wait wg/w`;
    assert.deepEqual(told(text), [['negative-waitgroup', [3, 4], true]]);
    assert.deepEqual(told(`1 wg-add wg/w =1 ${STARTED}\n1.1 wg-add wg/w =-1\n1 wg-wait wg/w`), []);
  });

  it('foretells an unlock by another goroutine that nothing puts behind the lock', () => {
    const text = `${STARTED}
      1 lock mutex/m
      1.1 unlock mutex/m`;
    assert.deepEqual(told(text), [['unlock-of-unlocked-mutex', [3, 4], true]]);
    assert.deepEqual(told(`1 lock mutex/m ${STARTED}\n1.1 unlock mutex/m`), []);
  });
});

describe('locks with other waits', () => {
  const deadlocks = (text: string): unknown[] =>
    found(text, 'lock-dependencies').map(({ kind, events, analysis }) => [kind, events, analysis.sound]);

  it('foretell the WaitGroup that is waited for under the lock its workers need', () => {
    const text = `
      1 wg-add wg/w =1 ${STARTED}
      1.1 lock mutex/m
      1.1 unlock mutex/m
      1.1 wg-add wg/w =-1
      1 lock mutex/m
      1 wg-wait wg/w
      1 unlock mutex/m`;
    assert.deepEqual(deadlocks(text), [['deadlock', [4, 8], true]]);
  });

  it('and the message, unless the worker is done with the lock for certain', () => {
    const crossed = `
      1 make chan/c/1 ${STARTED}
      1.1 lock mutex/m
      1.1 unlock mutex/m
      1.1 send chan/c/1
      1 lock mutex/m
      1 receive chan/c/1
      1 unlock mutex/m`;
    assert.deepEqual(deadlocks(crossed), [['deadlock', [4, 8], false]]);
    const corrected = `
      1 make chan/c/1 ${STARTED}
      1.1 lock mutex/m
      1.1 unlock mutex/m
      1.1 send chan/c/1
      1 receive chan/c/1
      1 lock mutex/m
      1 unlock mutex/m`;
    assert.deepEqual(deadlocks(corrected), []);
  });
});

describe('leaks', () => {
  it('names the partners that a blocked goroutine could have had', () => {
    const [finding, ...more] = found(
      `
      1 make chan/c/0 ${STARTED}
      1 go >1.2
      1.2 start
      1.1 send!block chan/c/0
      1.2 send!block chan/c/0
      1 receive chan/c/0 ~8
      1.1 send!wake chan/c/0 ~7
      1.1 end
      1 test-end`,
      'leaks',
      { outcome: 'blocked', returned: true },
    );
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, 'goroutine-leak');
    assert.deepEqual(finding?.events, [7]);
    assert.equal(finding?.analysis.name, 'leaks');
    const text = finding?.explanation.join('\n') ?? '';
    assert.match(
      text,
      /It could have met the receive on c by goroutine 1 \(main\.go:\d+\), which met another instead/u,
    );
    assert.match(text, /No goroutine that still lives has used what goroutine 1\.2 waits for/u);
  });
});
