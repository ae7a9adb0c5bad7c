import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortFunction } from '../../../core/trace/names';
import { errorsInOutput } from '../../../engine/build/compile-errors';
import { frameIn, readStacks } from '../../../engine/run/goroutine-stacks';
import { Results } from '../../../engine/run/results';
import { failureText } from '../../../engine/run/run';
import { temporaryDirectory } from './temporary';

describe('what test processes write', () => {
  const directory = temporaryDirectory();
  const run = (index: number) => JSON.stringify({ type: 'run', index, seed: '1', outcome: 'pass', steps: 3 });
  const summary = (iterations: number) =>
    JSON.stringify({
      type: 'summary',
      iterations,
      steps: 9,
      seconds: 1,
      counts: [[1, 'waited', 2]],
      distinct: 1,
      final: false,
    });

  it('is read as it grows; a torn last line waits for its end', async () => {
    const path = join(directory(), 'results.jsonl');
    const results = new Results(path);
    await results.refresh();
    assert.equal(results.runs.length, 0);
    writeFileSync(path, `${run(0)}\n${summary(1)}\n${run(1).slice(0, 20)}`);
    await results.refresh();
    assert.deepEqual([results.runs.length, results.summary?.iterations], [1, 1]);
    appendFileSync(path, `${run(1).slice(20)}\n${summary(2)}\n`);
    await results.refresh();
    assert.deepEqual([results.runs.length, results.summary?.iterations], [2, 2]);
  });

  it('passes over lines that are no results, and counts them', async () => {
    const path = join(directory(), 'results.jsonl');
    writeFileSync(path, `not json\n{"type":"run"}\n${run(0)}\n`);
    const results = new Results(path);
    await results.refresh();
    assert.deepEqual([results.runs.length, results.unread], [1, 2]);
  });

  it('has the words of the last failure', () => {
    const output = [
      '--- FAIL: TestOther (0.00s)',
      '    other_test.go:1: no',
      '--- FAIL: TestX (0.00s)',
      '    x_test.go:12: 1 of 2',
      '    x_test.go:13: gone',
      'FAIL',
    ].join('\n');
    assert.equal(failureText(output, 'TestX'), 'x_test.go:12: 1 of 2\nx_test.go:13: gone');
    assert.equal(failureText(output, 'Test'), '');
  });

  it('has the stacks of its goroutines', () => {
    const stacks = readStacks(
      [
        'SIGQUIT: quit',
        '',
        'goroutine 7 [IO wait, 2 minutes]:',
        'internal/poll.runtime_pollWait(0x1, 0x72)',
        '\t/usr/go/src/runtime/netpoll.go:351 +0x85',
        'example.com/m.(*T).Serve(0x1)',
        '\t/m/serve.go:12 +0x1b',
        'created by example.com/m.Start in goroutine 6',
        '\t/m/serve.go:8 +0x4f',
        '',
        'rax    0x0',
      ].join('\n'),
    );
    assert.equal(stacks.length, 1);
    assert.equal(stacks[0]?.state, 'IO wait, 2 minutes');
    assert.equal(stacks[0]?.createdBy?.line, 8);
    const frame = stacks[0] && frameIn(stacks[0], (file) => file.startsWith('/m/'));
    assert.deepEqual(frame, { function: 'example.com/m.(*T).Serve', file: '/m/serve.go', line: 12 });
    assert.equal(shortFunction(frame.function), '(*T).Serve');
  });
});

describe('compile errors', () => {
  it('are told in the user’s files, each once', () => {
    const output =
      '# example.com/m\n./a.go:3:9: undefined: x\n/work/src/b.go:4:2: oops\n./a.go:3:9: undefined: x\nFAIL\n';
    const errors = errorsInOutput(output, '/m', new Map([['/work/src/b.go', '/m/b.go']]));
    assert.deepEqual(errors, [
      { file: '/m/a.go', line: 3, column: 9, message: 'undefined: x' },
      { file: '/m/b.go', line: 4, column: 2, message: 'oops' },
    ]);
  });
});
