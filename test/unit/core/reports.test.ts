/** Reports of findings, each read back by the rules of its format: no finding may break one, whatever it says. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Result } from 'sarif';
import { convert } from 'xmlbuilder2';
import { annotationsOf } from '../../../core/report/annotations';
import { separated } from '../../../core/report/intended';
import { junitOf } from '../../../core/report/junit';
import { markdownOf } from '../../../core/report/markdown';
import { type Report, utf16Column } from '../../../core/report/report';
import { sarifOf } from '../../../core/report/sarif';
import { homeOf } from '../../../engine/system/release';
import { FINDING_KINDS, type Finding, type TestReport } from '../../../protocol/finding';
import { assertSarif, isSarif } from '../../sarif-schema';

const deadlock: Finding = {
  id: '68a5f2b00556',
  kind: 'deadlock',
  verdict: 'confirmed',
  message: 'Goroutine 1.3 waits to send on ch (a.go:7) while it holds mu; goroutine 1.1 waits for mu (a.go:9)',
  explanation: [
    'Goroutine 1.3 locks mu (a.go:6).',
    'Goroutine 1.1 waits for mu (a.go:9).',
    'None of them ever goes on.',
  ],
  steps: [
    { text: 'Goroutine 1.3 locks mu (a.go:6).', file: 'p/a.go', line: 6, column: 2, goroutine: '1.3' },
    { text: 'Goroutine 1.1 waits for mu (a.go:9).', file: 'p/a.go', line: 9, column: 2, goroutine: '1.1' },
  ],
  package: 'example.com/p',
  test: 'TestA',
  sites: [
    { file: 'p/a.go', line: 7, column: 15, role: 'waits to send', goroutine: '1.3', operation: 'send' },
    { file: 'p/a.go', line: 9, column: 2, role: 'waits for the lock', goroutine: '1.1', operation: 'lock' },
  ],
  schedule: 'schedules/68a5f2b00556.json',
  analysis: { name: 'deadlock', sound: true },
};

const suspected: Finding = {
  ...{ id: '0123456789ab', kind: 'abandoned-channel', verdict: 'suspected', message: 'ch is abandoned' },
  ...{ explanation: [], package: 'example.com/q', analysis: { name: 'abandoned-channel', sound: false } },
  sites: [{ file: '/elsewhere/my dir/b#.go', line: 1, column: 1, role: 'waits', operation: 'send' }],
  fixes: [
    {
      title: 'Make room for one',
      edits: [{ file: 'p/a.go', start: { line: 3, column: 4 }, end: { line: 3, column: 5 }, text: ', 1' }],
    },
  ],
};

const test = (name: string, findings: string[], problem?: string): TestReport => ({
  ...{ package: 'example.com/p', test: name, schedules: 1234, seconds: 1.5, findings, uncontrolled: [] },
  coverage: { sitesReached: 3, sites: 4 },
  ...(problem === undefined ? {} : { problem }),
});

const reportOf = (parts: Partial<Report>): Report => ({
  ...{ findings: [], tests: [], problems: [], line: () => undefined },
  ...parts,
});

const whole = reportOf({
  findings: [deadlock, suspected],
  tests: [test('TestA', [deadlock.id]), test('TestB', []), test('TestC', [], 'TestC does not end.')],
  problems: ['q/q.go:3:1: undefined: x'],
  line: (file, line) => (file === 'p/a.go' && line === 7 ? '\t"äß🙂" ; ch <- 1' : undefined),
});

/** All that can be in a finding, with texts that no format likes. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(']]>', '</failure>', 'a\nb', '::error::x', 'a,b:c%25', '| a | `b` |', '\u0000\ud800\uffff', '<!--'),
);
const anyPlace = fc.record({
  file: fc.oneof(fc.constantFrom('a.go', 'dir/my file%.go', '/abs/x.go', 'C:/x/y.go', ''), anyText),
  line: fc.integer({ min: 1, max: 1e6 }),
  column: fc.integer({ min: 1, max: 500 }),
});
const anySites = fc.array(
  fc.tuple(anyPlace, anyText).map(([place, role]) => ({ ...place, role, operation: 'send' })),
  { maxLength: 4 },
);
const anyStats = fc.record({
  ...{ schedules: fc.nat(), firstAt: fc.nat(), preemptions: fc.nat(), replays: fc.nat(), replayed: fc.nat() },
  seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
});
const anyFix = fc.record({
  title: anyText,
  edits: fc.array(
    fc.tuple(anyPlace, anyPlace, anyText).map(([start, end, text]) => ({ file: start.file, start, end, text })),
    { minLength: 1, maxLength: 3 },
  ),
});
const anyView = fc.record({
  kind: fc.constantFrom(...FINDING_KINDS),
  message: anyText,
  sites: anySites,
  test: anyText,
});
const anyFinding: fc.Arbitrary<Finding> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{12}$/),
  kind: fc.constantFrom(...FINDING_KINDS),
  verdict: fc.constantFrom('confirmed', 'predicted', 'suspected'),
  message: anyText,
  explanation: fc.array(anyText, { maxLength: 3 }),
  package: anyText,
  test: anyText,
  sites: anySites,
  steps: fc.array(
    fc
      .tuple(anyPlace, anyText, fc.constantFrom('1', '1.1', '1.2'))
      .map(([place, text, goroutine]) => ({ ...place, text, goroutine })),
    { maxLength: 4 },
  ),
  analysis: fc.record({ name: anyText, sound: fc.boolean() }),
  intended: fc.option(anyText, { nil: undefined }),
  ...{ schedule: fc.option(anyText, { nil: undefined }), stats: fc.option(anyStats, { nil: undefined }) },
  fixes: fc.option(fc.array(anyFix, { maxLength: 2 }), { nil: undefined }),
  alsoSeen: fc.option(fc.array(anyView, { maxLength: 2 }), { nil: undefined }),
});
const anyReport: fc.Arbitrary<Report> = fc
  .record({
    findings: fc.array(anyFinding, { maxLength: 4 }),
    problems: fc.array(anyText, { maxLength: 2 }),
    text: fc.option(anyText, { nil: undefined }),
    problem: fc.option(anyText, { nil: undefined }),
  })
  .map(({ findings, problems, text, problem }) =>
    reportOf({
      findings,
      problems,
      line: () => text,
      tests: findings.map(({ id, test: name = '' }) => test(name, [id], problem)),
    }),
  );

describe('SARIF', () => {
  const logOf = (report: Report) => {
    const log = JSON.parse(JSON.stringify(sarifOf(report, { version: '1.2.3', verb: 'test' })));
    assertSarif(log);
    return log.runs[0];
  };

  it('is valid by the schema, which refuses what is not', () => {
    logOf(whole);
    assert.equal(isSarif({ version: '2.1.0', runs: [{ results: [] }] }), false);
  });

  it('is valid for whatever a finding says', () => {
    fc.assert(
      fc.property(anyReport, (report) => void logOf(report)),
      { numRuns: 200 },
    );
  });

  it('is valid for each kind of finding', () => {
    const findings = FINDING_KINDS.map((kind) => ({
      ...suspected,
      ...deadlock,
      kind,
      alsoSeen: [{ kind, message: 'the same', sites: suspected.sites }],
    }));
    const { results }: { results: Result[] } = logOf(reportOf({ findings }));
    assert.deepEqual(
      results.map(({ ruleId }) => ruleId),
      [...FINDING_KINDS],
    );
  });

  it('has the place, in UTF-16 columns, from the root of the repository', () => {
    const [result, other]: Result[] = logOf(whole).results;
    assert.deepEqual(result?.locations?.[0]?.physicalLocation, {
      artifactLocation: { uri: 'p/a.go', uriBaseId: '%SRCROOT%' },
      region: { startLine: 7, startColumn: 11, snippet: { text: '\t"äß🙂" ; ch <- 1' } },
    });
    assert.deepEqual(other?.locations?.[0]?.physicalLocation?.artifactLocation, {
      uri: 'file:///elsewhere/my%20dir/b%23.go',
    });
    assert.deepEqual(
      result?.relatedLocations?.map(({ message }) => message?.text),
      ['waits for the lock'],
    );
  });

  it('has a rule with help for each kind, and results that point to theirs', () => {
    const run = logOf(whole);
    const { rules } = run.tool.driver;
    assert.deepEqual(
      rules.map(({ id }: { id: string }) => id),
      [...FINDING_KINDS],
    );
    for (const { ruleId, ruleIndex } of run.results) assert.equal(rules[ruleIndex].id, ruleId);
    assert.ok(rules.every(({ help }: { help: { text: string } }) => help.text.length > 40));
  });

  it('names the page of each kind where the files of this Lockstep can be read', () => {
    const rulesWith = (home?: string) =>
      sarifOf(whole, { version: '1', verb: 'test', home }).runs[0]?.tool.driver.rules;
    const home = homeOf('git+https://example.com/lockstep/go.git');
    for (const { id, helpUri } of rulesWith(home) ?? [])
      assert.equal(helpUri, `https://example.com/lockstep/go/blob/HEAD/docs/findings/${id}.md`);
    assert.ok(rulesWith()?.every(({ helpUri }) => helpUri === undefined));
    assert.equal(homeOf('github:owner/name'), undefined);
  });

  it('tells the steps in order, and each goroutine by itself', () => {
    const [result]: Result[] = logOf(whole).results;
    const flows = result?.codeFlows?.map(({ threadFlows }) =>
      threadFlows.map(({ id, locations }) => [
        id,
        locations.map(({ executionOrder, location }) => [
          executionOrder,
          location?.physicalLocation?.region?.startLine,
        ]),
      ]),
    );
    assert.deepEqual(flows, [
      [
        [
          undefined,
          [
            [1, 6],
            [2, 9],
          ],
        ],
      ],
      [
        ['goroutine 1.3', [[1, 6]]],
        ['goroutine 1.1', [[2, 9]]],
      ],
    ]);
  });

  it('has the id as its fingerprint, and says what could not be explored', () => {
    const run = logOf(whole);
    assert.deepEqual(run.results[0].partialFingerprints, { 'lockstep/v1': deadlock.id });
    assert.equal(run.invocations[0].executionSuccessful, false);
    assert.deepEqual(
      run.invocations[0].toolExecutionNotifications.map(({ message }: { message: { text: string } }) => message.text),
      ['q/q.go:3:1: undefined: x', 'TestC does not end.'],
    );
  });

  it('carries the fixes', () => {
    const [, result]: Result[] = logOf(whole).results;
    assert.deepEqual(result?.fixes?.[0]?.artifactChanges[0]?.replacements, [
      { deletedRegion: { startLine: 3, startColumn: 4, endLine: 3, endColumn: 5 }, insertedContent: { text: ', 1' } },
    ]);
  });
});

describe('columns', () => {
  it('are counted in UTF-16 units where the file counts bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        (before, after) => {
          const column = new TextEncoder().encode(before).length + 1;
          assert.equal(utf16Column(before + after, column), before.length + 1);
        },
      ),
    );
    assert.equal(utf16Column(undefined, 9), 9);
    assert.equal(utf16Column('ab', 9), 9);
  });
});

describe('JUnit', () => {
  interface Suite {
    '@name': string;
    '@tests': string;
    '@failures': string;
    '@errors': string;
    testcase: Case | Case[];
  }
  interface Case {
    '@name': string;
    failure?: { '@message': string; '@type': string; '#': string };
    error?: { '@message': string };
  }
  const listed = <T>(value: T | T[] | undefined): T[] =>
    value === undefined ? [] : Array.isArray(value) ? value : [value];
  const suitesOf = (report: Report): Suite[] => {
    const read = convert(junitOf(report), { format: 'object' }) as unknown as {
      testsuites: { testsuite?: Suite | Suite[] };
    };
    return listed(read.testsuites.testsuite);
  };

  it('has a case for each test, which fails by its finding', () => {
    const [suite, problems] = suitesOf(whole);
    assert.deepEqual(
      [suite?.['@name'], suite?.['@tests'], suite?.['@failures'], suite?.['@errors']],
      ['example.com/p', '3', '1', '1'],
    );
    const [a, b, c] = listed(suite?.testcase);
    assert.deepEqual([a?.failure?.['@type'], a?.failure?.['@message']], ['deadlock', deadlock.message]);
    assert.match(a?.failure?.['#'] ?? '', /Again: lockstep replay 68a5f2b00556/);
    assert.deepEqual([b?.failure, b?.error, c?.error?.['@message']], [undefined, undefined, 'TestC does not end.']);
    assert.equal(listed(problems?.testcase)[0]?.error?.['@message'], 'q/q.go:3:1: undefined: x');
  });

  it('is XML for whatever a finding says', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const cases = suitesOf(report).flatMap(({ testcase }) => listed(testcase));
        assert.equal(cases.length, report.tests.length + report.problems.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('annotations for GitHub', () => {
  /** As the runner of GitHub Actions reads a line. */
  function read(line: string) {
    const [, name = '', properties = '', data = ''] = /^::([a-z]+)(?: (.*?))?::(.*)$/su.exec(line) ?? [];
    const plain = (text: string) =>
      text
        .replaceAll('%0D', '\r')
        .replaceAll('%0A', '\n')
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',')
        .replaceAll('%25', '%');
    const given = properties.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), plain(pair.slice(at + 1))];
    });
    return { name, properties: Object.fromEntries(given), data: plain(data) };
  }

  it('name the line, and how to see it again', () => {
    const [first, second, ...rest] = annotationsOf(whole).map(read);
    assert.deepEqual(first?.properties, {
      title: 'Deadlock (confirmed) in TestA of example.com/p',
      file: 'p/a.go',
      line: '7',
      col: '11',
    });
    assert.equal(first?.name, 'error');
    assert.match(
      first?.data ?? '',
      /^Goroutine 1\.3 .*\n1\. Goroutine 1\.3 locks mu.*\n2\. .*\n3\. .*\nAgain: lockstep replay 68a5f2b00556$/,
    );
    assert.equal(second?.name, 'warning');
    assert.deepEqual(
      rest.map(({ data }) => data),
      ['q/q.go:3:1: undefined: x', 'TestC does not end.'],
    );
  });

  it('are one line each, and are read as they were meant', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const { open } = separated(report.findings);
        for (const [index, line] of annotationsOf(report).slice(0, open.length).entries()) {
          const { message, sites } = open[index]!;
          assert.ok(!/[\r\n]/u.test(line));
          const { name, data, properties } = read(line);
          assert.ok(name === 'error' || name === 'warning');
          assert.ok(data.startsWith(`${message}.`));
          if (sites[0]?.file) assert.equal(properties.file, sites[0].file);
        }
      }),
    );
  });
});

