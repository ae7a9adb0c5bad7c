/** Whose finding it is when subtests run in parallel, and what their order means, on traces of a few events. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { Finding } from '../../../protocol/finding';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

function found(text: string, subtests: Record<string, string>, header: Partial<TraceHeader> = {}): Finding[] {
  const trace = traceOf(text, header);
  for (const goroutine of trace.header.goroutines) {
    const name = subtests[goroutine.path];
    if (name !== undefined) goroutine.test = name;
  }
  return analyseTrace(trace, { package: 'example.com/p', test: 'TestX' }).findings;
}

const NAMES = { '1.1': 'TestX/group', '1.1.1': 'TestX/group/a', '1.1.2': 'TestX/group/b' };

/** Two parallel subtests of a group; `between` are their events, `after` those of the test. */
const parallel = (between: string, after = '') => `
  1 start
  1 go >1.1
  1 child-wait!block
  1.1 start ~1
  1.1 go >1.1.1
  1.1 child-wait!block
  1.1.1 start ~4
  1.1.1 parallel!block
  1.1 child-wait!wake ~7
  1.1 go >1.1.2
  1.1 child-wait!block
  1.1.2 start ~9
  1.1.2 parallel!block
  1.1 child-wait!wake ~12
  1.1 child-wait!block =1
  1.1.1 parallel!wake ~14
  1.1.2 parallel!wake ~14
  ${between}
  ${after}`;

describe('subtests', () => {
  it('gives a leak to the subtest that started the goroutine', () => {
    const text = parallel(`
      1.1.2 go >1.1.2.1
      1.1.2.1 start ~17
      1.1.2.1 make chan/c
      1.1.2.1 send!block chan/c
      1.1.1 end
      1.1.2 end
      1.1 child-wait!wake ~21
      1.1 child-wait!wake ~22
      1.1 end
      1 child-wait!wake ~25
      1 test-end`);
    const [leak, ...others] = found(text, NAMES, { outcome: 'blocked', returned: true });
    assert.deepEqual(others, []);
    assert.equal(leak?.kind, 'goroutine-leak');
    assert.equal(leak.test, 'TestX/group/b');
  });

  it('gives what two subtests do to each other to the test above both', () => {
    const text = parallel(`
      1.1.1 lock mutex/a
      1.1.2 lock mutex/b
      1.1.1 lock!block mutex/b
      1.1.2 lock!block mutex/a`);
    const [deadlock, ...others] = found(text, NAMES, { outcome: 'blocked', returned: false });
    assert.deepEqual(others, []);
    assert.equal(deadlock?.kind, 'deadlock');
    assert.equal(deadlock.test, 'TestX/group');
    assert.match(deadlock.message, /1\.1\.1.*1\.1\.2/);
  });

  it('sees two parallel subtests race', () => {
    const races = found(parallel('1.1.1 write var/n\n1.1.2 write var/n\n1.1.1 end\n1.1.2 end'), NAMES);
    assert.deepEqual(
      races.map(({ kind, test }) => [kind, test]),
      [['data-race', 'TestX/group']],
    );
  });

  it('orders a parallel subtest before what follows its test function, and behind what precedes its end', () => {
    const text = parallel(
      '1.1.1 write var/n\n1.1.1 end\n1.1.2 end\n1.1 child-wait!wake ~18\n1.1 child-wait!wake ~19',
      '1.1 write var/n\n1.1 end',
    );
    assert.deepEqual(found(text, NAMES), []);
    const before = text.replace('1.1 child-wait!block =1', '1.1 write var/n\n1.1 child-wait!block =1');
    // One event more: the partners behind it move by one.
    const moved = before.replace(/~(14|18|19)\b/g, (_, event) => `~${Number(event) + 1}`);
    assert.deepEqual(found(moved, NAMES), []);
  });

  it('does not order the rest of a test function before its parallel subtests have begun to wait', () => {
    const text = parallel('1.1.1 write var/n\n1.1.1 end\n1.1.2 end', '1 write var/n');
    assert.equal(found(text, NAMES)[0]?.kind, 'data-race');
  });

  it('names both sides of a wait in t.Parallel', () => {
    const text = `
      1 start
      1 make chan/c
      1 go >1.1
      1 child-wait!block
      1.1 start ~2
      1.1 parallel!block
      1 child-wait!wake ~5
      1 receive!block chan/c`;
    const [deadlock] = found(text, { '1.1': 'TestX/sub' }, { outcome: 'blocked', returned: false });
    assert.equal(deadlock?.kind, 'deadlock');
    assert.match(deadlock.message, /1\.1 waits in t\.Parallel for the test function to return/);
    assert.match(deadlock.message, /goroutine 1 waits to receive from c/);
  });
});
