/** The worked examples of the papers, through every analysis. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANALYSES } from '../../../core/analyse/predict/analyses';
import { analyzeExecution } from '../../../core/analyse/predict/findings';
import { factsOf } from '../../../core/analyse/reorder/facts';
import { enabledAfter } from '../../../core/analyse/reorder/machine';
import { readStd } from '../../../core/trace/execution/std';
import { COPY_FORMATS, copied } from '../../../core/view/export/copy';
import { shown } from '../../../core/view/export/formats';
import { clockColumn, relationArrows, setColumn } from '../../../core/view/export/relation';
import { traceOf } from './trace-of';

const read = (name: string) => {
  const file = `${name}.std`;
  const { execution, problem } = readStd(readFileSync(join(import.meta.dirname, '../../fixtures/traces/std', file)));
  assert.ok(execution, problem);
  return { execution, file };
};

/** Analysis → the events of what it finds. */
function foundIn(name: string): Record<string, number[][]> {
  const { execution, file } = read(name);
  const { findings, problems } = analyzeExecution({ execution }, { file });
  assert.deepEqual(problems, []);
  const found: Record<string, number[][]> = {};
  for (const { analysis, events, witness, sites } of findings) {
    found[analysis.name] = [...(found[analysis.name] ?? []), events!];
    assert.deepEqual(
      sites.map(({ line }) => line),
      events!.map((event) => execution.source[event - 1]! + 1),
    );
    if (witness === undefined) continue;
    assert.ok(analysis.sound);
    const facts = factsOf(execution);
    const [before, next] = [witness, events!].map((list) => list.map((event) => event - 1));
    assert.ok(enabledAfter(facts, before!, next!), analysis.name);
  }
  return found;
}

describe('predictions', () => {
  const expectations: Record<string, Record<string, number[][]>> = {
    'two-writes': { hb: [[4, 6]], 'hb-sets': [[4, 6]], shb: [[4, 6]], pwr: [[4, 6]], 'sync-preserving': [[4, 6]] },
    // The critical sections can be the other way round.
    'two-writes-ordered': { pwr: [[2, 6]], 'sync-preserving': [[2, 6]] },
    'crossing-locks': { 'lock-dependencies': [[4, 8]], 'lock-dependencies-sound': [[4, 8]] },
    'guard-of-parent': {},
    'lock-of-parent': { 'lock-dependencies': [[4, 9]], 'lock-dependencies-sound': [[4, 9]] },
    'first-read': { hb: [[3, 5]], 'hb-sets': [[3, 5]], shb: [[3, 5]], pwr: [[3, 5]], 'sync-preserving': [[3, 5]] },
  };
  for (const [name, expected] of Object.entries(expectations)) {
    it(`of ${name}`, () => assert.deepEqual(foundIn(name), expected));
  }

  it('see that a release by another thread does not order its owner', () => {
    const found = foundIn('handed-over-mutex');
    for (const name of ['hb', 'hb-sets', 'shb', 'pwr', 'sync-preserving'])
      assert.deepEqual(found[name], [[4, 7]], name);
  });

  it('have all the names that the command takes', () => {
    const names = ANALYSES.map(({ name }) => name).join();
    assert.match(names, /^hb,hb-sets,shb,lockset,pwr,sync-preserving,lock-dependencies,lock-dependencies-sound/u);
  });
});

describe('showing executions', () => {
  it('copies a trace of a Go program in every format, also a part of it', () => {
    const trace = traceOf('1 go >1.1\n1.1 write var/x\n1 lock mutex/m\n1 read var/x\n1 unlock mutex/m');
    const texts = Object.fromEntries(COPY_FORMATS.map(({ format }) => [format, copied(trace, format)]));
    assert.match(texts.markdown!, /\| 1 +\| 1\.1 +\|\n/u);
    assert.match(texts.latex!, /\\draw \(trace-1\) to/u);
    assert.equal(readStd(new TextEncoder().encode(texts.std!)).execution?.count, 5);
    assert.ok(JSON.parse(texts.perfetto!));
    const part = copied(trace, 'markdown', { events: [1, 3] });
    assert.match(part, /2\. .*w\(.*\n.*4\. .*r\(/u);
    assert.doesNotMatch(part, /fork|acq/u);
  });

  it('gives the clocks of the two writes that race', () => {
    const { execution } = read('two-writes');
    const column = clockColumn(execution, 'hb');
    // With the fork as the first event of T0.
    assert.deepEqual([3, 5].map(column.of), ['[4,0]', '[3,2]']);
  });

  it('gives the clocks of the lecture, where both threads are there from the start', () => {
    const text = 'T1|acq(y)|1\nT1|rel(y)|2\nT1|w(x)|3\nT2|acq(y)|4\nT2|w(x)|5\nT2|rel(y)|6\n';
    const { execution } = readStd(new TextEncoder().encode(text));
    const { of } = clockColumn(execution!, 'hb');
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(of), ['[1,0]', '[2,0]', '[3,0]', '[2,1]', '[2,2]', '[2,3]']);
    const { findings } = analyzeExecution({ execution: execution! }, { file: 'x.std', only: ['hb', 'hb-sets'] });
    assert.deepEqual(
      findings.map(({ events }) => events),
      [
        [3, 5],
        [3, 5],
      ],
    );
  });

  it('gives the table of PWR sets of three accesses', () => {
    const { execution } = read('three-accesses');
    const rows = shown(execution, 'markdown', { column: setColumn(execution, 'pwr') }).split('\n');
    const cells = rows.slice(2, 6).map((row) => row.split('|').map((cell) => cell.trim()));
    assert.deepEqual(
      cells.map((row) => row.slice(1, 5)),
      [
        ['1.', 'fork(T1)', '', 'fork(T1)_1'],
        ['2.', '', 'w(x)', 'fork(T1)_1, w(x)_2'],
        ['3.', 'w(x)', '', 'fork(T1)_1, w(x)_3'],
        ['4.', '', 'r(x)', 'fork(T1)_1, w(x)_2, w(x)_3, r(x)_4'],
      ],
    );
    const chosen = [1, 3];
    const some = shown(execution, 'markdown', {
      events: chosen,
      column: setColumn(execution, 'pwr', { events: chosen }),
    });
    assert.match(some, /w\(x\)_2, r\(x\)_4/u);
    assert.doesNotMatch(some, /fork/u);
  });

  it('draws arrows between events of different threads', () => {
    const { execution } = read('three-accesses');
    const arrows = relationArrows(execution, 'pwr');
    assert.deepEqual(arrows, [
      [0, 1],
      [2, 3],
    ]);
    const latex = shown(execution, 'latex', { arrows });
    assert.match(latex, /\\draw \(trace-3\) to \(trace-4\);/u);
    assert.match(latex, /\\tikzmarknode\{trace-1\}\{\\textit\{fork\(T1\)\}\}/u);
  });

  it('gives a document that Perfetto opens: slices that end, and a name for each thread', () => {
    const { execution } = read('crossing-locks');
    const { traceEvents } = JSON.parse(shown(execution, 'perfetto')) as {
      traceEvents: { ph: string; name: string; tid: number; args?: { name?: string } }[];
    };
    const count = (ph: string) => traceEvents.filter((event) => event.ph === ph).length;
    assert.equal(count('B'), 4);
    assert.equal(count('E'), 4);
    assert.deepEqual(
      traceEvents.filter(({ name }) => name === 'thread_name').map(({ args }) => args?.name),
      ['T0', 'T1', 'T2'],
    );
  });
});
