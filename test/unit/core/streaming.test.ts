/** Analyses in one pass tell what they tell of an execution in memory, but for witnesses. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyzeExecution, MAX_TOLD } from '../../../core/analyse/predict/findings';
import { streamsOf } from '../../../core/analyse/predict/streaming';
import { HandOverSearch } from '../../../core/analyse/relations/held-locks';
import { emptyNames, feed } from '../../../core/trace/execution/execution';
import { writeStd } from '../../../core/trace/execution/std';
import type { Finding } from '../../../protocol/finding';
import { property, randomExecution } from './random-execution';

const NAMES = ['hb', 'shb', 'lockset', 'pwr', 'lock-dependencies'];

/** What a pass can know. Cycles with other waits than for locks are for executions in memory. */
const parts = (findings: readonly Finding[]) =>
  findings
    .filter(({ kind, explanation }) => kind !== 'deadlock' || /in a critical section/u.test(explanation[0]!))
    .map(({ id, message, events, sites, analysis }) => ({ id, message, events, sites, name: analysis.name }));

describe('streaming analyses', function () {
  this.timeout(0);
  it('find the same as in memory', () => {
    const executions = randomExecution({
      threads: 4,
      locks: 3,
      variables: 2,
      maxLength: 60,
      kinds: ['shared', 'atomic', 'hand-over'],
    });
    let found = 0;
    fc.assert(
      fc.property(executions, (execution) => {
        const streams = streamsOf(NAMES);
        assert.ok(streams);
        const handOvers = new HandOverSearch();
        feed(execution, handOvers);
        const running = streams.start({ handOvers });
        feed(execution, running);
        const results = running.results(execution.names);
        feed(execution, results);
        assert.ok(!results.wanted);
        const { findings, problems } = results.findings(execution.names, 'x.std');
        assert.deepEqual(problems, []);
        const expected = analyzeExecution({ execution }, { file: 'x.std', only: NAMES });
        assert.deepEqual(parts(findings), parts(expected.findings), writeStd(execution));
        found += findings.length;
      }),
      property(200),
    );
    assert.ok(found > 0);
  });

  it('are not offered where one of them needs the whole execution', () => {
    assert.equal(streamsOf(['hb', 'sync-preserving']), undefined);
    assert.equal(streamsOf(undefined), undefined);
  });

  it('keep so many findings, and count the others', () => {
    const names = { ...emptyNames(), threads: ['a', 'b'], variables: ['x'] };
    const [write, races] = [1, MAX_TOLD + 500];
    const running = streamsOf(['hb'])!.start({});
    for (let event = 0; event <= races; event++) running.event(write, event % 2, 0, 0, -1, event);
    const results = running.results(names);
    for (let event = 0; event <= races; event++) results.event(write, event % 2, 0, 0, -1, event);
    const { findings, problems } = results.findings(names, 'x.std');
    assert.equal(findings.length, MAX_TOLD);
    assert.match(problems.join(), /hb found \d{4,}; only the first 1000 are told/u);
  });
});
