import assert from 'node:assert/strict';
import { Consequences } from '../../../engine/explore/consequences';
import type { Finding } from '../../../protocol/finding';
import type { Schedule, Step } from '../../../protocol/schedule';
import type { Operation } from '../../../protocol/trace';

function finding(id: string, kind: Finding['kind'], line: number): Finding {
  const site = { file: 'a.go', line, column: 1, role: 'r', operation: 'read' };
  return {
    id,
    kind,
    verdict: 'confirmed',
    message: `TestX fails in this interleaving: ${id}`,
    explanation: ['because'],
    package: 'p',
    test: 'TestX',
    sites: [site],
    analysis: { name: kind === 'data-race' ? 'happens-before' : 'outcome', sound: true },
  };
}

/** Each step at the line it is given: `1 read 10`. */
function schedule(...words: string[]): Schedule {
  const sites: Schedule['sites'] = [];
  const steps = words.map((text): Step => {
    const [g, op, line] = text.split(' ') as [string, Operation, string];
    sites.push({ file: 'a.go', line: Number(line), column: 1, function: 'F', operation: op });
    return { g, op, site: sites.length - 1 };
  });
  const run = { version: 1, package: 'p', test: 'TestX', sourceHash: 'h', seed: '1', strategy: 'random' };
  return { ...run, preemptions: 1, sites, steps };
}

describe('consequences', () => {
  const race = finding('race', 'data-race', 10);
  const none = schedule();

  it('are failures whose schedule holds a goroutine up at a racing access', () => {
    const consequences = new Consequences();
    assert.deepEqual(consequences.add(race, none), []);
    const told = consequences.add(
      finding('lost', 'test-failure', 40),
      schedule('1 read 10', '2 start 5', '1 write 10'),
    );
    assert.deepEqual(
      told.map(({ id, explanation }) => [id, explanation]),
      [['race', ['because', 'In another interleaving it has a consequence: TestX fails: lost.']]],
    );
    assert.deepEqual(consequences.add(finding('again', 'panic', 10), none), [], 'a race is told one consequence');
  });

  it('are found in either order', () => {
    const consequences = new Consequences();
    assert.deepEqual(consequences.add(finding('nil', 'panic', 10), none), []);
    assert.equal(consequences.add(race, none).length, 1);
  });

  it('are none when the schedule switches elsewhere', () => {
    const consequences = new Consequences();
    consequences.add(race, none);
    const elsewhere = schedule('1 read 10', '1 write 10', '2 lock 20', '1 read 30');
    assert.deepEqual(consequences.add(finding('other', 'test-failure', 40), elsewhere), []);
  });
});
