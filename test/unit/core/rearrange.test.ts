import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Course, calmest, courseOf, type Edge } from '../../../core/explore/rearrange';
import type { Step } from '../../../protocol/schedule';
import { traceOf } from './trace-of';

/** A run of up to three goroutines, on three things; who waits for a time goes on when somebody else has done a step. */
const courses = fc
  .array(fc.record({ g: fc.nat(2), on: fc.nat(2), stops: fc.boolean() }), { minLength: 1, maxLength: 9 })
  .map((drawn): Course => {
    const whose = drawn.map(({ g }) => g);
    const steps = drawn.map(({ g }, at): Step => ({ g: `1.${g}`, op: 'lock', site: at }));
    const conflicts: Edge[] = [];
    for (const [second, { g, on }] of drawn.entries()) {
      const first = drawn.findLastIndex((one, at) => at < second && one.on === on);
      if (first >= 0 && drawn[first]!.g !== g) conflicts.push([first, second]);
    }
    const isLast = (at: number): boolean => !whose.slice(at + 1).includes(whose[at]!);
    const stops = drawn.map((one, at) => one.stops || isLast(at));
    return { steps, whose, stops, again: drawn.map(() => false), forced: [], conflicts };
  });

const keeps = (order: readonly number[], edges: readonly Edge[]): boolean =>
  edges.every(([first, second]) => order.indexOf(first) < order.indexOf(second));

const preemptionsOf = (order: readonly number[], { whose, stops }: Course): number =>
  order.filter((step, at) => at + 1 < order.length && whose[order[at + 1]!] !== whose[step] && !stops[step]).length;

/** All orders that keep the edges and the order of each goroutine. */
function* ordersOf(
  course: Course,
  edges: readonly Edge[],
  taken: readonly number[] = [],
): Generator<readonly number[]> {
  if (taken.length === course.steps.length) yield taken;
  for (const step of course.steps.keys()) {
    if (taken.includes(step)) continue;
    const isOpen =
      course.whose.every((g, other) => other >= step || g !== course.whose[step] || taken.includes(other)) &&
      edges.every(([first, second]) => second !== step || taken.includes(first));
    if (isOpen) yield* ordersOf(course, edges, [...taken, step]);
  }
}

describe('rearrange', () => {
  it('keeps the order of conflicts with the fewest preemptions that there are', () => {
    fc.assert(
      fc.property(courses, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), (course, chosen) => {
        const kept = course.conflicts.filter((_, at) => chosen[at]);
        const order = calmest(course, kept).map(({ site }) => site);
        assert.equal(new Set(order).size, course.steps.length);
        const all = [...ordersOf(course, kept)];
        assert.ok(all.some((one) => one.join() === order.join()));
        assert.ok(keeps(order, kept));
        assert.equal(preemptionsOf(order, course), Math.min(...all.map((one) => preemptionsOf(one, course))));
      }),
      { numRuns: 300 },
    );
  });

  it('takes from a trace what conflicts, and what makes other steps possible', () => {
    const trace = traceOf(`
      1 go >1.1
      1.1 start
      1.1 lock mutex/m
      1 lock!block mutex/m
      1.1 unlock mutex/m
      1 lock!wake mutex/m
      1.1 atomic var/v =1
      1 atomic var/v =2
      1.1 atomic var/v =1`);
    const steps = [
      { g: '1.1', op: 'start', at: 1 },
      { g: '1.1', op: 'lock', at: 2 },
      { g: '1', op: 'lock', at: 3 },
      { g: '1.1', op: 'atomic', at: 4 }, // the unlock is no step of its own here
      { g: '1', op: 'lock', at: 7 },
      { g: '1.1', op: 'atomic', at: 8 },
    ].map((step) => ({ ...step, site: 0 }) as Step);
    const course = courseOf(trace, steps);
    assert.ok(course);
    assert.deepEqual(course.again, [false, false, false, false, true, false]);
    assert.deepEqual(course.stops, [false, false, true, false, true, true]);
    assert.deepEqual(course.forced, [[3, 4]]);
    assert.deepEqual(course.conflicts, [
      [1, 2],
      [2, 3],
      [4, 5],
    ]);
    assert.equal(
      calmest(course, course.conflicts)
        .map(({ g }) => g)
        .join(' '),
      '1.1 1.1 1 1.1 1.1',
    );
    assert.equal(courseOf(trace, [{ g: '1', op: 'lock', site: 0 }]), undefined);
  });
});
