/** Happens-before, SHB and PWR against their definitions, in each representation. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accessSets } from '../../../core/analyse/relations/access-sets';
import { ClockRows } from '../../../core/analyse/relations/clock-rows';
import { Order } from '../../../core/analyse/relations/order';
import { optionsFor, RaceSearch, raceSearch, racesBy } from '../../../core/analyse/relations/races';
import { eventSets, type Representation } from '../../../core/analyse/relations/representation';
import { HB, PWR, type Rules, SHB, TRF } from '../../../core/analyse/relations/rules';
import { TreeOrder, treeRaceSearch } from '../../../core/analyse/relations/tree-order';
import * as a from '../../../core/trace/execution/actions';
import { type Execution, emptyNames, feed } from '../../../core/trace/execution/execution';
import { StdReader, writeStd } from '../../../core/trace/execution/std';
import { ALL_KINDS, property, randomExecution } from './random-execution';
import { isLoose, SlowOrder, slowSections } from './slow-order';

const RELATIONS: Record<string, Rules> = { HB, SHB, PWR, TRF };
const small = randomExecution({ threads: 4, locks: 2, variables: 2, maxLength: 30, kinds: ALL_KINDS });
/** More readers of a variable than are looked for one by one. */
const readers = randomExecution({ threads: 14, locks: 2, variables: 1, maxLength: 50 });
const crowdOfReaders = randomExecution({ threads: 14, locks: 1, variables: 1, maxLength: 110 });
const long = randomExecution({ threads: 4, locks: 2, variables: 3, maxLength: 300, kinds: ['shared', 'hand-over'] });
const locksOnly = randomExecution({ threads: 3, locks: 3, variables: 2, maxLength: 36 });

/** All pairs (first, second) of an execution that the relation orders. */
function orderedPairs<C>(execution: Execution, rules: Rules, representation: Representation<C>): Set<string> {
  const order = new Order(rules, representation, optionsFor(execution));
  const times: number[] = [];
  const pairs = new Set<string>();
  const { action, thread, target, detail } = execution;
  for (let at = 0; at < execution.count; at++) {
    order.event(action[at]!, thread[at]!, target[at]!, detail[at]!);
    times.push(order.times[thread[at]!]!);
    for (let first = 0; first < at; first++) {
      if (order.isBefore(thread[first]!, times[first]!, first, thread[at]!)) pairs.add(`${first} ${at}`);
    }
  }
  return pairs;
}

function slowPairs(execution: Execution, rules: Rules): Set<string> {
  const order = new SlowOrder(execution, rules);
  const pairs = new Set<string>();
  for (let second = 0; second < execution.count; second++) {
    for (let first = 0; first < second; first++) if (order.before(first, second)) pairs.add(`${first} ${second}`);
  }
  return pairs;
}

/** Every pair that races by definition. */
function slowRaces(execution: Execution, rules: Rules): Set<string> {
  const order = new SlowOrder(execution, rules);
  const { action, thread, target, count } = execution;
  const sections = slowSections(execution).filter((section) => !isLoose(execution, section));
  const locksAt = (event: number) =>
    sections.filter((it) => thread[it.acquire] === thread[event] && it.acquire < event && event < it.release);
  const pairs = new Set<string>();
  for (let second = 0; second < count; second++) {
    for (let first = 0; first < second; first++) {
      if (!a.isAccess(action[first]!) || !a.isAccess(action[second]!) || thread[first] === thread[second]) continue;
      if (target[first] !== target[second] || (!a.changes(action[first]!) && !a.changes(action[second]!))) continue;
      if (a.isAtomic(action[first]!) && a.isAtomic(action[second]!)) continue;
      if (order.beforeReading(first, second)) continue;
      const protects = locksAt(first).some((one) =>
        locksAt(second).some((other) => one.lock === other.lock && !(one.shared && other.shared)),
      );
      if (!(rules.releases && protects)) pairs.add(`${first} ${second}`);
    }
  }
  return pairs;
}

