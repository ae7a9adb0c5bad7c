// What a test binary says of the first step that differs (tracer/runtime/replay.go), with places, in any language.
import assert from 'node:assert/strict';
import { differenceOf } from '../../../engine/replay/difference';
import { english, translated } from '../../../protocol/phrase';
import type { Site } from '../../../protocol/trace';
import { PSEUDO, untranslated } from '../pseudo';

const site = (id: number, line: number): [number, Site] => [
  id,
  { id, file: 'a.go', line, column: 1, operation: 'lock', function: 'f', expression: '' },
];
const SITES = new Map([site(3, 7), site(12, 9)]);

describe('where a run differs from its schedule', () => {
  const cases: [said: string, told: string][] = [
    [
      'step 5 differs: goroutine 1.2 was to do "lock" (site 12), but waits to do "send" (site 3)',
      'step 5 differs: goroutine 1.2 was to do "lock" (a.go:9, in f), but waits to do "send" (a.go:7, in f)',
    ],
    ['step 5 differs: goroutine 1 was to do "wg-wait", but is about to do "select-case" (site 12)', ''],
    ['step 1 differs: goroutine 1 was to do "lock" (site 12), but has ended', ''],
    ['step 1 differs: goroutine 1 was to do "lock", but is in code that is not instrumented', ''],
    ['step 1 differs: goroutine 1 was to do "lock" (site 99), but cannot go on', ''],
    ['step 1 differs: goroutine 1 was to do "lock", but there is no such goroutine', ''],
    ['step 2 differs: goroutine 1 was to do "select" (site 3) with case 2, which is not ready', ''],
    ['step 7 differs: time was to pass, but no timer is set', ''],
  ];
  for (const [said, told] of cases) {
    it(said, () => {
      const difference = differenceOf({ message: said }, SITES);
      const places = (text: string) =>
        text
          .replaceAll(' (site 12)', ' (a.go:9, in f)')
          .replaceAll(' (site 3)', ' (a.go:7, in f)')
          .replaceAll(' (site 99)', '');
      assert.equal(english(difference), told || places(said));
      const names = (said.match(/"[\w-]+"/g) ?? []).join(' ');
      assert.deepEqual(untranslated(translated(difference, PSEUDO), `${names} go in`), []);
    });
  }

  it('keeps what it does not know', () => {
    assert.equal(english(differenceOf({ message: 'the moon was full' }, SITES)), 'the moon was full');
    assert.equal(english(differenceOf({ message: 'step 3 differs: it rains' }, SITES)), 'step 3 differs: it rains');
    assert.equal(english(differenceOf({}, SITES)), 'the run took another course');
  });
});
