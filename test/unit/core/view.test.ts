/** The layout of the trace page, and what it says of events. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTrace } from '../../../core/trace/parse-text';
import { printTrace } from '../../../core/trace/text';
import { eventAt, type Trace } from '../../../core/trace/trace';
import { writeTrace } from '../../../core/trace/write';
import { arrowsIn } from '../../../core/view/arrows';
import { duration, familyOf } from '../../../core/view/describe';
import { type Layout, MARKS } from '../../../core/view/layout';
import { readTracePage, TracePage } from '../../../core/view/page';
import type { Spans } from '../../../core/view/spans';
import { OPERATIONS } from '../../../protocol/trace';
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

const pageOf = (trace: Trace) => new TracePage(trace);

function spansIn(layout: Layout, spans: Spans, row: number): [string, number, number, boolean][] {
  const found: [string, number, number, boolean][] = [];
  for (let span = spans.offsets[row]!; span < spans.offsets[row + 1]!; span++) {
    found.push([layout.labels[spans.label[span]!]!, spans.from[span]!, spans.to[span]!, spans.open[span] === 1]);
  }
  return found;
}

const arrowsOf = ({ arrows }: Layout): [number, number][] =>
  [...arrows.from].map((from, arrow) => [from, arrows.to[arrow]!]);

describe('view', () => {
  it('has lanes in columns, without the cases of a select', () => {
    const page = pageOf(traceOf(text, { outcome: 'blocked', returned: true }));
    const layout = page.layout();
    assert.equal(layout.events.length, 13);
    assert.deepEqual(
      [...layout.goroutines].map((goroutine) => page.facts().goroutines[goroutine]!.path),
      ['1', '1.1'],
    );
    assert.deepEqual(
      [...layout.mark].map((mark) => MARKS[mark]),
      ['', 'blocked for ever'],
    );
    assert.deepEqual(spansIn(layout, layout.waits, 0), [['waits in a select on ch', 7, 10, false]]);
    assert.deepEqual(spansIn(layout, layout.waits, 1), [['waits to receive from ch for ever', 11, 12, true]]);
    assert.deepEqual([...layout.holdRows], [0, 0, 2]);
    assert.deepEqual(spansIn(layout, layout.holds, 0), [
      ['holds mu', 4, 6, false],
      ['holds mu', 8, 12, true],
    ]);
    assert.deepEqual(spansIn(layout, layout.holds, 1), [['holds other', 5, 12, true]]);
    assert.deepEqual(arrowsOf(layout), [
      [2, 3],
      [9, 10],
    ]);
  });

  it('says events in sentences', () => {
    const page = pageOf(traceOf(text, { outcome: 'blocked' }));
    assert.deepEqual(
      [2, 4, 7, 10, 11, 12].map((event) => page.sentence(event)),
      [
        'goroutine 1 starts goroutine 1.1 at main.go:3',
        'goroutine 1.1 locks mu at main.go:8',
        'goroutine 1 waits in a select on ch at main.go:4',
        'goroutine 1.1 sends on ch at main.go:12, received by goroutine 1',
        'goroutine 1 receives, having waited, from ch in a select at main.go:4, sent by goroutine 1.1',
        'goroutine 1.1 waits to receive from ch at main.go:13',
      ],
    );
    assert.deepEqual((['go', 'lock', 'select', 'test-end'] as const).map(familyOf), ['life', 'lock', 'channel', 'end']);
  });

  it('leaves out what standard packages do, and keeps the rest in order', () => {
    const trace = traceOf(
      '1 lock mutex/inner :90\n1 go >1.1 :2\n1.1 start ~1\n1.1 receive!block chan/done :91\n1 unlock mutex/inner :90',
      { outcome: 'blocked' },
    );
    for (const site of trace.header.sites) if (site.line >= 90) site.internal = true;
    const layout = pageOf(trace).layout();
    assert.deepEqual([...layout.events], [1, 2]);
    assert.equal(layout.holds.from.length, 0);
    // The wait itself is not shown; that the goroutine is stuck is, from its last column on.
    assert.deepEqual(
      spansIn(layout, layout.waits, 1).map(([, from, to, open]) => [from, to, open]),
      [[1, 1, true]],
    );
    assert.equal(MARKS[layout.mark[1]!], 'blocked for ever');
  });

  it('shows only what a filter lets through', () => {
    const page = pageOf(traceOf(text));
    const operations = ({ operation }: Layout) => [...operation].map((code) => OPERATIONS[code]);
    assert.deepEqual(operations(page.layout({ hidden: ['life', 'lock', 'end'] })), [
      'make',
      'select',
      'send',
      'select',
      'receive',
    ]);
    const only = page.layout({ hidden: [], goroutines: [1] });
    assert.deepEqual([[...only.goroutines], only.events.length, only.arrows.from.length], [[1], 7, 0]);
    assert.deepEqual(operations(page.layout({ hidden: [], objects: [1] })), ['lock', 'unlock', 'lock']);
  });

  it('lays out any trace consistently', () => {
    fc.assert(
      fc.property(randomTrace, (trace) => {
        const { page, problems } = readTracePage(writeTrace(trace));
        assert.deepEqual(problems, []);
        const layout = page!.layout();
        const { columns, lane, goroutines, waits, holds } = layout;
        assert.deepEqual(
          [...columns.items].sort((a, b) => a - b),
          [...layout.events.keys()],
        );
        for (const [column, event] of layout.events.entries()) {
          assert.equal(goroutines[lane[column]!], eventAt(trace, event).goroutine);
          assert.equal(OPERATIONS[layout.operation[column]!], eventAt(trace, event).operation);
        }
        for (const spans of [waits, holds]) {
          for (let row = 0; row + 1 < spans.offsets.length; row++) {
            let end = -1;
            for (const [, from, to] of spansIn(layout, spans, row)) {
              assert.ok(end <= from && from <= to && to < Math.max(1, layout.events.length));
              end = to;
            }
          }
        }
        for (const [from, to] of arrowsOf(layout)) assert.ok(from < to && lane[from] !== lane[to]);
      }),
      { numRuns: 200 },
    );
  });

  it('finds the arrows of any window', () => {
    fc.assert(
      fc.property(randomTrace, fc.nat(60), fc.nat(60), (trace, one, other) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        const layout = pageOf(trace).layout();
        const wanted = [...arrowsOf(layout).entries()].filter(([, [from, to]]) => from <= last && to >= first);
        const { found, more } = arrowsIn(layout.arrows, first, last, 1_000);
        assert.equal(more, false);
        assert.deepEqual(
          found,
          wanted.map(([arrow]) => arrow),
        );
        if (wanted.length > 1) assert.equal(arrowsIn(layout.arrows, first, last, 1).more, true);
      }),
      { numRuns: 300 },
    );
  });

  it('finds events by words', () => {
    const page = pageOf(traceOf(text));
    assert.deepEqual([...page.search('mu')], [4, 6, 9]);
    assert.deepEqual([...page.search('LOCK mu')], [4, 6, 9]);
    assert.deepEqual([...page.search('unlock mu 1.1')], [6]);
    assert.deepEqual([...page.search('main.go:12')], [10]);
    assert.deepEqual([...page.search('waits')], [7, 12]);
    assert.deepEqual([...page.search(' ')], []);
    assert.deepEqual([...page.search('mu', { hidden: ['lock'] })], []);
  });

  it('reads the textual form as well', () => {
    const trace = traceOf(text);
    const { page, problems } = readTracePage(new TextEncoder().encode(printTrace(trace)));
    assert.deepEqual(problems, []);
    assert.equal(printTrace(page!.trace), printTrace(parseTrace(printTrace(trace)).trace!));
    assert.equal(readTracePage(new Uint8Array(20)).page, undefined);
  });

  it('writes durations in the unit that fits', () => {
    assert.deepEqual([0, 5, 1500, 20e6, 1.5e9].map(duration), ['0 s', '5 ns', '1.5 µs', '20 ms', '1.5 s']);
  });
});
