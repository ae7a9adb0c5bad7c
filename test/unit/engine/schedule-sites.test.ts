import assert from 'node:assert/strict';
import { anchorSteps, scheduleOf } from '../../../engine/run/schedule-sites';
import type { Operation, Site } from '../../../protocol/trace';

function site(id: number, line: number, operation: Operation = 'lock', enclosing = 'F'): [number, Site] {
  return [id, { id, file: 'a.go', line, column: 2, operation, function: enclosing, expression: 'mu' }];
}

const raw = {
  version: 1 as const,
  seed: '7',
  strategy: 'random',
  preemptions: 1,
  steps: [
    { g: '1', op: 'go' as const, site: 10 },
    { g: '1.1', op: 'lock' as const, site: 11 },
    { g: '1', op: 'select' as const, site: 12, case: 1 },
    { g: '0', op: 'clock' as const, site: 0 },
  ],
};
const origin = {
  package: 'p',
  test: 'TestX',
  sourceHash: 'h',
  sites: new Map([site(10, 3, 'go'), site(11, 5), site(12, 9, 'select')]),
};

describe('schedule sites', () => {
  it('gives the same steps back for the same source under other numbers', () => {
    const schedule = scheduleOf(raw, origin);
    assert.deepEqual(
      schedule.steps.map((step) => step.site),
      [0, 1, 2, -1],
    );
    const renumbered = new Map([site(1, 3, 'go'), site(2, 5), site(3, 9, 'select')]);
    const { steps, reanchored, lost } = anchorSteps(schedule, renumbered);
    assert.deepEqual(
      steps.map((step) => step.site),
      [1, 2, 3, 0],
    );
    assert.deepEqual([steps[2]?.case, reanchored, lost], [1, 0, []]);
  });

  it('keeps the places that were scheduling points', () => {
    const schedule = scheduleOf({ ...raw, points: [12, 10] }, origin);
    assert.deepEqual(
      schedule.points?.map((index) => schedule.sites[index]?.line),
      [9, 3],
    );
    const renumbered = new Map([site(1, 3, 'go'), site(2, 5), site(3, 9, 'select')]);
    assert.deepEqual(anchorSteps(schedule, renumbered).points, [3, 1]);
    assert.deepEqual(anchorSteps(schedule, new Map([site(1, 3, 'go')])).points, [1], 'a place that is gone is none');
  });

  it('finds moved places by function and operation, the nearest first', () => {
    const moved = new Map([site(1, 13, 'go'), site(2, 15), site(3, 40), site(4, 19, 'select')]);
    const { steps, reanchored } = anchorSteps(scheduleOf(raw, origin), moved);
    assert.deepEqual(
      steps.map((step) => step.site),
      [1, 2, 4, 0],
    );
    assert.equal(reanchored, 3);
  });

  it('names places that are gone', () => {
    const { steps, lost } = anchorSteps(scheduleOf(raw, origin), new Map([site(1, 3, 'go'), site(2, 6, 'lock', 'G')]));
    assert.deepEqual(
      steps.map((step) => step.site),
      [1, 0, 0, 0],
    );
    assert.deepEqual(
      lost.map(({ line }) => line),
      [5, 9],
    );
  });
});
