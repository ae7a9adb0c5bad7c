import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  calm,
  calmer,
  contextSwitches,
  directiveOf,
  itemsOf,
  preemptions,
  shorten,
} from '../../../core/explore/shorten';
import type { Directive, Step } from '../../../protocol/schedule';

const steps = (text: string): Step[] =>
  text.split(' ').map((word) => {
    const [g, choice] = word.split('#') as [string, string?];
    return { g, op: 'lock', site: 0, ...(choice === undefined ? {} : { case: Number(choice) }) };
  });

const directive = (size: number): Directive => ({
  switches: Array.from({ length: Math.ceil(size / 2) }, (_, after) => ({ from: '1', after, to: '1.1' })),
  cases: Array.from({ length: Math.floor(size / 2) }, (_, at) => ({ g: '1', at, case: 1 })),
});

describe('shorten', () => {
  it('writes a run down as its switches and cases', () => {
    assert.deepEqual(directiveOf(steps('1 1 1.1 1#2 0 1.1')), {
      switches: [
        { from: '1', after: 2, to: '1.1' },
        { from: '1.1', after: 1, to: '1' },
        { from: '1', after: 3, to: '0' },
        { from: '0', after: 1, to: '1.1' },
      ],
      cases: [{ g: '1', at: 2, case: 2 }],
    });
  });

  it('tells who yields to go on, as it would hand on otherwise', () => {
    const [first, second, third] = steps('1 1 1.1') as [Step, Step, Step];
    assert.deepEqual(directiveOf([first, { ...second, op: 'yield' }, { ...third, op: 'yield' }]).switches, [
      { from: '1', after: 1, to: '1' },
      { from: '1', after: 2, to: '1.1' },
    ]);
  });

  it('writes down that another goroutine than that of the test began', () => {
    assert.deepEqual(directiveOf(steps('1.1 1')).switches, [
      { from: '1', after: 0, to: '1.1' },
      { from: '1.1', after: 1, to: '1' },
    ]);
  });

  it('puts switches off, one by one, as long as that leaves fewer preemptions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        async (size, needed) => {
          const whole = { ...directive(2 * size), cases: [] };
          const urgent = (candidate: Directive): number => candidate.switches.filter(({ later }) => !later).length;
          // Some must stay where they are, the others need only be there.
          const shows = ({ switches }: Directive): boolean =>
            whole.switches.every(({ after }) =>
              switches.some((one) => one.after === after && !(one.later && needed[after])),
            );
          let least = size;
          const better = (candidate: Directive): boolean => shows(candidate) && urgent(candidate) < least;
          const calmed = await calm(
            whole,
            async (candidates) => {
              const first = candidates.findIndex(better);
              if (first >= 0) least = urgent(candidates[first]!);
              return first;
            },
            10_000,
          );
          assert.ok(shows(calmed));
          assert.equal(urgent(calmed), needed.slice(0, size).filter(Boolean).length);
          assert.ok([...calmer(calmed)].every((candidate) => !better(candidate)));
        },
      ),
    );
  });

  it('counts switches and preemptions', () => {
    assert.equal(contextSwitches(steps('1 1.1 0 1.1 1')), 2);
    assert.equal(preemptions(steps('1 1.1 1.1 1 1.2')), 1);
    assert.equal(
      preemptions(steps('1 1.1 1.1 1 1.2'), (index) => index === 0),
      2,
    );
  });

  it('finds a directive from which nothing can be taken away', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 24 }),
        fc.array(fc.uniqueArray(fc.nat(23), { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
        async (size, causes) => {
          const whole = directive(size);
          const all = itemsOf(whole).map((item) => JSON.stringify(item));
          // The bug shows when all items of any one cause are there: not monotone in a single set, as real bugs.
          const shows = (candidate: Directive): boolean => {
            const has = new Set(itemsOf(candidate).map((item) => JSON.stringify(item)));
            return causes.some((cause) => cause.every((index) => index < all.length && has.has(all[index]!)));
          };
          const {
            directive: small,
            reproduced,
            minimal,
          } = await shorten(whole, async (round) => round.findIndex(shows), 10_000);
          assert.equal(reproduced, shows(whole));
          if (!reproduced) return;
          assert.ok(minimal && shows(small));
          const items = itemsOf(small);
          for (const index of items.keys()) {
            const rest = items.filter((_, at) => at !== index);
            const without = { switches: [], cases: [] } as Directive;
            for (const item of rest)
              item.type === 'switch' ? without.switches.push(item.value) : without.cases.push(item.value);
            assert.ok(!shows(without));
          }
        },
      ),
    );
  });

  it('keeps its budget and gives the best it has', async () => {
    let given = 0;
    const needs = 17;
    const result = await shorten(
      directive(40),
      async (candidates) => {
        const first = candidates.findIndex(({ switches }) => switches.some(({ after }) => after === needs));
        given += first < 0 ? candidates.length : first + 1;
        return first;
      },
      6,
    );
    assert.equal(given, 6);
    assert.equal(result.tests, 6);
    assert.equal(result.minimal, false);
    assert.ok(result.directive.switches.some(({ after }) => after === needs));
    assert.ok(itemsOf(result.directive).length < 40);
  });
});
