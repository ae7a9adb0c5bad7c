/** What a run that went well says about goroutines that others may leave blocked for ever. */
import assert from 'node:assert/strict';
import { executionOf } from '../../../core/analyse/lowering/lower';
import { leftAlone } from '../../../core/analyse/predict/left-alone';
import type { Trace } from '../../../core/trace/trace';
import type { Site } from '../../../protocol/trace';
import { traceOf } from './trace-of';

/** Lines of those that are left alone, each with the lines of its witness. */
function linesOf(trace: Trace): [number, number[]][] {
  const execution = executionOf(trace);
  const lineOf = (event: number): number => trace.header.sites[execution.place[event]!]!.line;
  return leftAlone({ execution, trace }).map(({ events, witness }) => [
    lineOf(events[0]!),
    [...new Set(witness!.map(lineOf))],
  ]);
}

/** Gives the select of the trace its cases. */
function withCases(trace: Trace, cases: string[]): Trace {
  const sites = trace.header.sites.map((site): Site => (site.operation === 'select' ? { ...site, cases } : site));
  return { ...trace, header: { ...trace.header, sites } };
}

const asked = (sender: string, capacity: number, more = ''): Trace =>
  withCases(
    traceOf(`1 go >1.1 :1
      1 go >1.2 :2
      1.2 close chan/quit :5
      1 select!block chan/answers/${capacity} :3
      1.1 ${sender} chan/answers/${capacity} :4 =1
      1 select!wake chan/answers/${capacity} :3 ~ =2${more}`),
    ['<-answers', '<-quit'],
  );

describe('left alone', () => {
  it('is who sends to a select that could have gone another way, behind whatever others can do before', () => {
    assert.deepEqual(linesOf(asked('send', 0)), [[4, [1, 2, 5]]]);
  });

  it('is nobody where the channel has room, where the sender has a choice itself, or where somebody closes', () => {
    assert.deepEqual(linesOf(asked('send', 1)), []);
    assert.deepEqual(linesOf(asked('select', 0)), []);
    assert.deepEqual(linesOf(asked('send', 0, '\n1 close chan/answers/0 :6')), []);
  });

  it('is nobody where somebody else receives later', () => {
    const more = '\n1.2 send chan/answers/0 :7\n1 receive chan/answers/0 :8 ~';
    assert.deepEqual(linesOf(asked('send', 0, more)), []);
  });

  it('is who asks for a lock that another one takes and keeps', () => {
    const kept = '1 go >1.1 :1\n1 lock mutex/m :2\n1 unlock mutex/m :3\n1.1 lock mutex/m :4\n1.1 end :5';
    assert.deepEqual(linesOf(traceOf(kept)), [[2, [1, 4, 5]]]);
    assert.deepEqual(linesOf(traceOf(kept.replace(':4', ':4\n1.1 unlock mutex/m :6'))), []);
  });

  it('is nobody whose own write has made another one keep the lock', () => {
    const kept = ['1 go >1.1 :1', '1 lock mutex/m :2', '1 write var/v :3', '1 unlock mutex/m :4'];
    const read = ['1.1 lock mutex/m :5', '1.1 read var/v :6', '1.1 end :7'];
    assert.deepEqual(linesOf(traceOf([...kept, ...read].join('\n'))), []);
    const before = ['1.2 lock mutex/m :8', '1.2 unlock mutex/m :9'];
    assert.deepEqual(linesOf(traceOf([kept[0], '1 go >1.2 :10', ...before, ...kept.slice(1), ...read].join('\n'))), [
      [8, [1, 10, 2, 3, 4, 5, 6, 7]],
    ]);
  });
});
