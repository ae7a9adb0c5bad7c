/** RAPID's STD format: whole files, files in pieces, and files that are not whole. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { actionAt, ExecutionBuilder, targetName } from '../../../core/trace/execution/execution';
import { readStd, StdReader, writeStd } from '../../../core/trace/execution/std';
import { ALL_KINDS, property, randomExecution } from './random-execution';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const problemOf = (text: string): string | undefined => readStd(bytes(text)).problem;

describe('STD files', function () {
  this.timeout(0);

  it('gives the sample of RAPID', () => {
    const { execution } = readStd(
      bytes(
        'T0|r(V123)|345\nT1|w(V234.23[0])|456\nT0|fork(T2)|123\nT2|acq(L34)|120\r\nT2|rel(L34)|130\n\nT0|join(T2)|134',
      ),
    );
    assert.ok(execution);
    const told = Array.from({ length: execution.count }, (_, at) => [
      execution.names.threads[execution.thread[at]!],
      actionAt(execution, at),
      targetName(execution, at),
      execution.names.places[execution.place[at]!],
      execution.source[at],
    ]);
    assert.deepEqual(told, [
      ['T0', 'read', 'V123', '345', 0],
      ['T1', 'write', 'V234.23[0]', '456', 1],
      ['T0', 'fork', 'T2', '123', 2],
      ['T2', 'acquire', 'L34', '120', 3],
      ['T2', 'release', 'L34', '130', 4],
      ['T0', 'join', 'T2', '134', 6],
    ]);
  });

  it('is the same written and read again, also in pieces', () => {
    const shape = { threads: 5, locks: 3, variables: 3, maxLength: 80, kinds: ALL_KINDS, nested: true };
    fc.assert(
      fc.property(randomExecution(shape), fc.integer({ min: 1, max: 40 }), (execution, size) => {
        const text = writeStd(execution);
        const again = readStd(bytes(text));
        assert.equal(again.problem, undefined);
        assert.equal(writeStd(again.execution!), text);
        const builder = new ExecutionBuilder();
        const reader = new StdReader(builder, builder.names);
        const all = bytes(text);
        for (let at = 0; at < all.length; at += size) assert.equal(reader.push(all.subarray(at, at + size)), undefined);
        assert.equal(reader.end(), undefined);
        assert.equal(writeStd({ ...builder.build(), capacities: again.execution!.capacities }), text);
      }),
      property(200),
    );
  });

  it('passes over the mark of UTF-8 in front, and over what Windows ends lines with', () => {
    const { execution } = readStd(bytes('\ufeffT0|w(V)|1\r\nT0|r(V)|2\r\n'));
    assert.deepEqual(execution?.names.threads, ['T0']);
    assert.deepEqual(execution?.names.places, ['1', '2']);
  });

  it('keeps no line without end', () => {
    const builder = new ExecutionBuilder();
    const reader = new StdReader(builder, builder.names);
    assert.equal(reader.push(bytes('T0|w(V)|1\n')), undefined);
    const piece = new Uint8Array(1 << 18).fill(120);
    const problems = [1, 2, 3, 4, 5].map(() => reader.push(piece));
    const long = 'Line 2 is not an event: it has more than 1048576 bytes.';
    assert.deepEqual(problems, [undefined, undefined, undefined, undefined, long]);
    assert.equal(problemOf(`${'x'.repeat(2 << 20)}\n`), long.replace('2', '1'));
  });

  it('says in which line a file is cut off, foreign or out of order', () => {
    assert.equal(problemOf('T0|acq(L1)|1\nT0|rel(L'), 'Line 2: "T0|rel(L" is not an event of the form T0|acq(L1)|12.');
    assert.equal(problemOf('LOCKSTEP\0\0'), 'Line 1: "LOCKSTEP??" is not an event of the form T0|acq(L1)|12.');
    assert.match(problemOf('T0|jump(x)|1')!, /^Line 1: "T0\|jump\(x\)\|1" is not/u);
    assert.match(problemOf('T0|w()|1')!, /^Line 1/u);
    assert.match(problemOf('T0|w(x)|1|2')!, /^Line 1/u);
    assert.equal(problemOf(''), 'There is no event in it.');
    assert.equal(problemOf('T0|rel(l)|1'), 'Line 1: T0 releases l, which nobody holds.');
    assert.equal(problemOf('T0|acq(l)|1\n\nT1|acq(l)|2'), 'Line 3: T1 acquires l, which T0 holds since line 1.');
    assert.equal(problemOf('T1|w(x)|1\nT0|fork(T1)|2'), 'Line 2: T0 forks T1, which runs since line 1.');
    assert.equal(
      problemOf('T0|fork(T1)|2\nT0|join(T1)|3\nT1|w(x)|1'),
      'Line 3: T1 goes on after it was joined in line 2.',
    );
    assert.equal(problemOf('T0|fork(T1)|1\nT0|fork(T1)|1'), 'Line 2: T0 forks T1, which was forked in line 1.');
  });

  it('finds every cut through an event', () => {
    const text = 'T0|acq(L1)|12\nT0|w(x)|13\nT0|rel(L1)|14';
    for (let length = 1; length < text.length; length++) {
      const { problem, execution } = readStd(bytes(text.slice(0, length)));
      const whole = /\|\d*\n?$/u.test(text.slice(0, length)) && /\|\w+\(\w+\)\|\d*\n?$/u.test(text.slice(0, length));
      assert.equal(problem === undefined, whole, text.slice(0, length));
      assert.equal(execution !== undefined, whole);
      if (!whole) assert.match(problem!, new RegExp(`^Line ${text.slice(0, length).split('\n').length}:`, 'u'));
    }
  });

  it('lets a lock be taken again by its holder, as in Java', () => {
    const { execution } = readStd(bytes('T0|acq(l)|1\nT0|acq(l)|2\nT0|rel(l)|3\nT0|rel(l)|4\n'));
    const actions = Array.from({ length: 4 }, (_, at) => actionAt(execution!, at));
    assert.deepEqual(actions, ['acquire', 'enter-again', 'leave-again', 'release']);
    assert.equal(writeStd(execution!), 'T0|acq(l)|1\nT0|acq(l)|2\nT0|rel(l)|3\nT0|rel(l)|4\n');
  });

  it('reads the fixtures', () => {
    const folder = join(import.meta.dirname, '../../fixtures/traces/std');
    for (const file of readdirSync(folder))
      assert.equal(readStd(readFileSync(join(folder, file))).problem, undefined, file);
  });
});
