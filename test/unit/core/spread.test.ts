import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Spread, type Yield } from '../../../core/explore/spread';

/** Plays an exploration in which each turn takes all its time; `came` says what comes of a turn. */
function played(
  groups: string[],
  { all, test = Infinity, group = Infinity }: { all: number; test?: number; group?: number },
  came: (test: number, turn: number) => Yield,
): { turns: { test: number; amount: number }[]; passed: number } {
  const spread = new Spread(groups, { all, test, group });
  const turns: { test: number; amount: number }[] = [];
  let passed = 0;
  for (let turn = spread.next(passed); turn; turn = spread.next(passed)) {
    passed += turn.amount;
    turns.push(turn);
    spread.done(turn.test, turn.amount, came(turn.test, turns.length));
    assert.ok(turns.length <= 3 * groups.length, 'it ends');
  }
  return { turns, passed };
}

const sum = (turns: { test: number; amount: number }[], test?: number) =>
  turns.reduce((total, turn) => (test === undefined || turn.test === test ? total + turn.amount : total), 0);

describe('time or schedules spread over tests', () => {
  it('a single test gets all of it at once', () => {
    assert.deepEqual(played(['p'], { all: 30 }, () => 'new').turns, [{ test: 0, amount: 30 }]);
  });

  it('each test has its turn before any has a second one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.double({ min: 1, max: 600, noNaN: true }), (tests, all) => {
        const { turns } = played(
          Array.from({ length: tests }, () => 'p'),
          { all },
          () => 'nothing',
        );
        assert.deepEqual(
          turns.slice(0, tests).map(({ test }) => test),
          Array.from({ length: tests }, (_, index) => index),
        );
      }),
    );
  });

  it('all of the time is used while a test has a use for it, and not much more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(), (tests, random) => {
        const came = (test: number, turn: number): Yield =>
          test > 0 && (random >> (turn % 20)) % 2 === 0 ? 'ended' : turn % 3 === 0 ? 'new' : 'nothing';
        const { passed } = played(
          Array.from({ length: tests }, () => 'p'),
          { all: 60 },
          came,
        );
        assert.ok(passed >= 60 - 1e-6 && passed < 60 + 0.2 * tests, String(passed));
      }),
    );
  });

  it('what still shows something new gets most of it, what has ended nothing', () => {
    const came = (test: number): Yield => (test === 0 ? 'new' : test === 1 ? 'nothing' : 'ended');
    const { turns } = played(['p', 'p', 'p', 'p'], { all: 40 }, came);
    assert.deepEqual([sum(turns, 2), sum(turns, 3)], [3, 3]);
    assert.ok(sum(turns, 0) > 3 * sum(turns.slice(4), 1));
  });

  it('within the bounds of each test and each package', () => {
    const { turns } = played(['p', 'p', 'q'], { all: 60, test: 4, group: 6 }, () => 'new');
    assert.ok(sum(turns, 0) <= 4 && sum(turns, 2) <= 4);
    assert.ok(sum(turns, 0) + sum(turns, 1) <= 6);
  });
});
