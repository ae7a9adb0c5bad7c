/** What checks and analyses say, in another language: all of it has been looked up. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { analyseTrace } from '../../../core/analyse/analyse';
import { withSightings } from '../../../core/analyse/telling/join';
import { CHECKS } from '../../../core/static/checks';
import { closeDocument, openDocument } from '../../../core/static/document';
import { type StaticFinding, toFinding } from '../../../core/static/finding';
import { runChecks } from '../../../core/static/run-checks';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { namesOf } from '../../../core/trace/names';
import { parseTrace } from '../../../core/trace/parse-text';
import type { Trace } from '../../../core/trace/trace';
import type { Finding } from '../../../protocol/finding';
import { capitalised, english, joined, listed, phrase, translated } from '../../../protocol/phrase';
import { speak, spoken } from '../../../server/words';
import { goParser } from '../go/parser';
import { PSEUDO, untranslated } from '../pseudo';
import { traceOf } from './trace-of';

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

describe('findings of runs in another language', () => {
  beforeEach(() => speak(PSEUDO));
  afterEach(() => speak({}));

  const FOLDER = 'test/fixtures/traces';
  /** Names of what the runtime knows, as they stand in findings. */
  const textsOf = ({ message, explanation, sites, steps = [], alsoSeen = [] }: Finding): string[] => [
    ...[message, ...explanation, ...sites.map(({ role }) => role), ...steps.map(({ text }) => text)],
    ...alsoSeen.flatMap((view) => [view.message, ...view.sites.map(({ role }) => role)]),
  ];
  const names = ({ trace }: { trace: Trace }): string => JSON.stringify([namesOf(trace), trace.header.message ?? '']);

  function check(trace: Trace): number {
    const { findings } = analyseTrace(trace, { package: 'p', test: trace.header.test });
    const merged = findings.flatMap((one) => [one, withSightings(one, [{ ...one, test: 'TestOther' }])]);
    for (const finding of merged) {
      const left = textsOf(spoken(finding)).flatMap((text) =>
        untranslated(text, `${names({ trace })} ${JSON.stringify(finding.sites.map(({ file }) => file))}`).map(
          (word) => `${word} in ${text}`,
        ),
      );
      assert.deepEqual(left, []);
    }
    return findings.length;
  }

  for (const file of readdirSync(FOLDER).filter((one) => one.endsWith('.lockstep-trace'))) {
    it(file, () => {
      const { trace } = parseTrace(readFileSync(path.join(FOLDER, file), 'utf8'));
      assert.equal(check(trace!), 1);
    });
  }

  it('panics, failures, misused wait groups, locks that nobody gives back', () => {
    const runs: [string, Parameters<typeof traceOf>[1]][] = [
      [
        '1 go >1.1 :1\n1.1 close chan/c :2\n1 send chan/c :3\n1 panic :3',
        { outcome: 'panic', message: 'send on closed channel' },
      ],
      ['1 go >1.1 :1\n1.1 lock mutex/m :2\n1.1 end\n1 lock!block mutex/m :3', { outcome: 'blocked' }],
      ['1 lock mutex/m :2\n1 lock!block mutex/m :3', { outcome: 'blocked' }],
      ['1 go >1.1 :1\n1.1 wg-add wg/g =1 :2\n1 wg-wait wg/g :3', { outcome: 'pass' }],
      ['1 go >1.1 :1\n1.1 write var/v :2\n1 write var/v :3', { outcome: 'fail', message: 'v' }],
    ];
    const found = runs.map(([text, options]) => check(traceOf(text, { test: 'TestX', ...options })));
    assert.ok(found.filter((count) => count > 0).length >= 3, found.join());
  });

  it('a finding that says nothing of its templates stays as it is', () => {
    const { trace } = parseTrace(readFileSync(path.join(FOLDER, 'fetch-leak.lockstep-trace'), 'utf8'));
    const [finding] = analyseTrace(trace!, { package: 'p', test: 'TestX' }).findings;
    const { phrases, ...older } = finding!;
    assert.ok(phrases && phrases.length > 3);
    assert.deepEqual(spoken(older), older);
    // Whatever is in the file of a stored finding, it is a key and no more.
    const odd = {
      ...older,
      phrases: [
        { key: 'constructor', values: [] },
        { key: '__proto__', values: [] },
      ],
    };
    assert.deepEqual(spoken(odd), odd);
  });
});
