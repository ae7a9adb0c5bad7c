/** Rows joined by WebAssembly against rows joined one entry after the other. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClockRows } from '../../../core/analyse/relations/clock-rows';
import { Order } from '../../../core/analyse/relations/order';
import { LANE, MOST_NARROW, RowMemory } from '../../../core/analyse/relations/row-memory';
import { HB } from '../../../core/analyse/relations/rules';
import { FORK, READ } from '../../../core/trace/execution/actions';

const ROWS = 4;
const entry = fc.oneof(fc.nat(5), fc.nat(0x7fff_ffff));
const narrowEntry = fc.oneof(fc.nat(5), fc.nat(MOST_NARROW));

describe('rows of clocks', () => {
  it('are joined as entry by entry, whatever their length, also into one of the two', () => {
    const row = fc.integer({ min: 0, max: ROWS - 1 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        fc.infiniteStream(entry),
        fc.infiniteStream(narrowEntry),
        row,
        row,
        row,
        (length, narrow, wide, small, ...of) => {
          const numbers = narrow ? small : wide;
          const width = Math.ceil(length / LANE) * LANE;
          const memory = new RowMemory(ROWS * width, narrow);
          const before: number[][] = [];
          for (let at = 0; at < ROWS; at++) {
            before.push([...numbers.take(length)]);
            memory.entries.set(before[at]!, at * width);
          }
          const [into, one, other] = of;
          memory.merge(into * width, one * width, other * width, length);
          const wanted = before.map((entries, at) =>
            at === into
              ? entries.map((_, thread) => Math.max(before[one]![thread]!, before[other]![thread]!))
              : entries,
          );
          const rows = wanted.map((_, at) => [...memory.entries.subarray(at * width, at * width + length)]);
          assert.deepEqual(rows, wanted);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('know more events of a thread than narrow entries can count, and what they knew before', () => {
    for (const threads of [20, 30, 200]) {
      const order = new Order(HB, new ClockRows(threads), { threads });
      const last = threads - 1;
      order.event(FORK, 0, last, 0);
      for (let at = 0; at < MOST_NARROW + 10; at++) order.event(READ, 0, 0, 0);
      order.event(FORK, 0, 1, 0);
      const now = order.times[0]!;
      const knows = (thread: number, time: number): boolean => order.isBefore(0, time, time - 1, thread);
      assert.deepEqual([knows(1, now), knows(1, MOST_NARROW), knows(1, now + 1)], [true, true, false]);
      assert.deepEqual([knows(last, 1), knows(last, 2)], [true, false]);
      order.event(FORK, 1, 2, 0);
      assert.deepEqual([knows(2, now), knows(2, now + 1), order.isBefore(1, 1, now, 2)], [true, false, true]);
    }
  });

  it('keep what they have when there is room for more', () => {
    const memory = new RowMemory(ROWS);
    memory.entries.set([3, 1, 4, 1]);
    memory.grow(1_000_000);
    assert.ok(memory.entries.length >= 1_000_000);
    assert.deepEqual([...memory.entries.subarray(0, 6)], [3, 1, 4, 1, 0, 0]);
  });
});
