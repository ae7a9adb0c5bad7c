/** What the trace page makes of much: goroutines that are alike share a lane, and what is seldom is told from what is not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTrace } from '../../../core/trace/parse-text';
import { printTrace } from '../../../core/trace/text';
import { printWithSurprises, TracePage } from '../../../core/view/page';
import type { OutcomeCount } from '../../../protocol/finding';
import { traceOf } from './trace-of';

/** Five workers of which four wait at one place, and one that waits elsewhere; all run the same function. */
function workers(): TracePage {
  const lines = ['1 lock mutex/mu :2'];
  for (let n = 1; n <= 6; n++) lines.push(`1 go >1.${n} :3`);
  for (let n = 1; n <= 6; n++) lines.push(`1.${n} start ~${n}`);
  lines.push('1.1 receive!block chan/c :7');
  for (let n = 2; n <= 5; n++) lines.push(`1.${n} lock!block mutex/mu :8`);
  lines.push('1.6 end :9');
  const trace = traceOf(lines.join('\n'), { outcome: 'blocked' });
  for (const site of trace.header.sites) if (site.operation === 'go') site.expression = 'worker';
  return new TracePage(trace);
}

describe('goroutines that are alike', () => {
  it('share a lane when they run the same function and wait at the same place', () => {
    const page = workers();
    const { goroutines, members, lane, goroutine, events, waits, labels } = page.layout({ hidden: [], fold: true });
    const sizes = [...goroutines.keys()].map((at) => members.offsets[at + 1]! - members.offsets[at]!);
    assert.deepEqual([...goroutines], [0, 1, 2, 6]);
    assert.deepEqual(sizes, [1, 1, 4, 1]);
    assert.equal(events.length, page.facts().events);
    // Every event is in the lane of its goroutine.
    for (const [column, at] of lane.entries()) {
      assert.ok(members.items.subarray(members.offsets[at]!, members.offsets[at + 1]!).includes(goroutine[column]!));
    }
    const wait = labels[waits.label[waits.offsets[2]!]!];
    assert.equal(wait, 'waits for mu for ever ×4');
    assert.equal(waits.offsets[3]! - waits.offsets[2]!, 1, 'waits that overlap are one');
  });

  it('are taken apart by any of them, and stay so', () => {
    const page = workers();
    assert.deepEqual(page.alike(4), [2, 3, 4, 5]);
    assert.deepEqual(page.alike(1), [1]);
    const { goroutines } = page.layout({ hidden: [], fold: true, unfolded: [4] });
    assert.equal(goroutines.length, 7);
    assert.deepEqual(page.firstFilter(), { hidden: [] }, 'a few lanes are looked at one by one');
  });

  it('have no spans that overlap in a row, however they waited and locked', () => {
    const op = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('lock', 'unlock', 'lock!block', 'lock!wake'));
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), (picked) => {
        const begin = [1, 2, 3, 4, 5].map((n) => `1 go >1.${n} :3\n1.${n} start`);
        const lines = picked.map(([n, operation]) => `1.${n} ${operation} mutex/m${n % 2} :7`);
        const trace = traceOf([...begin, ...lines].join('\n'), { outcome: 'blocked' });
        for (const site of trace.header.sites) if (site.operation === 'go') site.expression = 'worker';
        const { waits, holds } = new TracePage(trace).layout({ hidden: [], fold: true });
        for (const spans of [waits, holds]) {
          for (let row = 0; row + 1 < spans.offsets.length; row++) {
            for (let at = spans.offsets[row]! + 1; at < spans.offsets[row + 1]!; at++) {
              assert.ok(spans.from[at]! >= spans.to[at - 1]!, `${lines.join('\n')}`);
            }
          }
        }
      }),
    );
  });
});

describe('events that were not to be expected', () => {
  const LOCKS = `
    1 go >1.1 :1
    1 lock mutex/mu :3
    1.1 start ~0
    1.1 lock!block mutex/mu :7
    1 unlock mutex/mu :4
    1.1 lock!wake mutex/mu ~4 :7
    1.1 unlock mutex/mu :8`;
  const counted = (line: number, outcomes: Record<string, number>): OutcomeCount => {
    const { sites } = traceOf(LOCKS).header;
    const { file, column } = sites.find((site) => site.line === line)!;
    return { file, line, column, operation: 'lock', expression: 'mu', runs: 400, outcomes };
  };
  const surprised = (...counts: OutcomeCount[]) => {
    const page = new TracePage(traceOf(LOCKS));
    page.know([], counts);
    return { page, events: [...page.surprises().events] };
  };

  it('are those whose outcome is seldom, with the number and what it rests on', () => {
    const { page, events } = surprised(counted(3, { 'at-once': 410 }), counted(7, { 'at-once': 407, waited: 5 }));
    assert.deepEqual(events, [3]);
    assert.match(
      page.details(3).surprise ?? '',
      /^Surprising: waits, then goes on, 1\.\d %, by 5 of 412 times in 400 runs; usually goes on at once \(9\d %\)\.$/,
    );
    assert.equal(page.details(1).surprise, undefined);
    assert.equal(page.surprises().probability.length, 1);
  });

  it('are remarked on in the text, which reads as before', () => {
    const text = printWithSurprises(traceOf(LOCKS), [counted(7, { 'at-once': 407, waited: 5 })]);
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.includes('// Surprising: waits, then goes on, '));
    assert.match(lines[at + 1]!, /^ +3 +1\.1 +lock +block/);
    assert.equal(printTrace(parseTrace(text).trace!), printTrace(traceOf(LOCKS)));
  });

  it('are none where too little is known, or nothing', () => {
    assert.deepEqual(surprised(counted(7, { 'at-once': 12 })).events, []);
    assert.deepEqual(surprised().events, []);
  });
});

describe('call stacks of a trace', () => {
  it('are said of events and of goroutines, innermost first', () => {
    const trace = traceOf('1 go >1.1 :1\n1.1 start ~0\n1.1 lock mutex/mu :3');
    trace.header.frames = [
      { function: 'example.com/p.work', file: 'p.go', line: 9 },
      { function: 'example.com/q.(*T).Do', file: 'q.go', line: 4, caller: 0, outside: true },
    ];
    trace.stacks = Int32Array.of(-1, -1, 1);
    const page = new TracePage(trace);
    const calls = [
      { file: 'q.go', line: 4, column: 1, function: '(*T).Do', outside: true },
      { file: 'p.go', line: 9, column: 1, function: 'work', outside: false },
    ];
    assert.deepEqual(page.details(2).calls, calls);
    assert.deepEqual(page.moment(2).goroutines.find(({ path }) => path === '1.1')?.calls, calls);
    assert.deepEqual(page.details(0).calls, []);
  });
});
