/** Correct reorderings: the machine, the searches, and what is predicted with them, against all reorderings. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { predictedDeadlocks, soundDeadlocks } from '../../../core/analyse/locks/deadlocks';
import { racesBy } from '../../../core/analyse/relations/races';
import { PWR, SHB } from '../../../core/analyse/relations/rules';
import { factsOf } from '../../../core/analyse/reorder/facts';
import { objectionTo } from '../../../core/analyse/reorder/machine';
import { Meetings } from '../../../core/analyse/reorder/meeting';
import { permutations, preemptionsIn, reorderings } from '../../../core/analyse/reorder/search';
import { syncPreservingRaces } from '../../../core/analyse/reorder/sync-preserving';
import * as a from '../../../core/trace/execution/actions';
import type { Execution } from '../../../core/trace/execution/execution';
import { writeStd } from '../../../core/trace/execution/std';
import { ALL_KINDS, property, randomExecution, USUAL } from './random-execution';
import { slowSections } from './slow-order';
import { correctPrefixes, isCorrect, nextEvents } from './slow-reordering';

const tiny = randomExecution({ threads: 3, locks: 1, variables: 1, maxLength: 5, kinds: ALL_KINDS });
const mixed = randomExecution({ threads: 3, locks: 2, variables: 2, maxLength: 11, kinds: ALL_KINDS });
const locks = randomExecution({ threads: 3, locks: 2, variables: 1, maxLength: 14 });

const conflict = ({ action, thread, target }: Execution, one: number, other: number): boolean =>
  a.isAccess(action[one]!) &&
  a.isAccess(action[other]!) &&
  thread[one] !== thread[other] &&
  target[one] === target[other] &&
  (a.changes(action[one]!) || a.changes(action[other]!)) &&
  !(a.isAtomic(action[one]!) && a.isAtomic(action[other]!));

/** The orders that the definition allows; a few executions have too many to look at all. */
function prefixes(execution: Execution, bound = 1500): number[][] | undefined {
  const all: number[][] = [];
  for (const order of correctPrefixes(execution)) {
    all.push(order);
    if (all.length > bound) return undefined;
  }
  return all;
}

/** Pairs of conflicting accesses that come next together after some correct reordering. */
function racesOf(execution: Execution, orders: readonly number[][]): Set<string> {
  const pairs = new Set<string>();
  for (const order of orders) {
    const next = [...nextEvents(execution, order).values()].sort((x, y) => x - y);
    for (const one of next) {
      for (const other of next) if (one < other && conflict(execution, one, other)) pairs.add(`${one} ${other}`);
    }
  }
  return pairs;
}

/** Does the order keep the order that the critical sections have in the execution? */
function keepsSections(execution: Execution, order: readonly number[]): boolean {
  const taken = slowSections(execution).filter(({ acquire }) => order.includes(acquire));
  return taken.every((one) =>
    taken.every(
      (other) =>
        one.lock !== other.lock ||
        (one.shared && other.shared) ||
        one.acquire >= other.acquire ||
        order.indexOf(one.acquire) < order.indexOf(other.acquire),
    ),
  );
}

const seconds = (pairs: Iterable<string>): Set<string> => new Set([...pairs].map((pair) => pair.split(' ')[1]!));

