/** One bug is one finding, from whichever side it was seen; two bugs are two. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import { mergeByCause, otherSites, withViewsOf } from '../../../core/analyse/telling/also-seen';
import { mergeAcrossTests } from '../../../core/analyse/telling/join';
import type { Finding, FindingKind, FindingSite } from '../../../protocol/finding';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

const found = (text: string, header: Partial<TraceHeader> = {}) =>
  analyseTrace(traceOf(text, header), { package: 'example.com/p', test: 'TestX' }).findings;
const linesOf = ({ sites }: { sites: FindingSite[] }) => sites.slice(0, 2).map(({ line }) => line);

describe('races', () => {
  const start = `
    1 go >1.1 :1
    1 go >1.2 :2
    1.1 start ~0
    1.2 start ~1`;

  it('of one variable between two functions are one, with each pair of lines', () => {
    const findings = found(`${start}
      1.1 read var/n :10
      1.1 write var/n :11
      1.2 write var/n :20`);
    assert.equal(findings.length, 1);
    const [finding] = findings;
    assert.deepEqual(finding && linesOf(finding), [11, 20]);
    assert.deepEqual(finding?.alsoSeen?.map(linesOf), [[20, 10]]);
  });

  it('of a struct that is copied and of its fields are one', () => {
    const trace = traceOf(`${start}
      1.1 write var/s.a =8 :10
      1.1 write var/s.b =8 :11
      1.2 read var/s =16 :20`);
    const [a, b, whole] = trace.header.objects;
    Object.assign(a ?? {}, { region: 2, offset: 0 });
    Object.assign(b ?? {}, { region: 2, offset: 8 });
    Object.assign(whole ?? {}, { region: 2, offset: 0 });
    const { findings } = analyseTrace(trace, { package: 'example.com/p', test: 'TestX' });
    assert.deepEqual(findings.map(linesOf), [[10, 20]]);
    assert.deepEqual(findings[0]?.alsoSeen?.map(linesOf), [[11, 20]]);
  });

  it('have the same id on whichever lines they were seen, and wherever these lie', () => {
    const lines = [
      ['read', 10],
      ['write', 11],
      ['write', 99],
    ] as const;
    const ids = lines.map(
      ([operation, line]) => found(`${start}\n1.1 ${operation} var/n :${line}\n1.2 write var/n :20`)[0]?.id,
    );
    assert.equal(new Set(ids).size, 1);
    assert.notEqual(ids[0], undefined);
  });

  it('of two variables are two, and so are those of other functions', () => {
    const two = found(`${start}
      1.1 write var/n :10
      1.1 write var/m :11
      1.2 write var/n :20
      1.2 write var/m :21`);
    assert.deepEqual(two.map(linesOf), [
      [10, 20],
      [11, 21],
    ]);
    const three = found(`
      1 go >1.1 :1
      1 go >1.2 :2
      1 go >1.3 :3
      1.1 start ~0
      1.2 start ~1
      1.3 start ~2
      1.1 write var/n :10
      1.2 write var/n :20
      1.3 write var/n :30`);
    assert.equal(new Set(three.map(({ id }) => id)).size, 3);
  });
});

describe('functions of Once that call each other', () => {
  /** The same two functions are run by whichever goroutine. */
  function blocked(text: string): Finding[] {
    const trace = traceOf(text, { outcome: 'blocked' });
    for (const site of trace.header.sites) site.function = `F${site.line}`;
    return analyseTrace(trace, { package: 'example.com/p', test: 'TestX' }).findings;
  }

  it('are one deadlock, of one goroutine or of two', () => {
    const findings = [
      blocked(`
        1 once-begin once/a :10
        1 once-begin once/b :20
        1 once!block once/a :10`),
      blocked(`
        1 once-begin once/b :20
        1 once-begin once/a :10
        1 once!block once/b :20`),
      blocked(`
        1 go >1.1 :1
        1 once-begin once/a :10
        1.1 start ~0
        1.1 once-begin once/b :20
        1 once!block once/b :20
        1.1 once!block once/a :10`),
    ].flat();
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['deadlock', 'deadlock', 'deadlock'],
    );
    assert.equal(new Set(findings.map(({ id }) => id)).size, 1);
  });

  it('are another one than the function that calls itself', () => {
    const [alone] = blocked('1 once-begin once/a :10\n1 once!block once/a :10');
    const [crossed] = blocked('1 once-begin once/a :10\n1 once-begin once/b :20\n1 once!block once/a :10');
    assert.notEqual(alone?.id, crossed?.id);
  });
});

const finding = (id: string, kind: FindingKind, lines: number[], parts: Partial<Finding> = {}): Finding => ({
  ...{ id, kind, verdict: 'confirmed', message: `${kind} ${lines}`, explanation: [], package: 'p', test: 'TestX' },
  sites: lines.map((line) => ({ file: 'a.go', line, column: 1, role: 'waits to send', operation: 'send' })),
  analysis: { name: kind === 'goroutine-leak' ? 'leak' : kind, sound: true },
  ...parts,
});

