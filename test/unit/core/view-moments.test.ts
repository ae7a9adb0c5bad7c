/** What the trace page says of a moment: state, choices, who waits for whom, past and future; and of two runs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stateAfter } from '../../../core/analyse/facts/state';
import { executionOf } from '../../../core/analyse/lowering/lower';
import { allKnown } from '../../../core/analyse/relations/all-clocks';
import { eventSets, eventsIn } from '../../../core/analyse/relations/representation';
import { HB } from '../../../core/analyse/relations/rules';
import { eventAt, type Trace } from '../../../core/trace/trace';
import { compare } from '../../../core/view/compare';
import { TracePage } from '../../../core/view/page';
import { Replayer } from '../../../core/view/replayer';
import type { OutcomeCount } from '../../../protocol/finding';
import { randomTrace } from './random-trace';
import { traceOf } from './trace-of';

const LOCKS = `
  1 go >1.1 :1
  1 go >1.2 :2
  1 lock mutex/a :3
  1.1 start ~0
  1.1 lock mutex/b :5
  1 lock!block mutex/b :6
  1.1 lock!block mutex/a :7
  1.2 start ~1
  1.2 lock!block mutex/a :9`;

const CHANNELS = `
  1 make chan/c/3 :1
  1 go >1.1 :2
  1.1 start ~1
  1.1 send chan/c :4
  1 send chan/c :5
  1.1 receive chan/c ~3 :6
  1.1 send chan/c :7
  1 wg-add wg/group =2 :8
  1 close chan/c :9
  1 wg-wait!block wg/group :10`;

describe('a moment of a trace', () => {
  it('has holders, and the queue in the order they came', () => {
    const { locks, goroutines, ended } = new TracePage(traceOf(LOCKS)).moment(8);
    assert.deepEqual(
      locks.map(({ name, holders, queue }) => [name, holders.map((it) => it.event), queue.map((it) => it.goroutine)]),
      [
        ['a', [2], [1, 2]],
        ['b', [4], [0]],
      ],
    );
    assert.deepEqual(
      goroutines.map(({ path, status, waits, held }) => [path, status, waits, held.map(({ object }) => object)]),
      [
        ['1', 'blocked', 'waits for b', ['a']],
        ['1.1', 'blocked', 'waits for a', ['b']],
        ['1.2', 'blocked', 'waits for a', []],
      ],
    );
    assert.equal(ended, 0);
    assert.deepEqual(
      goroutines[1]!.stack.map(({ line, goroutine }) => [line, goroutine]),
      [
        [7, 'goroutine 1.1'],
        [1, 'goroutine 1'],
      ],
    );
  });

  it('has whose values lie in a buffer, oldest first, and who runs', () => {
    const page = new TracePage(traceOf(CHANNELS));
    const buffers = [3, 4, 5, 6].map((event) => page.moment(event).channels[0]!.buffer.map((it) => it.event));
    assert.deepEqual(buffers, [[3], [3, 4], [4], [4, 6]]);
    const { channels, groups, goroutines } = page.moment(9);
    assert.deepEqual([channels[0]!.capacity, channels[0]!.closedAt], [3, 8]);
    assert.deepEqual(
      groups.map(({ name, counter, waiters }) => [name, counter, waiters.length]),
      [['group', 2, 1]],
    );
    assert.deepEqual(
      goroutines.map(({ status }) => status),
      ['blocked', 'runnable'],
    );
    assert.equal(page.moment(8).goroutines[0]!.status, 'running');
    assert.deepEqual(page.moment(-1).goroutines, []);
  });

  it('is the same wherever one comes from', () => {
    fc.assert(
      fc.property(randomTrace, fc.array(fc.nat(80), { maxLength: 8 }), (trace, stops) => {
        const replayer = new Replayer(trace);
        for (const stop of stops) assert.deepEqual(replayer.after(stop), stateAfter(trace, stop));
      }),
      { numRuns: 200 },
    );
  });

  it('is the same over the snapshots of a long trace', () => {
    const lines = Array.from({ length: 9_000 }, (_, at) => `1 ${at % 2 === 0 ? 'lock' : 'unlock'} mutex/m :${at % 7}`);
    const trace = traceOf(lines.join('\n'));
    const replayer = new Replayer(trace);
    for (const stop of [8_999, 4_097, 4_096, 4_095, 0, 9_000, 2_048]) {
      assert.deepEqual(replayer.after(stop), stateAfter(trace, stop));
    }
  });
});

describe('who waits for whom', () => {
  it('marks the cycle, and not who is stuck behind it', () => {
    const { nodes, links, more } = new TracePage(traceOf(LOCKS)).waits(8);
    assert.deepEqual(
      nodes.map(({ path, inCycle }) => [path, inCycle]),
      [
        ['1', true],
        ['1.1', true],
        ['1.2', false],
      ],
    );
    assert.deepEqual(
      links.map(({ from, to, label, inCycle }) => [from, to, label, inCycle]),
      [
        [0, 1, 'holds b', true],
        [1, 0, 'holds a', true],
        [2, 0, 'holds a', false],
      ],
    );
    assert.equal(more, 0);
  });

  it('draws nothing while nobody waits, and not more than can be read', () => {
    const page = new TracePage(traceOf(LOCKS));
    assert.deepEqual(page.waits(4).nodes, []);
    const crowd = Array.from({ length: 90 }, (_, at) => `1 go >1.${at + 1} :1\n1.${at + 1} lock!block mutex/m :2`);
    const { nodes, more } = new TracePage(traceOf(`1 lock mutex/m :3\n${crowd.join('\n')}`)).waits(180);
    assert.deepEqual([nodes.length, more], [40, 51]);
  });
});

describe('the choices at a step', () => {
  it('are those who could go on, the taken one first', () => {
    const page = new TracePage(traceOf(LOCKS));
    const { step, choices } = page.step(3);
    assert.equal(step, -1);
    assert.deepEqual(
      choices.map(({ path, taken, next }) => [path, taken, next]),
      [
        ['1.1', true, 3],
        ['1', false, 5],
        ['1.2', false, 7],
      ],
    );
    assert.deepEqual(
      page.step(8).choices.map(({ path }) => path),
      ['1.2'],
    );
  });

  it('belong to the step that the event is a part of', () => {
    const page = new TracePage(traceOf(LOCKS));
    page.know(
      ['1', '1', '1', '1.1', '1', '1.1', '1.2'].map((g, step) => ({ g, at: [0, 1, 2, 3, 5, 6, 7][step]! })),
      [],
    );
    assert.deepEqual(
      [0, 4, 5, 8].map((event) => [page.step(event).step, page.step(event).event]),
      [
        [0, 0],
        [3, 3],
        [4, 5],
        [6, 7],
      ],
    );
  });

  it('belong to who had the turn, though it woke another first', () => {
    const page = new TracePage(
      traceOf('1 go >1.1 :1\n1.1 start ~0\n1 send!block chan/c :2\n1 send!wake chan/c :2\n1.1 receive chan/c ~3 :3'),
    );
    page.know(
      [
        { at: 0, g: '1' },
        { at: 1, g: '1.1' },
        { at: 2, g: '1' },
        { at: 3, g: '1.1' },
      ],
      [],
    );
    assert.deepEqual(
      page.step(3).choices.map(({ path, taken, next }) => [path, taken, next]),
      [['1.1', true, 4]],
    );
  });

  it('come with what is known of the operation, and what this run had', () => {
    const page = new TracePage(traceOf(LOCKS, { outcome: 'blocked' }));
    const count: OutcomeCount = {
      ...{ file: 'main.go', line: 7, column: 1, operation: 'lock', expression: 'a', runs: 10 },
      outcomes: { 'at-once': 6, 'blocked-for-ever': 3 },
    };
    const site = page.trace.header.sites.find(({ line }) => line === 7)!;
    page.know([], [{ ...count, column: site.column }]);
    const [choice] = page.step(6).choices;
    assert.equal(choice!.happened, 'blocked-for-ever');
    assert.deepEqual(
      choice!.distribution!.shares.map(({ outcome, times }) => [outcome, times]),
      [
        ['at-once', 6],
        ['blocked-for-ever', 3],
        ['waited', 0],
      ],
    );
  });
});

/** By sets of events, as the relations have them: whether anything of one event comes before anything of another. */
function slowOrder(trace: Trace): (one: number, other: number) => boolean {
  const execution = executionOf(trace);
  const { known } = allKnown(execution, HB, eventSets);
  const before = known.map((set) => new Set(eventsIn(set)));
  const actions = Array.from({ length: trace.count }, (): number[] => []);
  for (const [action, event] of execution.source.entries()) actions[event]!.push(action);
  // What an event learns in its last action, or passes on in its first.
  return (one, other) => {
    const [first, last] = [actions[one]![0], actions[other]!.at(-1)];
    return first !== undefined && last !== undefined && before[last]!.has(first);
  };
}

