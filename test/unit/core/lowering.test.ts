/** Traces of Go programs as executions: happens-before must be that of the trace. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { executionOf } from '../../../core/analyse/lowering/lower';
import { racingPairs } from '../../../core/analyse/racing/racing-pairs';
import { racesBy } from '../../../core/analyse/relations/races';
import { HB } from '../../../core/analyse/relations/rules';
import type { Execution } from '../../../core/trace/execution/execution';
import { readStd, writeStd } from '../../../core/trace/execution/std';
import { parseTrace } from '../../../core/trace/parse-text';
import { printTrace } from '../../../core/trace/text';
import type { Trace } from '../../../core/trace/trace';
import { eventsOf } from '../../../core/trace/trace';
import { traceOfEvents } from '../../../core/trace/write';
import { property } from './random-execution';
import { crowdedTrace, randomTrace, timedTrace } from './random-trace';
import { traceOf } from './trace-of';

/** With a site for each event, all pairs of accesses are told. */
function withOwnSites(trace: Trace): Trace {
  const events = [...eventsOf(trace)].map((event) => ({ ...event, site: event.index }));
  const sites = events.map((event) => ({ ...trace.header.sites[0]!, id: event.index + 1, line: event.index + 1 }));
  return traceOfEvents({ ...trace.header, sites }, events);
}

const seconds = (execution: Execution): Set<number> =>
  new Set(racesBy(HB, execution).map(({ second }) => execution.source[second]!));

describe('lowering', function () {
  this.timeout(0);
  it('keeps happens-before', () => {
    fc.assert(
      fc.property(fc.oneof(randomTrace, crowdedTrace, timedTrace), fc.boolean(), (random, recorded) => {
        const own = withOwnSites(random);
        const trace: Trace = { ...own, header: { ...own.header, mode: recorded ? 'record' : 'control' } };
        const execution = executionOf(trace);
        const expected = new Set(racingPairs(trace).pairs.map(({ second }) => second));
        assert.deepEqual(seconds(execution), expected, printTrace(trace));
        const again = readStd(new TextEncoder().encode(writeStd(execution)));
        assert.equal(again.problem === undefined || execution.count === 0, true, again.problem);
      }),
      property(180),
    );
  });

  it('lowers the recorded fixtures', () => {
    for (const [name, races] of [
      ['counter-race', 1],
      ['fetch-leak', 0],
      ['podstatus-deadlock', 0],
    ] as const) {
      const text = readFileSync(join(import.meta.dirname, `../../fixtures/traces/${name}.lockstep-trace`), 'utf8');
      const { trace } = parseTrace(text);
      assert.ok(trace);
      assert.equal(seconds(executionOf(trace)).size > 0, races > 0, name);
    }
  });

  it('orders both ways in a rendezvous, whichever half comes first', () => {
    const trace = traceOf(`
      1 make chan/c/0
      1 go >1.1
      1.1 start
      1.1 write var/x
      1.1 send!block chan/c/0
      1 write var/y
      1 receive chan/c/0 ~7
      1.1 send!wake chan/c/0 ~6
      1.1 read var/y
      1 read var/x`);
    assert.deepEqual(racesBy(HB, executionOf(trace)), []);
  });
});
