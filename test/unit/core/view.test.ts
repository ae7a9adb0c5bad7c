import assert from 'node:assert/strict';
import fc from 'fast-check';
import { writeTrace } from '../../../core/trace/write';
import { duration } from '../../../core/view/describe';
import { layOutTrace } from '../../../core/view/lanes';
import { pageOf, readTracePage } from '../../../core/view/page';
import { randomTrace } from './random-trace';
import { traceOf } from './trace-of';

const text = `
  1 start
  1 make chan/ch :2
  1 go >1.1 :3
  1.1 start ~2
  1.1 lock mutex/mu :8
  1.1 lock mutex/other :9
  1.1 unlock mutex/mu :10
  1 select!block :4
  1 select-case!block chan/ch =2 :4
  1.1 lock mutex/mu :11
  1.1 send chan/ch :12
  1 select!wake chan/ch ~ =2 :4
  1.1 receive!block chan/ch :13
  1 test-end`;

describe('view', () => {
  it('has lanes in columns, without the cases of a select', () => {
    const layout = layOutTrace(traceOf(text, { outcome: 'blocked', returned: true }));
    const [test, other] = layout.lanes;
    assert.equal(layout.columns.length, 13);
    assert.deepEqual([test!.path, test!.start, test!.end, test!.mark], ['1', 0, 12, undefined]);
    assert.deepEqual([other!.path, other!.start, other!.end, other!.mark], ['1.1', 3, 11, 'blocked for ever']);
    assert.deepEqual(test!.waits, [{ from: 7, to: 10, open: false, label: 'waits in a select on ch' }]);
    assert.deepEqual(other!.waits, [{ from: 11, to: 12, open: true, label: 'waits to receive from ch for ever' }]);
    assert.deepEqual(
      other!.holds.map(({ label, from, to, open, depth }) => [label, from, to, open, depth]),
      [
        ['holds mu', 4, 6, false, 0],
        ['holds other', 5, 12, true, 1],
        ['holds mu', 8, 12, true, 0],
      ],
    );
    assert.equal(other!.depth, 2);
    assert.deepEqual(layout.arrows, [
      { from: 2, to: 3 },
      { from: 9, to: 10 },
    ]);
  });

  it('says events in sentences', () => {
    const page = pageOf(layOutTrace(traceOf(text, { outcome: 'blocked' })));
    assert.deepEqual(
      [2, 4, 7, 9, 10, 11].map((column) => page.event(column).sentence),
      [
        'goroutine 1 starts goroutine 1.1 at main.go:3',
        'goroutine 1.1 locks mu at main.go:8',
        'goroutine 1 waits in a select on ch at main.go:4',
        'goroutine 1.1 sends on ch at main.go:12, received by goroutine 1',
        'goroutine 1 receives, having waited, from ch in a select at main.go:4, sent by goroutine 1.1',
        'goroutine 1.1 waits to receive from ch at main.go:13',
      ],
    );
    assert.deepEqual(page.stateAfter(8), [
      'goroutine 1 waits in a select on ch',
      'goroutine 1.1 can go on and holds other, mu',
    ]);
    assert.deepEqual(
      [2, 4, 7, 12].map((column) => page.event(column).family),
      ['life', 'lock', 'channel', 'end'],
    );
  });

  it('leaves out what standard packages do, and keeps the rest in order', () => {
    const trace = traceOf(
      '1 lock mutex/inner :90\n1 go >1.1 :2\n1.1 start ~1\n1.1 receive!block chan/done :91\n1 unlock mutex/inner :90',
      { outcome: 'blocked' },
    );
    for (const site of trace.header.sites) if (site.line >= 90) site.internal = true;
    const { lanes, columns } = layOutTrace(trace);
    assert.deepEqual([...columns], [1, 2]);
    assert.deepEqual(
      lanes.map(({ holds }) => holds),
      [[], []],
    );
    // The wait itself is not shown; that the goroutine is stuck is, from its last column on.
    assert.deepEqual(
      lanes[1]!.waits.map(({ from, to, open }) => [from, to, open]),
      [[1, 1, true]],
    );
    assert.equal(lanes[1]!.mark, 'blocked for ever');
  });

  it('lays out any trace consistently', () => {
    fc.assert(
      fc.property(randomTrace, (trace) => {
        const { page, problems } = readTracePage(writeTrace(trace));
        assert.deepEqual(problems, []);
        assert.deepEqual(
          page!.lanes.flatMap(({ events }) => events).sort((a, b) => a - b),
          [...Array(page!.count).keys()],
        );
        for (const [index, lane] of page!.lanes.entries()) {
          assert.deepEqual([lane.start, lane.end], [lane.events[0], lane.events.at(-1)]);
          for (const column of lane.events) assert.equal(page!.event(column).lane, index);
          for (const { from, to } of [...lane.waits, ...lane.holds])
            assert.ok(0 <= from && from <= to && to < page!.count);
          for (const a of lane.holds) {
            for (const b of lane.holds) if (a !== b && a.depth === b.depth) assert.ok(a.to <= b.from || b.to <= a.from);
          }
        }
        for (const { from, to } of page!.arrows) assert.ok(from < to);
      }),
      { numRuns: 200 },
    );
  });

  it('writes durations in the unit that fits', () => {
    assert.deepEqual([0, 5, 1500, 20e6, 1.5e9].map(duration), ['0 s', '5 ns', '1.5 µs', '20 ms', '1.5 s']);
  });
});
