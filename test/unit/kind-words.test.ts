import assert from 'node:assert/strict';
import { FINDING_KINDS } from '../../protocol/finding';
import { KIND_WORDS, VERDICT_WORDS } from '../../protocol/kind-words';
import { english, translated } from '../../protocol/phrase';
import { PSEUDO, untranslated } from './pseudo';

describe('words for kinds and verdicts', () => {
  it('are their names with blanks, and can be translated', () => {
    for (const kind of FINDING_KINDS) assert.equal(english(KIND_WORDS[kind]), kind.replaceAll('-', ' '));
    for (const [verdict, words] of Object.entries(VERDICT_WORDS)) assert.equal(english(words), verdict);
    for (const words of [...Object.values(KIND_WORDS), ...Object.values(VERDICT_WORDS)])
      assert.deepEqual(untranslated(translated(words, PSEUDO), ''), []);
  });
});