describe('causes', () => {
  const ids = (findings: Finding[]) => mergeByCause(findings).map(({ id }) => id);

  it('a leak is the wait of a deadlock, in a run whose test did not wait', () => {
    const leak = finding('1', 'goroutine-leak', [7, 3]);
    const [merged, ...more] = mergeByCause([leak, finding('2', 'deadlock', [9, 7])]);
    assert.deepEqual([merged?.id, more.length], ['2', 0]);
    assert.deepEqual(merged?.alsoSeen, [{ kind: leak.kind, message: leak.message, sites: leak.sites, id: '1' }]);
  });

  it('a leak that waits elsewhere, in another test, or at what is no wait, is a bug of its own', () => {
    const leak = finding('1', 'goroutine-leak', [7]);
    assert.deepEqual(ids([leak, finding('2', 'deadlock', [9, 8])]), ['1', '2']);
    assert.deepEqual(ids([leak, finding('2', 'deadlock', [7], { test: 'TestY' })]), ['1', '2']);
    assert.deepEqual(ids([leak, finding('2', 'deadlock', [7], { package: 'q' })]), ['1', '2']);
    const held = finding('2', 'deadlock', [7]);
    held.sites[0]!.role = 'mu was locked here and is still held';
    assert.deepEqual(ids([leak, held]), ['1', '2']);
    assert.deepEqual(ids([leak, finding('2', 'goroutine-leak', [7, 8])]), ['1', '2']);
  });

  it('that Go notices a misused wait group is part of the misuse', () => {
    const panic = finding('1', 'waitgroup-misuse', [26], { analysis: { name: 'outcome', sound: true } });
    const misuse = finding('2', 'waitgroup-misuse', [14, 26], { analysis: { name: 'waitgroup', sound: true } });
    assert.deepEqual(ids([panic, misuse]), ['2']);
    assert.deepEqual(ids([panic, { ...misuse, sites: misuse.sites.slice(0, 1) }]), ['1', '2']);
  });

  it('views are taken over once, of the same finding only', () => {
    const known = finding('1', 'data-race', [10, 20]);
    const other = finding('1', 'data-race', [11, 20]);
    const both = withViewsOf(known, other);
    assert.deepEqual(both.alsoSeen?.map(linesOf), [[11, 20]]);
    assert.equal(withViewsOf(both, finding('1', 'data-race', [20, 11])), both);
    assert.equal(withViewsOf(both, known), both);
    assert.equal(withViewsOf(known, finding('2', 'data-race', [11, 20])), known);
    assert.equal(withViewsOf(finding('1', 'panic', [1]), finding('1', 'panic', [2])).alsoSeen, undefined);
  });
});

describe('what several tests have shown', () => {
  const site = (line: number, role = 'waits to send'): FindingSite => ({
    ...{ file: 'a.go', line, column: 1, role, operation: 'send' },
  });
  const shown = (id: string, test: string, more: Partial<Finding> = {}): Finding => ({
    ...{ id, kind: 'goroutine-leak', verdict: 'confirmed', message: `seen in ${test}`, explanation: [] },
    ...{ package: 'p', test, sites: [site(1), site(2, 'was started here')], analysis: { name: 'leak', sound: true } },
    ...more,
  });
  const merged = (...findings: Finding[]) =>
    mergeAcrossTests(findings, (id) => findings.findLast((one) => one.id === id));

  it('is one finding, which names the other tests once', () => {
    const { findings, instead } = merged(
      shown('a', 'TestA'),
      shown('a', 'TestB/x'),
      shown('a', 'TestB/y'),
      shown('a', 'TestC'),
    );
    assert.deepEqual(
      findings.map(({ id, test, alsoSeen }) => [id, test, alsoSeen?.map((view) => view.test)]),
      [['a', 'TestC', ['TestA', 'TestB/x']]],
    );
    assert.equal(instead.size, 0);
  });

  it('is one, where one test leaks what stands in the deadlock of another', () => {
    const deadlock = shown('d', 'TestA', { kind: 'deadlock', sites: [site(1), site(5), site(2, 'was started here')] });
    const { findings, instead } = merged(deadlock, shown('l', 'TestB'));
    assert.deepEqual([...instead], [['l', 'd']]);
    assert.deepEqual(
      findings.map(({ id, alsoSeen }) => [id, alsoSeen?.map((view) => [view.id, view.test])]),
      [['d', [['l', 'TestB']]]],
    );
    // Started elsewhere, it may wait for another reason.
    const other = shown('l', 'TestB', { sites: [site(1), site(9, 'was started here')] });
    assert.equal(merged(deadlock, other).findings.length, 2);
  });

  it('tells the places that the finding itself does not have', () => {
    const { findings } = merged(shown('a', 'TestA'), shown('a', 'TestB', { sites: [site(1), site(7)] }));
    assert.deepEqual(
      otherSites(findings[0]!).map(({ line, role }) => [line, role]),
      [[2, 'also seen in TestA: was started here']],
    );
  });
});
