/** Clocks against plain maps. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Clock, Clocks } from '../../../core/analyse/racing/clock';

const GOROUTINES = 5000;
const entries = fc.array(fc.tuple(fc.nat(GOROUTINES - 1), fc.nat(50)), { maxLength: 40 });

describe('clock', () => {
  it('joins and raises as a map does, and changes neither of two that are joined', () => {
    fc.assert(
      fc.property(entries, entries, (left, right) => {
        const clocks = new Clocks(GOROUTINES);
        const [one, other, both] = [left, right, [...left, ...right]].map((list) => {
          const map = new Map<number, number>();
          let clock: Clock | undefined;
          for (const [goroutine, epoch] of list) {
            map.set(goroutine, Math.max(map.get(goroutine) ?? 0, epoch));
            clock = clocks.raise(clock, goroutine, epoch);
          }
          return { map, clock };
        });
        const joined = { map: both!.map, clock: clocks.join(one!.clock, other!.clock) };
        for (const { map, clock } of [one!, other!, joined]) {
          for (const [goroutine] of both!.map) assert.equal(clocks.get(clock, goroutine), map.get(goroutine) ?? 0);
        }
        assert.equal(clocks.join(joined.clock, one!.clock), joined.clock);
        assert.equal(clocks.join(one!.clock, joined.clock), joined.clock);
      }),
      { numRuns: 300 },
    );
  });
});
