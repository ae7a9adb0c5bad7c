/** When a run that goes round in circles counts as a livelock: against how other runs of the test ended. */
import assert from 'node:assert/strict';
import { Livelocks, type Suspect } from '../../../engine/explore/livelocks';
import type { RunLine } from '../../../protocol/run';

const line = (outcome: RunLine['outcome'], steps: number, early = false): RunLine => ({
  type: 'run',
  test: 'TestX',
  index: 0,
  seed: '1',
  outcome,
  returned: true,
  foreign: false,
  early,
  steps,
  preemptions: 0,
});
const suspect = (id: string, steps = 100_000) => ({ finding: { id }, steps }) as unknown as Suspect;
const ids = (suspects: Suspect[]) => suspects.map(({ finding }) => finding.id);

describe('suspected livelocks', () => {
  it('wait until a run has ended in a small part of their steps', () => {
    const livelocks = new Livelocks();
    livelocks.take(suspect('a'));
    assert.deepEqual(livelocks.certain(), []);
    livelocks.note(line('limit', 100_000));
    livelocks.note(line('pass', 10, true));
    assert.deepEqual(livelocks.certain(), []);
    livelocks.note(line('pass', 200));
    assert.deepEqual(ids(livelocks.certain()), ['a']);
    assert.deepEqual(livelocks.certain(), []);
  });

  it('are none when the test is long in some interleavings anyway', () => {
    const livelocks = new Livelocks();
    livelocks.note(line('pass', 200));
    livelocks.note(line('pass', 20_000));
    livelocks.take(suspect('a'));
    assert.deepEqual(livelocks.certain(), []);
  });
});
