/** Deadlocks of locks together with messages, joins, WaitGroups, signals and writers that go before readers. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mixedCycles } from '../../../core/analyse/locks/mixed';
import { executionOf } from '../../../core/analyse/lowering/lower';
import { lockDependencies } from '../../../core/analyse/predict/deadlocks';
import { mixedDeadlocks } from '../../../core/analyse/predict/mixed-deadlocks';
import type { Execution } from '../../../core/trace/execution/execution';
import { readStd, writeStd } from '../../../core/trace/execution/std';
import { property, randomExecution, USUAL } from './random-execution';
import { correctPrefixes, isCorrect, nextEvents } from './slow-reordering';
import { slowMixedCycles, slowWaits } from './slow-waits';
import { traceOf } from './trace-of';

/** `T0 acq(m)` and so on, a line for each event. */
function executionIn(text: string): Execution {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const std = lines.map((line) => `${line.trim().replace(' ', '|')}|1`).join('\n');
  const { execution, problem } = readStd(new TextEncoder().encode(std));
  assert.ok(execution, problem);
  return execution;
}
const told = (execution: Execution): [number[], boolean][] =>
  lockDependencies({ execution }).map(({ events, sound }) => [events.map((event) => event + 1), sound]);

const THREE = `
  T0 fork(T1)
  T0 fork(T2)`;