describe('relations', function () {
  this.timeout(0);
  for (const [name, rules] of Object.entries(RELATIONS)) {
    it(`${name}: clocks and event sets order what the definition orders`, () => {
      fc.assert(
        fc.property(fc.oneof(small, locksOnly), (execution) => {
          const expected = slowPairs(execution, rules);
          assert.deepEqual(orderedPairs(execution, rules, new ClockRows(0)), expected, writeStd(execution));
          // As of many threads: with narrow entries.
          assert.deepEqual(orderedPairs(execution, rules, new ClockRows(64)), expected, writeStd(execution));
          assert.deepEqual(orderedPairs(execution, rules, eventSets), expected, writeStd(execution));
        }),
        property(150),
      );
    });
  }

  for (const [name, rules] of Object.entries({ HB, SHB, PWR })) {
    it(`${name}: tells only races, and each access that races with an earlier one`, () => {
      fc.assert(
        fc.property(fc.oneof(small, locksOnly, readers), (execution) => {
          const expected = slowRaces(execution, rules);
          const found = racesBy(rules, execution).map(({ first, second }) => `${first} ${second}`);
          const seconds = (pairs: Iterable<string>) => new Set([...pairs].map((pair) => pair.split(' ')[1]));
          for (const pair of found) assert.ok(expected.has(pair), `${pair}\n${writeStd(execution)}`);
          assert.deepEqual(seconds(found), seconds(expected), writeStd(execution));
          const bySets: string[] = [];
          const search = new RaceSearch(
            rules,
            eventSets,
            (one, two) => bySets.push(`${one} ${two}`),
            optionsFor(execution),
          );
          feed(execution, search);
          assert.deepEqual(bySets, found);
          if (rules.releases) return;
          const byAccesses: string[] = [];
          const onPair = (one: number, two: number) => byAccesses.push(`${one} ${two}`);
          feed(execution, new RaceSearch(rules, accessSets(execution), onPair, optionsFor(execution)));
          assert.deepEqual(byAccesses, found, writeStd(execution));
        }),
        property(200),
      );
    });
  }

  it('many readers of one variable are told as by the definition', () => {
    fc.assert(
      fc.property(crowdOfReaders, (execution) => {
        const expected = slowRaces(execution, HB);
        const found = racesBy(HB, execution).map(({ first, second }) => `${first} ${second}`);
        const seconds = (pairs: Iterable<string>) => new Set([...pairs].map((pair) => pair.split(' ')[1]));
        for (const pair of found) assert.ok(expected.has(pair), `${pair}\n${writeStd(execution)}`);
        assert.deepEqual(seconds(found), seconds(expected), writeStd(execution));
      }),
      property(40),
    );
  });

  it('PWR: clocks, which pass over critical sections that have nothing to tell, order what event sets order', () => {
    fc.assert(
      fc.property(long, (execution) => {
        const options = optionsFor(execution);
        const clocks = new Order(PWR, new ClockRows(0), options);
        const sets = new Order(PWR, eventSets, options);
        const { action, thread, target, detail, count } = execution;
        const events: number[][] = execution.names.threads.map(() => []);
        // Of each thread only the newest event that comes before: it says all of the others.
        const newest = <C>(order: Order<C>, now: number): number[] =>
          events.map((own, by) => own.findLastIndex((event, time) => order.isBefore(by, time + 1, event, now)));
        for (let at = 0; at < count; at++) {
          const by = thread[at]!;
          for (const each of [clocks, sets]) each.event(action[at]!, by, target[at]!, detail[at]!);
          assert.deepEqual(newest(clocks, by), newest(sets, by), `${at}\n${writeStd(execution)}`);
          events[by]!.push(at);
        }
      }),
      property(60),
    );
  });

  it('HB: tree clocks order what vector clocks order', () => {
    const crowd = randomExecution({ threads: 12, locks: 3, variables: 2, maxLength: 150, kinds: ALL_KINDS });
    fc.assert(
      fc.property(fc.oneof(small, crowd), (execution) => {
        const options = optionsFor(execution);
        const order = new Order(HB, new ClockRows(0), options);
        const trees = new TreeOrder(options);
        const { action, thread, target, detail } = execution;
        for (let at = 0; at < execution.count; at++) {
          for (const each of [order, trees]) each.event(action[at]!, thread[at]!, target[at]!, detail[at]!);
          for (let by = 0; by < order.times.length; by++) {
            for (let time = 1; time <= order.times[by]!; time++) {
              const expected = order.isBefore(by, time, 0, thread[at]!);
              if (trees.isBefore(by, time, 0, thread[at]!) !== expected)
                assert.fail(`${by} ${time} ${at}
${writeStd(execution)}`);
            }
          }
        }
        const found = racesBy(HB, execution).map(({ first, second }) => `${first} ${second}`);
        const byTrees: string[] = [];
        feed(
          execution,
          treeRaceSearch((one, two) => byTrees.push(`${one} ${two}`), options),
        );
        assert.deepEqual(byTrees, found);
      }),
      property(300),
    );
  });

  it('finds the same while a file is still being read', () => {
    fc.assert(
      fc.property(locksOnly, fc.integer({ min: 1, max: 50 }), (execution, size) => {
        const bytes = new TextEncoder().encode(writeStd(execution));
        for (const rules of [HB, SHB, PWR]) {
          const pairs: string[] = [];
          const search = raceSearch(rules, (one, two) => pairs.push(`${one} ${two}`));
          const reader = new StdReader(search, emptyNames());
          for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
          assert.equal(reader.end(), undefined);
          assert.deepEqual(
            pairs,
            racesBy(rules, execution).map(({ first, second }) => `${first} ${second}`),
          );
        }
      }),
      property(100),
    );
  });
});
