/** What the run itself said, on traces of a few events. */
import assert from 'node:assert/strict';
import type { Finding } from '../../../protocol/finding';
import { found, only } from './found';

describe('outcome', () => {
  const panic = (message: string): Finding =>
    only('1 go >1.1 :1\n1 close chan/ch :5\n1.1 start ~0\n1.1 panic :9', {
      outcome: 'panic',
      message,
      returned: false,
    });

  it('names the kind of panic by what Go says', () => {
    for (const [message, kind] of [
      ['send on closed channel', 'send-on-closed-channel'],
      ['close of closed channel', 'close-of-closed-channel'],
      ['close of nil channel', 'close-of-nil-channel'],
      ['sync: negative WaitGroup counter', 'negative-waitgroup'],
      ['sync: WaitGroup misuse: Add called concurrently with Wait', 'waitgroup-misuse'],
      ['sync: WaitGroup is reused before previous Wait has returned', 'waitgroup-misuse'],
      ['sync: unlock of unlocked mutex', 'unlock-of-unlocked-mutex'],
      ['sync: RUnlock of unlocked RWMutex', 'unlock-of-unlocked-mutex'],
      ['concurrent map writes', 'concurrent-map-access'],
      ['boom', 'panic'],
    ] as const) {
      assert.equal(panic(message).kind, kind, message);
    }
  });

  it('says who had closed the channel', () => {
    const finding = panic('send on closed channel');
    assert.equal(
      finding.message,
      'Goroutine 1.1 panics (main.go:9): send on closed channel; goroutine 1 had closed ch (main.go:5)',
    );
    assert.deepEqual(
      finding.sites.map(({ line }) => line),
      [9, 5, 1],
    );
  });

  it('reports a failed test, unless time was advanced too early', () => {
    assert.equal(only('1 start\n1 lock mutex/mu\n1 test-end', { outcome: 'fail' }).kind, 'test-failure');
    assert.deepEqual(found('1 start\n1 lock mutex/mu\n1 test-end', { outcome: 'fail', early: true }), []);
  });

  it('reports a panic of the test itself only when time had not run ahead', () => {
    const text = '1 start\n1 lock mutex/mu\n1 panic';
    assert.equal(only(text, { outcome: 'panic', message: 'boom' }).kind, 'panic');
    assert.deepEqual(found(text, { outcome: 'panic', message: 'boom', early: true }), []);
    const misuse = only(text, { outcome: 'panic', message: 'send on closed channel', early: true });
    assert.equal(misuse.kind, 'send-on-closed-channel');
  });

  it('reports no watchdog that time woke too soon', () => {
    const text = `
      1 start
      1 go >1.1
      1.1 start ~1
      1.1 receive!block chan/timeout/1
      1.1 fire chan/timeout/1
      1.1 receive!wake chan/timeout/1 ~4
      1.1 panic`;
    assert.equal(only(text, { outcome: 'panic', message: 'timeout' }).kind, 'panic');
    assert.deepEqual(found(text, { outcome: 'panic', message: 'timeout', early: true }), []);
    const callback = `
      1 start
      1 timer timer/watchdog =1
      0 fire timer/watchdog
      1.1 start ~2
      1.1 panic`;
    assert.equal(only(callback, { outcome: 'panic', message: 'timeout' }).kind, 'panic');
    assert.deepEqual(found(callback, { outcome: 'panic', message: 'timeout', early: true }), []);
    const started = '1 start\n1 go >1.1\n1.1 start ~1\n1.1 panic';
    assert.equal(only(started, { outcome: 'panic', message: 'broken', early: true }).kind, 'panic');
    const nil = {
      outcome: 'panic',
      message: 'runtime error: invalid memory address or nil pointer dereference',
    } as const;
    assert.equal(only(text, { ...nil, early: true }).kind, 'panic');
  });

  it('finds nothing in a run that passed', () => {
    assert.deepEqual(found('1 start\n1 lock mutex/mu\n1 unlock mutex/mu\n1 test-end', { outcome: 'pass' }), []);
  });
});