describe('correct reorderings', function () {
  this.timeout(0);

  it('are told from others by the machine', () => {
    fc.assert(
      fc.property(mixed, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (execution, choices) => {
        const facts = factsOf(execution);
        const whole = Array.from({ length: execution.count }, (_, event) => event);
        assert.equal(objectionTo(facts, whole), undefined);
        // A random walk that mostly follows the threads, cut where it becomes wrong.
        const order: number[] = [];
        for (const choice of choices) {
          const left = whole.filter((event) => !order.includes(event));
          if (left.length === 0) break;
          order.push(left[(choice % 5 === 0 ? choice : choice % 3) % left.length]!);
          const found = objectionTo(facts, order);
          assert.equal(found === undefined, isCorrect(execution, order), `${order}\n${writeStd(execution)}`);
          if (found) {
            assert.equal(found.at, order.length - 1);
            order.pop();
          }
        }
      }),
      property(400),
    );
  });

  it('are all found by the complete search, as by all permutations', () => {
    fc.assert(
      fc.property(tiny, (execution) => {
        fc.pre(execution.count <= 7);
        const facts = factsOf(execution);
        const expected = new Set([...permutations(facts)].map(String));
        for (const order of expected) assert.ok(isCorrect(execution, order.split(',').map(Number)));
        assert.deepEqual(new Set([...reorderings(facts)].map(String)), expected, writeStd(execution));
        for (const bound of [0, 1, 2]) {
          for (const order of reorderings(facts, { preemptions: bound })) {
            assert.ok(expected.has(String(order)));
            assert.ok(preemptionsIn(facts, order) <= bound);
          }
        }
      }),
      property(60),
    );
  });

  it('show every race that is told as sound, and PWR misses none', () => {
    fc.assert(
      fc.property(fc.oneof(mixed, locks), (execution) => {
        const orders = prefixes(execution);
        if (!orders) return;
        const races = racesOf(execution, orders);
        const text = writeStd(execution);
        for (const { first, second, witness } of syncPreservingRaces(execution)) {
          assert.ok(races.has(`${first} ${second}`), text);
          assert.ok(isCorrect(execution, witness), text);
          const next = nextEvents(execution, witness);
          assert.ok(conflict(execution, first, second));
          for (const event of [first, second]) assert.equal(next.get(execution.thread[event]!), event, text);
        }
        const kept = racesOf(
          execution,
          orders.filter((order) => keepsSections(execution, order)),
        );
        const hasOrders = ['send', 'receive', 'add', 'wait', 'leave-note', 'take-notes'];
        const onlyLocks = [...execution.action].every((code) => !hasOrders.includes(a.ACTIONS[code]!));
        if (onlyLocks) {
          const found = syncPreservingRaces(execution).map(({ first, second }) => `${first} ${second}`);
          assert.deepEqual(seconds(found), seconds(kept), text);
          const candidates = seconds(racesBy(PWR, execution).map(({ first, second }) => `${first} ${second}`));
          for (const second of seconds(races)) assert.ok(candidates.has(second), `${second}\n${text}`);
          for (const { second } of racesBy(SHB, execution)) assert.ok(seconds(races).has(String(second)), text);
        }
      }),
      property(150),
    );
  });

  it('are constructed greedily and by search for pairs that can meet, and for no others', () => {
    let [met, greedy] = [0, 0];
    fc.assert(
      fc.property(fc.oneof(mixed, locks), (execution) => {
        const orders = prefixes(execution);
        if (!orders) return;
        const races = racesOf(execution, orders);
        const meetings = new Meetings(execution);
        for (let second = 0; second < execution.count; second++) {
          for (let first = 0; first < second; first++) {
            if (!conflict(execution, first, second)) continue;
            const found = meetings.search([first, second], 100_000);
            assert.equal(
              found !== undefined,
              races.has(`${first} ${second}`),
              `${first} ${second}\n${writeStd(execution)}`,
            );
            if (found) assert.ok(isCorrect(execution, found));
            const built = meetings.greedy([first, second]);
            if (built) {
              assert.ok(found);
              assert.ok(isCorrect(execution, built));
            }
            if (found) met++;
            if (built) greedy++;
          }
        }
      }),
      property(120),
    );
    assert.ok(greedy > 0.8 * met, `${greedy} of ${met}`);
  });

  it('show every deadlock that is told as sound, and none that is not told at all', () => {
    const deep = randomExecution({ threads: 3, locks: 2, variables: 0, maxLength: 14, nested: true });
    let told = 0;
    fc.assert(
      fc.property(deep, (execution) => {
        const orders = prefixes(execution, 4000);
        if (!orders) return;
        const text = writeStd(execution);
        const sections = slowSections(execution);
        /** Threads that all wait for a lock that another of them holds. */
        const stuck = (order: readonly number[]): string[] => {
          const next = nextEvents(execution, order);
          const owner = (lock: number): number | undefined => {
            const held = sections.find(
              (it) => it.lock === lock && order.includes(it.acquire) && !order.includes(it.release),
            );
            return held && execution.thread[held.acquire];
          };
          const cycles: string[] = [];
          for (const start of next.keys()) {
            const chain: number[] = [];
            for (let thread: number | undefined = start; thread !== undefined && !chain.includes(next.get(thread)!); ) {
              const event = next.get(thread);
              if (event === undefined || execution.action[event] !== a.ACQUIRE) break;
              chain.push(event);
              thread = owner(execution.target[event]!);
              if (thread === start) cycles.push(chain.sort((x, y) => x - y).join());
            }
          }
          return cycles;
        };
        const real = new Set(orders.flatMap(stuck));
        const locksOf = (events: readonly number[]): string =>
          events.map((event) => `${execution.thread[event]} ${execution.target[event]}`).join();
        for (const { chain, witness } of soundDeadlocks(execution)) {
          told++;
          const events = chain.map(({ event }) => event).sort((x, y) => x - y);
          if (chain.every(({ guards }) => guards.every(({ own }) => own))) assert.ok(real.has(events.join()), text);
          assert.ok(isCorrect(execution, witness!), text);
        }
        const predicted = new Set(
          predictedDeadlocks(execution).map(({ chain }) =>
            locksOf(chain.map(({ event }) => event).sort((x, y) => execution.thread[x]! - execution.thread[y]!)),
          ),
        );
        for (const events of real) {
          const sorted = events
            .split(',')
            .map(Number)
            .sort((x, y) => execution.thread[x]! - execution.thread[y]!);
          assert.ok(predicted.has(locksOf(sorted)), `${events}\n${text}`);
        }
      }),
      property(150),
    );
    if (USUAL) assert.ok(told > 0);
  });
});
