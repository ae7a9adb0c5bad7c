/** What checks and analyses say, in another language: all of it has been looked up. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { CHECKS } from '../../../core/static/checks';
import { closeDocument, openDocument } from '../../../core/static/document';
import { type StaticFinding, toFinding } from '../../../core/static/finding';
import { runChecks } from '../../../core/static/run-checks';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { capitalised, english, joined, listed, phrase, translated } from '../../../protocol/phrase';
import { speak, spoken } from '../../../server/words';
import { goParser } from '../go/parser';
import { PSEUDO, untranslated } from '../pseudo';

describe('phrases', () => {
  it('are templates with values, in English as they stand', () => {
    const lock = phrase`the lock ${'mu'}`;
    const said = phrase`${'f'} waits for ${lock}, ${2} times`;
    assert.equal(said.key, '{0} waits for {1}, {2} times');
    assert.equal(english(said), 'f waits for the lock mu, 2 times');
    assert.equal(english(capitalised(lock)), 'The lock mu');
    assert.equal(english(listed(['a', 'b', lock])), 'a, b and the lock mu');
    assert.equal(english(listed([])), '');
    assert.equal(english(joined(['{1}', '{0}'], ' or ')), '{1} or {0}');
  });

  it('are put into a language part by part, and what has no translation stays', () => {
    const german = { '{0} waits for {1}': 'auf {1} wartet {0}', 'the lock {0}': 'das Schloss {0}' };
    assert.equal(
      translated(phrase`${'f'} waits for ${phrase`the lock ${'mu'}`}`, german),
      'auf das Schloss mu wartet f',
    );
    assert.equal(translated(capitalised(phrase`the lock ${'mu'}`), german), 'Das Schloss mu');
    assert.equal(translated(phrase`${'f'} locks ${phrase`the lock ${'mu'}`}`, german), 'f locks das Schloss mu');
  });
});

describe('findings of static checks in another language', () => {
  let parser: Parser;
  before(async () => {
    parser = await goParser();
  });
  beforeEach(() => speak(PSEUDO));
  afterEach(() => speak({}));

  function findings(text: string, go?: string): StaticFinding[] {
    const document = openDocument(parser, text)!;
    const source = readSource(text, document.tree);
    closeDocument(document);
    return [...runChecks(new Package([{ path: 'file.go', source }], go), CHECKS).findings.values()].flat();
  }

  /** Narrow words of what is said of a program that are neither its own nor Go's. */
  function leftIn(text: string, go?: string): string[] {
    return findings(text, go).flatMap((found) => {
      const finding = toFinding(found, { package: '', inModule: (file) => file });
      const { message, explanation, sites, fixes = [] } = spoken(finding);
      const said = [message, ...explanation, ...sites.map(({ role }) => role), ...fixes.map(({ title }) => title)];
      const edits = (finding.fixes ?? []).flatMap(({ edits: all }) => all.map((edit) => edit.text));
      return said.flatMap((one) =>
        untranslated(one, `${text} ${edits.join(' ')} ${OPERATIONS}`).map(
          (word) => `${found.check}: ${word} in ${one}`,
        ),
      );
    });
  }

  /** What Go calls things that need not stand in a program. */
  const OPERATIONS = 'send receive select RLock Goexit runtime Wait Done Add Do Go AfterFunc OnceFunc Once sync Notify';

  for (const { name, examples, examplesGo } of CHECKS) {
    it(name, () => {
      const left = examples.flatMap(({ wrong }) => leftIn(`package p\n${wrong}\n`, examplesGo));
      assert.deepEqual(left, []);
    });
  }

  it('also where programs have many bugs', () => {
    const folder = 'test/fixtures/programs/static';
    const files = readdirSync(folder).filter((file) => file.endsWith('.go'));
    assert.ok(files.length > 3);
    for (const file of files) assert.deepEqual(leftIn(readFileSync(path.join(folder, file), 'utf8')), [], file);
  });
});
