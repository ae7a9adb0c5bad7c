/** Rows joined by WebAssembly against rows joined one entry after the other. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANE, RowMemory } from '../../../core/analyse/relations/row-memory';

const ROWS = 4;
const entry = fc.oneof(fc.nat(5), fc.nat(0x7fff_ffff));

describe('rows of clocks', () => {
  it('are joined as entry by entry, whatever their length, also into one of the two', () => {
    const row = fc.integer({ min: 0, max: ROWS - 1 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.infiniteStream(entry),
        row,
        row,
        row,
        (length, numbers, ...of) => {
          const width = Math.ceil(length / LANE) * LANE;
          const memory = new RowMemory(ROWS * width);
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

  it('keep what they have when there is room for more', () => {
    const memory = new RowMemory(ROWS);
    memory.entries.set([3, 1, 4, 1]);
    memory.grow(1_000_000);
    assert.ok(memory.entries.length >= 1_000_000);
    assert.deepEqual([...memory.entries.subarray(0, 6)], [3, 1, 4, 1, 0, 0]);
  });
});
