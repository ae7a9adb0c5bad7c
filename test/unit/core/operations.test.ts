/** What comes next at a moment of a run: candidates that the state allows, evidence on top of the model. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Evidence, interval, update } from '../../../core/model/evidence';
import { predict } from '../../../core/model/operations/model';
import { type Moment, momentsOf } from '../../../core/model/operations/moment';
import { answerIn, type Question, questionsAt } from '../../../core/model/operations/questions';
import { type RunStep, type SeenRun, seenRun } from '../../../core/model/operations/seen-run';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

/** The run of a trace in which each of these lines (from 0) begins a step. */
function runOf(text: string, steps: RunStep[], header: Partial<TraceHeader> = {}): SeenRun {
  const run = seenRun(traceOf(text, header), steps);
  assert.ok(run);
  return run;
}

const at = (run: SeenRun, step: number): Moment => [...momentsOf(run, [step])][0]!;
const about = (moment: Moment, path: string): Question | undefined =>
  questionsAt(moment).find((one) => one.kind === 'outcome' && one.about === path);
const names = (question: Question | undefined): string[] => question?.candidates.map(({ name }) => name) ?? [];

describe('next operations', () => {
  const buffered = `
    1 start
    1 make chan/c/1 =1
    1 go >1.1
    1.1 start ~2
    1.1 send chan/c
    1.1 send!block chan/c
    1 receive chan/c ~
    1.1 send!wake chan/c
    1.1 end
    1 test-end`;
  const steps: RunStep[] = [
    { g: '1', op: 'go', at: 2 },
    { g: '1.1', op: 'start', at: 3 },
    { g: '1.1', op: 'send', at: 4 },
    { g: '1.1', op: 'send', at: 5 },
    { g: '1', op: 'receive', at: 6 },
    { g: '1.1', op: 'send', at: 8 },
  ];

  it('asks whose turn it is, and what comes of each operation', () => {
    const run = runOf(buffered, steps, { outcome: 'pass' });
    const moment = at(run, 2);
    const questions = questionsAt(moment);
    assert.deepEqual(
      questions.map(({ kind, about }) => `${kind} ${about}`),
      ['turn ', 'outcome 1', 'outcome 1.1'],
    );
    assert.deepEqual(
      questions.map((question) => answerIn(run, moment, question)),
      ['1.1', 'at-once', 'at-once'],
    );
    assert.deepEqual(names(questions[0]), ['1', '1.1']);
  });

  it('knows of who waits that it does not go on at once', () => {
    const run = runOf(buffered, steps, { outcome: 'pass' });
    const moment = at(run, 4);
    assert.deepEqual(names(about(moment, '1.1')), ['waited', 'blocked-for-ever', 'panic']);
    assert.equal(answerIn(run, moment, about(moment, '1.1')!), 'waited');
    // Only one can go on.
    assert.ok(!questionsAt(moment).some(({ kind }) => kind === 'turn'));
  });

  it('leaves nothing but waiting for ever to who cannot be reached', () => {
    const text = `
      1 start
      1 make chan/c
      1 go >1.1
      1.1 start ~2
      1.1 send!block chan/c
      1 test-end`;
    const run = runOf(
      text,
      [
        { g: '1.1', op: 'start', at: 3 },
        { g: '1', op: 'test-end', at: 5 },
        { g: '1', op: 'end', at: 6 },
      ],
      {
        outcome: 'blocked',
        returned: true,
      },
    );
    assert.deepEqual(names(about(at(run, 1), '1.1')), ['waited', 'blocked-for-ever', 'panic']);
    const question = about(at(run, 2), '1.1')!;
    assert.deepEqual(predict(question).shares, [
      { name: 'blocked-for-ever', probability: 1, low: 1, high: 1, times: 0 },
    ]);
  });

  it('takes a lock of who has ended for one that whoever moves may give back', () => {
    const text = (last: string) => `
      1 start
      1 go >1.1
      1 go >1.2
      1.1 start ~2
      1.1 lock mutex/handed
      1.1 end
      1.2 start ~
      1.2 lock!block mutex/handed
      ${last}`;
    const cut = (run: SeenRun) => at(run, 1).unreached.size;
    const steps = (position: number): RunStep[] => [
      { g: '1.2', op: 'lock', at: 7 },
      { g: '1', op: 'unlock', at: position },
    ];
    assert.equal(cut(runOf(text('1 unlock mutex/handed'), steps(8))), 0);
    assert.equal(cut(runOf(text('1 end\n1 unlock mutex/handed'), steps(9))), 1);
  });

  it('knows whom a timer can help: who waits for its time, and whom those may know that it starts', () => {
    const text = (timer: string, rest: string) => `
      1 start
      1 make chan/c
      1 timer ${timer} =1
      1 go >1.1
      1.1 start ~
      1.1 send!block chan/c
      ${rest}
      1 test-end`;
    const last = (run: SeenRun) => [...at(run, 1).unreached].map((one) => run.trace.header.goroutines[one]!.path);
    const steps = (end: number): RunStep[] => [
      { g: '1.1', op: 'send', at: 5 },
      { g: '1', op: 'end', at: end },
    ];
    // The channel of time.After starts nobody; a function that is called later may receive.
    assert.deepEqual(last(runOf(text('chan/after/1', ''), steps(7))), ['1.1']);
    assert.deepEqual(last(runOf(text('timer/func', ''), steps(7))), []);
    // Who has been called has not begun yet; begins, and knows the channel; ends.
    const called = '1 fire timer/func';
    assert.deepEqual(last(runOf(text('timer/func', called), steps(8))), []);
    const begun = `${called}\n1.2 start ~`;
    assert.deepEqual(last(runOf(text('timer/func', begun), steps(9))), []);
    assert.deepEqual(last(runOf(text('timer/func', `${begun}\n1.2 end`), steps(10))), ['1.1']);
    // It may be set again, also by who has been called.
    const again = `${begun}\n1.2 timer timer/func =2\n1.2 end`;
    assert.deepEqual(last(runOf(text('timer/func', again), steps(11))), []);
    const ticking = text('chan/after/1', '1 receive!block chan/after');
    assert.deepEqual(last(runOf(ticking.replace('1 test-end', ''), steps(7))), []);
  });

  it('knows that a signal wakes one goroutine, and for others is nothing to hope for', () => {
    const text = (rest: string) => `
      1 start
      1 make mutex/m
      1 make cond/c
      1 go >1.1
      1 go >1.2
      1.1 start ~3
      1.1 cond-wait!block cond/c
      1.2 start ~4
      1.2 cond-wait!block cond/c
      ${rest}`;
    const last = (rest: string, end: number) => {
      const steps: RunStep[] = [
        { g: '1', op: 'go', at: 3 },
        { g: '1.1', op: 'start', at: end },
      ];
      const run = runOf(text(rest), steps);
      return [...at(run, 1).unreached].map((one) => run.trace.header.goroutines[one]!.path);
    };
    // Who was woken is not known before it goes on.
    assert.deepEqual(last('1 cond-signal cond/c\n1 end', 11), []);
    assert.deepEqual(last('1 cond-signal cond/c\n1 end\n1.1 cond-wait!wake cond/c ~9\n1.1 end', 13), ['1.2']);
    assert.deepEqual(last('1 cond-broadcast cond/c\n1 end\n1.1 cond-wait!wake cond/c ~9\n1.1 end', 13), []);
  });

  it('knows that t.Run returns when its subtest ends or is to be parallel, and not before', () => {
    const subtests = { '1.1': 'TestX/a', '1.2': 'TestX/b' };
    const last = (text: string, end: number, from = '1.1') => {
      const run = runOf(text, [
        { g: '1', op: 'go', at: 1 },
        { g: from, op: 'start', at: end },
      ]);
      for (const goroutine of run.trace.header.goroutines) {
        const name = Object.entries(subtests).find(([path]) => path === goroutine.path)?.[1];
        if (name !== undefined) goroutine.test = name;
      }
      return [...at(run, 1).unreached].map((one) => run.trace.header.goroutines[one]!.path).sort();
    };
    const begun = `
      1 start
      1 go >1.1
      1 child-wait!block
      1.1 start ~1
      1.1 make chan/c`;
    // Nobody knows the channel that the subtest waits on; a goroutine that it has started may.
    assert.deepEqual(last(`${begun}\n1.1 receive!block chan/c\n1.1 test-end`, 6), ['1', '1.1']);
    assert.deepEqual(last(`${begun}\n1.1 go >1.1.1\n1.1 receive!block chan/c\n1.1.1 start ~5`, 7), []);
    assert.deepEqual(last(`${begun}\n1.1 end\n1 child-wait!wake ~5`, 6), []);
    // One that is to be parallel lets t.Run return, and waits for the function that has started it.
    const paused = `${begun}\n1.1 parallel!block\n1 child-wait!wake ~5`;
    assert.deepEqual(last(`${begun}\n1.1 parallel!block\n1 child-wait!wake ~5`, 6), []);
    assert.deepEqual(last(`${paused}\n1 make chan/d\n1 receive!block chan/d\n1 test-end`, 9), ['1', '1.1']);
    // The function has returned, and waits for all of them.
    const both = `${paused}\n1 go >1.2\n1 child-wait!block\n1.2 start ~7\n1.2 parallel!block\n1 child-wait!wake ~10`;
    const returned = `${both}\n1 child-wait!block =1\n1.1 parallel!wake ~12\n1.2 parallel!wake ~12`;
    assert.deepEqual(last(`${returned}\n1.1 receive!block chan/c`, 15), []);
    assert.deepEqual(last(`${returned}\n1.1 receive!block chan/c\n1.2 end\n1.2 end`, 16), ['1', '1.1']);
  });

  it('knows who gets a lock in runs that come to other locks first', () => {
    const text = (first: string) => `
      1 start
      1 go >1.1
      1.1 start ~
      1 go >1.2
      1.2 start ~
      1 go >1.3
      1.3 start ~
      ${first}
      1.2 lock mutex/asked
      1.2 unlock mutex/asked
      1.1 lock mutex/asked`;
    const base = runOf(text(''), [
      { g: '1.2', op: 'lock', at: 7 },
      { g: '1.2', op: 'unlock', at: 8 },
      { g: '1.1', op: 'lock', at: 9 },
    ]);
    const moment = at(base, 0);
    const question = questionsAt(moment).find(({ kind }) => kind === 'taker')!;
    assert.deepEqual(names(question), ['1.1', '1.2', 'another']);
    const other = runOf(text('1.3 lock mutex/other'), [
      { g: '1.3', op: 'lock', at: 7 },
      { g: '1.2', op: 'lock', at: 8 },
    ]);
    assert.equal(answerIn(base, moment, question), '1.2');
    assert.equal(answerIn(other, moment, question), '1.2');
  });

  it('knows the channels of a select by their names: one that was closed is likelier than one that nobody has used', () => {
    const chance = (closed: string, labels: string[], outcome: string): number => {
      const text = `
        1 start
        1 make chan/stop
        1 make chan/other
        1 go >1.1
        1.1 start ~3
        1 close chan/${closed}
        1.1 select chan/stop #1 =2
        1.1 end
        1 test-end`;
      const run = runOf(text, [
        { g: '1', op: 'close', at: 5 },
        { g: '1.1', op: 'select', at: 6 },
      ]);
      run.trace.header.sites.find(({ operation }) => operation === 'select')!.cases = labels;
      const question = about(at(run, 1), '1.1')!;
      return predict(question).shares.find(({ name }) => name === outcome)!.probability;
    };
    const labels = ['v := <-s.jobs', '<-s.stop'];
    const closed = chance('stop', labels, 'case:1');
    assert.ok(closed > 0.5, `${closed}`);
    assert.ok(chance('other', labels, 'case:1') < closed - 0.1);
    const spared = ['<-s.stop', 'default'];
    assert.ok(chance('other', spared, 'default') > chance('stop', spared, 'default') + 0.2);
  });

  it('takes whoever was told of a channel for somebody who may help', () => {
    const text = (share: string) => `
      1 start
      1 make chan/shared/1 =1
      1 go >1.1
      1.1 start ~2
      1.1 make chan/own
      ${share}
      1.1 go >1.1.1
      1.1.1 start ~
      1.1.1 send!block chan/own
      1.1 end
      1 send chan/other`;
    const last = (run: SeenRun) => at(run, 1).unreached.size;
    const alone = runOf(text(''), [
      { g: '1', op: 'go', at: 2 },
      { g: '1', op: 'send', at: 9 },
    ]);
    assert.equal(last(alone), 1);
    const told = runOf(text('1.1 send chan/shared\n1 receive chan/shared'), [
      { g: '1', op: 'go', at: 2 },
      { g: '1', op: 'send', at: 11 },
    ]);
    assert.equal(last(told), 0);
  });

  it('believes what was seen often, and nothing that cannot be', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1 }),
        fc.array(fc.tuple(name, fc.integer({ min: 1, max: 500 }))),
        fc.nat(3),
        (candidates, seen, impossible) => {
          const evidence = new Evidence();
          for (const [what, times] of seen) evidence.add(['like', 'more like'], what, times);
          const alive = candidates.filter((_, index) => candidates.length === 1 || index !== impossible);
          const prior = candidates.map((one) => (alive.includes(one) ? 1 / alive.length : 0));
          const chances = update(prior, candidates, evidence.levels(['like', 'more like']), [4, 2]);
          assert.ok(Math.abs(chances.reduce((sum, one) => sum + one, 0) - 1) < 1e-9);
          for (const [index, one] of candidates.entries())
            assert.equal(chances[index] === 0, !alive.includes(one), `${one}: ${chances[index]}`);
        },
      ),
    );
    const often = new Evidence();
    often.add(['like'], 'b', 1000);
    assert.ok(update([0.5, 0.5], ['a', 'b'], often.levels(['like']), [4])[1]! > 0.99);
  });

  it('is less sure the less it has seen', () => {
    fc.assert(
      fc.property(fc.float({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 1000 }), (share, total) => {
        const few = interval(share, total);
        const many = interval(share, total * 4);
        assert.ok(few.low <= share + 1e-9 && share - 1e-9 <= few.high);
        assert.ok(many.high - many.low < few.high - few.low + 1e-9);
      }),
    );
  });
});