describe('the summary in Markdown', () => {
  it('counts, lists and explains', () => {
    const text = markdownOf(whole);
    assert.match(text, /^## Lockstep: 2 findings in 3,702 interleavings of 3 tests$/m);
    assert.match(
      text,
      /^\| Deadlock \(confirmed\) \| `p\/a.go:7` \| `TestA` \| Goroutine 1\.3 waits to send on ch \\\(a\.go:7\\\)/m,
    );
    assert.match(text, /^1\. Goroutine 1\.3 locks mu \\\(a\.go:6\\\)\.$/m);
    assert.match(text, /^\| `TestC` \| `example.com\/p` \| TestC does not end\. \| 1,234 \| 3 of 4 \|$/m);
    assert.match(
      markdownOf(reportOf({ tests: [test('TestA', [])] })),
      /^## Lockstep: no bug in 1,234 interleavings of 1 test$/m,
    );
  });

  it('has a row for each finding, whatever it says', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const text = markdownOf(report);
        const rows = text.split('\n').filter((line) => line.startsWith('| '));
        const { open, intended } = separated(report.findings);
        const table = (size: number) => (size === 0 ? 0 : 2 + size);
        assert.equal(rows.length, table(open.length) + table(intended.length) + table(report.tests.length));
        for (const row of rows) assert.ok([4, 5].includes(row.split(/(?<!\\)\|/u).length - 2), row);
      }),
    );
  });
});
