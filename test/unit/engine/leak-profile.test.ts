/** When Go's goroutine leak profile can be asked, and what its answer is told as. */

import assert from 'node:assert/strict';
import { hasLeakProfile } from '../../../engine/build/go-experiments';
import { witnessSentence } from '../../../engine/replay/leak-profile';
import { english } from '../../../protocol/phrase';

describe('the goroutine leak profile', () => {
  const cases: [version: string, experiment: string | undefined, has: boolean][] = [
    ['go1.25.3', 'goroutineleakprofile', false],
    ['go1.26.8', undefined, false],
    ['go1.26.8', 'goroutineleakprofile', true],
    ['go1.26.8', 'rangefunc,goroutineleakprofile', true],
    ['go1.27.0', undefined, true],
    ['go1.27rc3', undefined, true],
    ['go1.27.0', 'nogoroutineleakprofile', false],
    ['go2.0', undefined, true],
  ];
  for (const [version, experiment, has] of cases) {
    it(`${has ? 'is' : 'is not'} there in ${version} with GOEXPERIMENT=${experiment ?? ''}`, () => {
      assert.equal(hasLeakProfile(version, experiment === undefined ? {} : { GOEXPERIMENT: experiment }), has);
    });
  }

  it('agrees, does not see it, or both', () => {
    const witness = (leaked: string[], kept: string[]) => english(witnessSentence(leaked, kept) ?? '');
    assert.equal(
      witness(['1', '1.2'], []),
      'Go’s goroutine leak profile agrees: it takes goroutine 1 and goroutine 1.2 for leaked.',
    );
    assert.match(witness([], ['1.2']), /does not see goroutine 1\.2: a package variable/);
    assert.match(witness(['1'], ['1.2']), /takes goroutine 1 for leaked; it does not see goroutine 1\.2/);
    assert.equal(witnessSentence([], []), undefined);
  });
});