describe('mixed cycles', function () {
  this.timeout(0);

  it('have a message and two locks of three threads', () => {
    const text = (early: string, late: string) => `${THREE}
      T2 acq(n)
      T2 acq(m)
      T2 rel(m)
      T2 rel(n)
      ${early}
      T1 send(c)
      ${late}
      T0 acq(m)
      T0 receive(c)
      T0 rel(m)`;
    // T1 sends behind n, which T2 holds while it asks for m.
    const section = 'T1 acq(n)\n T1 rel(n)';
    const cycle = executionIn(text(section, ''));
    assert.deepEqual(told(cycle), [[[4, 7, 11], false]]);
    const [{ reasons } = { reasons: [] }] = lockDependencies({ execution: cycle });
    assert.deepEqual(reasons, [
      'T0, which holds m, waits for what T1 does only behind the place where it asks for a lock itself (T1 acquires n).',
      'T1 asks for n, which T2 holds.',
      'T2, which holds n, asks for m, which T0 holds.',
    ]);
    assert.deepEqual(told(executionIn(text('', section))), []);
  });

  it('have a WaitGroup, a join and a lock', () => {
    const text = (first: string) => `
      T0 add(g:1)
      T0 fork(T1)
      T0 fork(T2)
      ${first}
      T2 add(g:-1)
      T1 wait(g)
      T0 acq(m)
      T0 join(T1)
      T0 rel(m)`;
    assert.deepEqual(told(executionIn(text('T2 acq(m)\n T2 rel(m)'))), [[[4, 7, 9], true]]);
    assert.deepEqual(told(executionIn(text('T2 acq(n)\n T2 rel(n)'))), []);
  });

  it('have readers who cannot go past a writer: one that reads twice', () => {
    const text = (again: string) =>
      `
      T0 fork(T1)
      T0 read-acquire(m)
      T0 ${again}-acquire(m)
      T0 ${again}-release(m)
      T0 read-release(m)
      T1 acq(m)
      T1 rel(m)`
        .replaceAll('none-acquire(m)', 'r(x)')
        .replaceAll('none-release(m)', 'r(x)');
    const cycle = executionIn(text('read'));
    assert.deepEqual(told(cycle), [[[3, 6], true]]);
    assert.match(lockDependencies({ execution: cycle })[0]!.reasons[0]!, /behind T1, which waits to write/u);
    assert.deepEqual(told(executionIn(text('none'))), []);
  });

  it('and two readers with a writer between them', () => {
    const text = (guard: string) => `${THREE}
      T0 ${guard}(n)
      T0 read-acquire(m)
      T0 read-release(m)
      T0 ${guard.replace('acq', 'rel')}(n)
      T1 read-acquire(m)
      T1 acq(n)
      T1 rel(n)
      T1 read-release(m)
      T2 acq(m)
      T2 rel(m)`;
    assert.deepEqual(told(executionIn(text('acq'))), [[[4, 8, 11], true]]);
    assert.deepEqual(
      told(executionIn(text('acq').replaceAll('T0 acq(n)', 'T0 r(x)').replaceAll('T0 rel(n)', 'T0 r(x)'))),
      [],
    );
  });

  it('have a signal that its sender gives behind a lock', () => {
    const text = (lock: string) => `
      1 go >1.1
      1.1 start
      1.1 lock mutex/${lock}
      1.1 unlock mutex/${lock}
      1 lock mutex/m
      1 lock mutex/l
      1 unlock mutex/l
      1 cond-wait!block cond/c
      1.1 lock mutex/l
      1.1 cond-signal cond/c
      1.1 unlock mutex/l
      1 cond-wait!wake cond/c ~9
      1 lock mutex/l
      1 unlock mutex/l
      1 unlock mutex/m`;
    const eventsOf = (lock: string): number[][] => {
      const trace = traceOf(text(lock));
      const execution = executionOf(trace);
      return lockDependencies({ execution, trace }).map(({ events }) =>
        events.map((event) => execution.source[event]! + 1),
      );
    };
    assert.deepEqual(eventsOf('m'), [[3, 12]]);
    assert.deepEqual(eventsOf('other'), []);
  });

  it('have a send that waits for room, which the receiver makes behind a lock', () => {
    const trace = traceOf(`
      1 make chan/c/1
      1 go >1.1
      1.1 start
      1 send chan/c/1
      1.1 lock mutex/m
      1.1 unlock mutex/m
      1.1 receive chan/c/1
      1 lock mutex/m
      1 send chan/c/1
      1 unlock mutex/m`);
    const execution = executionOf(trace);
    const events = lockDependencies({ execution, trace }).map((found) =>
      found.events.map((event) => execution.source[event]! + 1),
    );
    assert.deepEqual(events, [[5, 9]]);
  });

  it('are told only when the definitions show them, and all of those have been candidates', () => {
    const executions = fc.oneof(
      randomExecution({ threads: 3, locks: 2, variables: 0, maxLength: 16, kinds: ['shared', 'message', 'group'] }),
      randomExecution({ threads: 3, locks: 2, variables: 1, maxLength: 16, kinds: ['channel'], nested: true }),
      randomExecution({ threads: 3, locks: 1, variables: 0, maxLength: 16, kinds: ['shared', 'channel', 'group'] }),
    );
    let [seen, shown] = [0, 0];
    fc.assert(
      fc.property(executions, (execution) => {
        const text = writeStd(execution);
        const threadsOf = (events: readonly number[]): string =>
          events
            .map((event) => execution.thread[event]!)
            .sort()
            .join();
        for (const { events, witness } of mixedDeadlocks({ execution })) {
          shown++;
          assert.ok(isCorrect(execution, witness!), text);
          const next = nextEvents(execution, witness!);
          for (const event of events) {
            assert.equal(next.get(execution.thread[event]!), event, text);
            assert.notDeepEqual(slowWaits(execution, witness!, event), [], `${event}\n${text}`);
          }
          const cycles = slowMixedCycles(execution, witness!).map((cycle) => cycle.toSorted((x, y) => x - y).join());
          assert.ok(cycles.includes(events.join()), `${events}\n${witness}\n${text}`);
        }
        const candidates = new Set(
          mixedCycles(execution).map(({ members }) => threadsOf(members.map(({ event }) => event))),
        );
        let orders = 0;
        for (const order of correctPrefixes(execution)) {
          if (++orders > 300) break;
          for (const cycle of slowMixedCycles(execution, order)) {
            seen++;
            assert.ok(candidates.has(threadsOf(cycle)), `${cycle} after ${order}\n${text}`);
          }
        }
      }),
      property(150),
    );
    if (USUAL) assert.ok(seen > 0 && shown > 0, `${seen} ${shown}`);
  });
});
