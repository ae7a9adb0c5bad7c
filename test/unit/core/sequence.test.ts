/** Traces whose events cannot have come in their order: of files that were shuffled, or put together from two. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTrace } from '../../../core/trace/parse-text';
import { misplaced } from '../../../core/trace/sequence';
import { eventsOf } from '../../../core/trace/trace';
import { traceOfEvents } from '../../../core/trace/write';
import { english } from '../../../protocol/phrase';
import { traceOf } from './trace-of';

const said = (text: string): string | undefined => {
  const wrong = misplaced(traceOf(text));
  return wrong && english(wrong);
};

describe('the order of a trace', () => {
  it('is told by the first event that cannot stand where it is', () => {
    const lines = [
      '1 start',
      '1 go >1.1',
      '1.1 start ~1',
      '1.1 lock mutex/m',
      '1.1 unlock mutex/m',
      '1.1 end',
      '1 end',
    ];
    const swapped = (one: number, other: number): string =>
      lines.map((_, at) => lines[at === one ? other : at === other ? one : at]!).join('\n');
    assert.equal(said(lines.join('\n')), undefined);
    assert.equal(said(swapped(2, 3)), 'goroutine 1.1 starts with event 4, but has event 3 before');
    assert.equal(said(swapped(3, 5)), 'event 5 is of goroutine 1.1, which has ended with event 4');
    assert.equal(
      said(['1 start', '1.1 lock mutex/m', '1 go >1.1'].join('\n')),
      'event 3 makes goroutine 1.1, which has event 2 before',
    );
    assert.equal(
      said(['1 start', '1.1 start ~2', '1 go >1.1'].join('\n')),
      'goroutine 1.1 starts with event 2, but is made by event 3',
    );
  });

  it('is told by time', () => {
    const trace = traceOf('1 start\n1 lock mutex/m\n1 unlock mutex/m');
    const times = [0, 20, 10];
    const later = traceOfEvents(
      trace.header,
      [...eventsOf(trace)].map((event, at) => ({ ...event, time: times[at]! })),
    );
    assert.equal(english(misplaced(later)!), 'event 3 is of an earlier time than the one before it');
  });

  it('is right in whatever was recorded', () => {
    const folder = 'test/fixtures/traces';
    const files = readdirSync(folder).filter((file) => file.endsWith('.lockstep-trace'));
    assert.ok(files.length > 0);
    for (const file of files) {
      const { trace } = parseTrace(readFileSync(join(folder, file), 'utf8'));
      assert.equal(misplaced(trace!), undefined, file);
    }
  });
});
