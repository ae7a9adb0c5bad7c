/** How long an exploration that does not ask for it uses Go's race detector. */
import assert from 'node:assert/strict';
import { secondsForRaces } from '../../../engine/explore/race-judge';

describe('the share of the race detector', () => {
  it('is a quarter of an exploration that used its time', () => {
    assert.equal(secondsForRaces(22.5, 30), 7.5);
  });
  it('is a quarter of one that ended early, too', () => {
    assert.equal(secondsForRaces(6, 30), 2);
  });
  it('is short after a short one, so that nobody waits', () => {
    assert.equal(secondsForRaces(0.1, 30), 0.5);
  });
  it('does not go beyond the budget', () => {
    assert.equal(secondsForRaces(29.9, 30).toFixed(3), '0.100');
    assert.equal(secondsForRaces(31, 30), 0);
  });
});