describe('past and future of an event', () => {
  it('follow channels, locks and starts', () => {
    const page = new TracePage(traceOf(CHANNELS));
    const { past, future } = page.cone(4);
    assert.deepEqual([...past], [4, -1]);
    assert.deepEqual([...future], [4, 10]);
    assert.deepEqual([...page.cone(2).past], [1, 2]);
    assert.deepEqual([...page.cone(1).future], [1, 2]);
    const locks = new TracePage(
      traceOf('1 go >1.1 :1\n1.1 start ~0\n1 lock mutex/m :2\n1 unlock mutex/m :3\n1.1 lock mutex/m :4\n1 yield :5'),
    );
    assert.deepEqual([...locks.cone(4).past], [3, 4]);
    assert.deepEqual([...locks.cone(2).future], [2, 4]);
    assert.deepEqual([...locks.cone(5).future], [5, 6]);
  });

  it('of every event are those that the relations say', () => {
    fc.assert(
      fc.property(randomTrace, (trace) => {
        const page = new TracePage(trace);
        const comesBefore = slowOrder(trace);
        for (let event = 0; event < trace.count; event++) {
          const { past, future } = page.cone(event);
          for (let other = 0; other < trace.count; other++) {
            const { goroutine, phase } = eventAt(trace, other);
            if (goroutine === eventAt(trace, event).goroutine || phase === 'block') continue;
            assert.equal(past[goroutine]! >= other, comesBefore(other, event), `${other} before ${event}`);
            assert.equal(future[goroutine]! <= other, comesBefore(event, other), `${event} before ${other}`);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('two runs', () => {
  it('part where another goroutine goes on', () => {
    const left = traceOf(
      '1 go >1.1 :1\n1 lock mutex/m :2\n1 unlock mutex/m :3\n1.1 lock mutex/m :5\n1.1 unlock mutex/m :6',
    );
    const right = traceOf(
      '1 go >1.1 :1\n1.1 lock mutex/m :5\n1.1 unlock mutex/m :6\n1 lock mutex/m :2\n1 unlock mutex/m :3\n1 yield :4',
    );
    const { common, rows, reversals } = compare(left, right);
    assert.equal(common, 1);
    assert.deepEqual(rows.filter(({ kind }) => kind === 'moved').length, 2);
    assert.deepEqual(rows.at(-1), { right: 5, kind: 'right' });
    assert.deepEqual(reversals, [{ object: 0, left: [2, 3], right: [1, 4] }]);
  });

  it('have every event of both in the comparison, once', () => {
    fc.assert(
      fc.property(randomTrace, randomTrace, (left, right) => {
        const { common, rows, more } = compare(left, right);
        assert.equal(more, 0);
        const side = (name: 'left' | 'right') => rows.flatMap((row) => row[name] ?? []).sort((a, b) => a - b);
        const rest = (count: number) => Array.from({ length: count - common }, (_, at) => common + at);
        assert.deepEqual(side('left'), rest(left.count));
        assert.deepEqual(side('right'), rest(right.count));
        const same = rows.filter(({ kind }) => kind === 'same').map((row) => row.right!);
        assert.deepEqual(
          same,
          [...same].sort((a, b) => a - b),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('that are the same differ in nothing', () => {
    fc.assert(
      fc.property(randomTrace, (trace) => {
        assert.deepEqual(compare(trace, trace), { common: trace.count, rows: [], more: 0, reversals: [] });
      }),
    );
  });
});
