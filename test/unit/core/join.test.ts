/** In whichever order findings of one bug come, by one exploration, several, or from other machines, the same is told. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isBetter, joined, type Sighting } from '../../../core/analyse/telling/join';
import type { FindingKind } from '../../../protocol/finding';

/** Each test shows it in its own way; how well it does differs from time to time. */
const sightings = fc
  .record({
    test: fc.constantFrom('TestA', 'TestB', 'TestC', 'TestD'),
    verdict: fc.constantFrom('confirmed' as const, 'predicted' as const),
    replayed: fc.integer({ min: 0, max: 2 }),
    preemptions: fc.integer({ min: 0, max: 2 }),
    steps: fc.integer({ min: 1, max: 3 }),
    firstAt: fc.integer({ min: 1, max: 3 }),
    schedule: fc.boolean(),
  })
  .map((made) => (kind: FindingKind): Sighting => {
    const { test, verdict, replayed, preemptions, steps, firstAt, schedule } = made;
    const line = test.charCodeAt(4);
    const finding = {
      ...{ id: '0123456789ab', kind, verdict, message: `seen in ${test}`, explanation: [], package: 'p', test },
      sites: [{ file: 'a.go', line, column: 1, role: 'waits', operation: 'lock' }],
      analysis: { name: 'deadlock', sound: true },
      stats: { schedules: 9, firstAt, preemptions, replays: 2, replayed, seconds: 1 },
      ...(schedule ? { schedule: 'schedules/0123456789ab.json' } : {}),
    } as const;
    return { finding: { ...finding, sites: [...finding.sites], explanation: [] }, size: { preemptions, steps } };
  });
const several = fc
  .tuple(
    fc.constantFrom('deadlock' as const, 'goroutine-leak' as const),
    fc.array(sightings, { minLength: 1, maxLength: 7 }),
  )
  .map(([kind, list]) => list.map((make) => make(kind)));
const all = (list: readonly Sighting[]): Sighting => list.reduce(joined);

describe('findings that are one', () => {
  it('are the same in every order, and however they are grouped', () => {
    fc.assert(
      fc.property(several, fc.nat(), fc.nat(), (list, turn, cut) => {
        const whole = all(list);
        const at = turn % list.length;
        assert.deepEqual(all([...list.slice(at), ...list.slice(0, at)]), whole);
        assert.deepEqual(all(list.toReversed()), whole);
        const half = cut % list.length;
        if (half > 0) assert.deepEqual(joined(all(list.slice(0, half)), all(list.slice(half))), whole);
      }),
    );
  });

  it('say nothing new when they come again', () => {
    fc.assert(
      fc.property(several, (list) => {
        const whole = all(list);
        assert.equal(joined(whole, whole).finding, whole.finding);
        for (const one of list) assert.deepEqual(joined(whole, one), whole);
      }),
    );
  });

  it('keep the best of them and name every test once', () => {
    fc.assert(
      fc.property(several, (list) => {
        const { finding } = all(list);
        assert.ok(list.every((one) => !isBetter(one, { ...all(list) })));
        const named = [finding.test, ...(finding.alsoSeen ?? []).map(({ test }) => test)];
        assert.deepEqual(named.toSorted(), [...new Set(list.map((one) => one.finding.test))].toSorted());
      }),
    );
  });
});
