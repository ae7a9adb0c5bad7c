/** How runs of one program end, learned from the orders in which goroutines came: on runs whose end one order decides. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seenRun } from '../../../core/model/operations/seen-run';
import { type EndedRun, OutcomeModel, speakingFor, unseenOrders } from '../../../core/model/outcomes/model';
import { orderKey, ordersIn } from '../../../core/model/outcomes/orders';
import { traceOf } from './trace-of';

/** Two goroutines that take a lock each, a third thing in any order; the run deadlocks when 1.1 comes before 1.2. */
function run(early: boolean, noise: boolean): EndedRun {
  const lines = ['1 start', '1 go >1.1', '1 go >1.2', '1.1 start', '1.2 start'];
  const noisy = noise ? ['1 lock mutex/n :3', '1.2 lock mutex/n :4'] : ['1.2 lock mutex/n :4', '1 lock mutex/n :3'];
  const decides = early
    ? ['1.1 lock mutex/m :10', '1.2 lock!block mutex/m :20']
    : ['1.2 lock mutex/m :20', '1.1 lock!block mutex/m :10'];
  const trace = traceOf([...lines, ...noisy, ...decides].join('\n'));
  // As in the traces of one build: a place has the same number in all of them.
  for (const site of trace.header.sites) site.id = site.line;
  const seen = seenRun(trace, []);
  assert.ok(seen);
  return { run: seen, end: early ? 'deadlock' : 'pass' };
}

const bits = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 24, maxLength: 60 });

describe('the model of how runs end', () => {
  it('learns which order decides, forwards and backwards', () => {
    fc.assert(
      fc.property(bits, (choices) => {
        const runs = choices.map(([early, noise]) => run(early, noise));
        const bad = runs.filter(({ end }) => end === 'deadlock').length;
        fc.pre(bad >= 8 && runs.length - bad >= 8);
        const model = new OutcomeModel(runs);
        for (const one of [run(true, false), run(false, true)]) {
          const chances = model.forward(ordersIn(one.run));
          assert.ok(Math.abs(chances.reduce((sum, chance) => sum + chance, 0) - 1) < 1e-9);
          assert.ok(chances[model.ends.indexOf(one.end)]! > 0.7, `${chances}`);
        }
        const [strongest] = speakingFor(runs, 'deadlock');
        assert.deepEqual([strongest?.order.first.goroutine, strongest?.order.second.goroutine], ['1.1', '1.2']);
        assert.deepEqual([strongest?.runs, strongest?.ended, strongest?.otherEnded], [bad, bad, 0]);
      }),
      { numRuns: 25 },
    );
  });

  it('is unsure before anything has happened', () => {
    const runs = Array.from({ length: 40 }, (_, index) => run(index % 2 === 0, index % 3 === 0));
    const model = new OutcomeModel(runs);
    const chances = model.forward(new Map());
    for (const chance of chances) assert.ok(chance > 0.25 && chance < 0.75, `${chances}`);
  });

  it('says nothing of orders that make no difference', () => {
    const runs = Array.from({ length: 40 }, (_, index) => run(index % 2 === 0, index % 4 < 2));
    const keys = speakingFor(runs, 'deadlock').map(({ order }) => `${order.first.goroutine} ${order.second.goroutine}`);
    assert.deepEqual(keys, ['1.1 1.2']);
  });

  it('knows the orders that no run has shown', () => {
    const always = [run(true, true), run(true, false)].map((one) => one.run);
    const [unseen, ...more] = unseenOrders(always);
    assert.deepEqual(more, []);
    assert.deepEqual([unseen?.first.goroutine, unseen?.second.goroutine], ['1.2', '1.1']);
    const shown = unseenOrders([...always, run(false, true).run]);
    assert.deepEqual(shown.map(orderKey), []);
  });
});
