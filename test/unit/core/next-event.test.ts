/** What the scheduler can do next, what speaks for it, and what a program's own runs add. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Code, type Step } from '../../../core/model/scheduling/ahead';
import { fromCodeAlone, situation } from '../../../core/model/scheduling/candidates';
import { heedingCode } from '../../../core/model/scheduling/code-says';
import { type EventChances, Evidence } from '../../../core/model/scheduling/evidence';
import { examples, lessons } from '../../../core/model/scheduling/examples';
import { imagine } from '../../../core/model/scheduling/imagine';
import { Markov } from '../../../core/model/scheduling/markov';
import { measure } from '../../../core/model/scheduling/measures';
import { Memory } from '../../../core/model/scheduling/memory';
import { prompt } from '../../../core/model/scheduling/prompt';
import { SchedulerState } from '../../../core/model/scheduling/state';
import {
  type Frame,
  SCHEDULER_EVENTS,
  type SchedulerEvent,
  type SchedulingEvent,
} from '../../../core/model/scheduling/trace';
import { Analysed } from '../../../core/static/analysed';
import { openDocument } from '../../../core/static/document';
import { readSource } from '../../../core/static/source/declarations';
import { Package } from '../../../core/static/source/package';
import { type Chooser, ROLLOUT_STEPS, rollout } from '../../../engine/dataset/rollouts';
import { goParser, parserFiles } from '../../../engine/system/parser';
import { ROOT } from '../../e2e/command';

const event = (
  kind: SchedulingEvent['kind'],
  goroutine: number,
  rest: Partial<SchedulingEvent> = {},
): SchedulingEvent => ({
  kind,
  goroutine,
  by: kind === 'GoStart' ? -1 : goroutine,
  proc: 0,
  reason: '',
  stack: [],
  entry: [],
  time: 0,
  ...rest,
});

const at = (name: string, line: number): Frame => ({ function: `example.com/p.${name}`, file: '/p/p.go', line });

/** Goroutine 1 makes 2 and 3 and waits; 2 runs. */
const STORY: readonly SchedulingEvent[] = [
  event('Known', 1, { known: 'running', by: -1 }),
  event('GoCreate', 2, { by: 1 }),
  event('GoCreate', 3, { by: 1 }),
  event('GoBlock', 1, { reason: 'chan receive' }),
  event('GoStart', 2),
];

function stateAfter(events: readonly SchedulingEvent[], procs = 1): SchedulerState {
  const state = new SchedulerState(procs);
  for (const one of events) state.take(one);
  return state;
}

const asked = (events: readonly SchedulingEvent[]): string[] =>
  situation(stateAfter(events), new Memory(), undefined, '').candidates.map(
    ({ event, goroutine }) => `${event} ${goroutine}`,
  );

describe('the next event', () => {
  it('is one that the state allows: who runs may act, who can run may start', () => {
    assert.deepEqual(asked(STORY), [
      'GoStart 3',
      'GoCreate 2',
      'GoBlock 2',
      'GoUnblock 2',
      'GoSched 2',
      'GoEnd 2',
      'GoUnblock -1',
    ]);
  });

  it('cannot be a wake-up where nobody waits and nobody runs', () => {
    const over = [...STORY, event('GoUnblock', 1, { by: 2 }), event('GoEnd', 2)];
    assert.deepEqual(asked(over), ['GoStart 3', 'GoStart 1']);
  });

  it('gives goroutines the same names in each run, whatever their numbers', () => {
    const renumbered = STORY.map((one) => ({
      ...one,
      goroutine: one.goroutine === 1 ? 1 : one.goroutine + 40,
      by: one.by > 1 ? one.by + 40 : one.by,
    }));
    const trace = (events: readonly SchedulingEvent[]) => ({ procs: 1, events });
    const told = (events: readonly SchedulingEvent[]) =>
      lessons(trace(events), [0, 1, 2, 3]).map(({ prefix }) => prefix);
    assert.deepEqual(told(renumbered), told(STORY));
    assert.equal(new Set(told(STORY)).size, 4);
  });

  it('is found among its candidates in a trace that is whole', () => {
    const found = examples({ procs: 1, events: STORY }, undefined, '', [0, 1, 2, 3]);
    assert.deepEqual(
      found.map(({ candidates, truth }) => candidates[truth]?.event),
      ['GoCreate', 'GoCreate', 'GoBlock', 'GoStart'],
    );
  });
});

describe('the code ahead', () => {
  const SOURCE = `package p

import ("runtime"; "sync")

type box struct {
	mu sync.Mutex
	n  int
}

func (b *box) add() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
}

func work(b *box, done chan bool) {
	b.add()
	if b.n > 1 {
		close(done)
	}
}

func start() {
	done := make(chan bool)
	go work(&box{}, done)
	<-done
}

func polite(waiting func() bool) {
	for range 3 {
		runtime.Gosched()
	}
	for i := 0; i < 3; i++ {
		work(nil, nil)
	}
	for waiting() {
		runtime.Gosched()
	}
}
`;
  let code: Code;

  before(async () => {
    const files = await parserFiles(ROOT);
    assert.ok(files.ok);
    const parser = await goParser(files.value);
    assert.ok(parser.ok);
    const document = openDocument(parser.value, SOURCE);
    assert.ok(document);
    code = new Code(new Analysed(new Package([{ path: '/p/p.go', source: readSource(SOURCE, document.tree) }])));
  });

  const told = (steps: readonly Step[]): string[] =>
    steps.map(({ depth, kind, weight }) => `${depth} ${kind} ${weight}`).sort();

  it('goes into calls, does what was deferred, and takes branches for equally likely', () => {
    assert.deepEqual(told(code.from([at('work', 16)], '').steps), [
      '1 lock 1',
      '2 unlock 1',
      '3 close 0.5',
      '3 end 0.5',
    ]);
  });

  it('goes on after the place on the stack, then in the callers', () => {
    const stack = [at('(*box).add', 11), at('work', 17)];
    const { op, steps } = code.after(stack);
    assert.equal(op?.kind, 'lock');
    assert.deepEqual(told(steps), ['1 unlock 1', '2 close 0.5', '2 end 0.5', '3 end 0.5']);
  });

  it('knows the locks that are held there', () => {
    const lock = code.after([at('(*box).add', 11)]).op!;
    assert.equal(code.holds([at('(*box).add', 13), at('work', 17)], lock), true);
    assert.equal(code.holds([at('work', 18)], lock), false);
  });

  it('begins with an operation that is asked about, whatever led there', () => {
    const lock = code.after([at('(*box).add', 11)]).op!;
    assert.deepEqual(told(code.before(lock).steps), ['1 lock 1', '2 unlock 1', '3 end 1']);
    const asked = fromCodeAlone(code.before(lock), 7);
    assert.deepEqual(
      asked.candidates.map(({ event, goroutine }) => `${event} ${goroutine}`),
      ['GoCreate 7', 'GoBlock 7', 'GoUnblock 7', 'GoSched 7', 'GoEnd 7'],
    );
    assert.ok(asked.candidates[1]!.features.includes('GoBlock ahead 1 lock sure'));
  });

  it('enters loops that count, and cannot tell of others; a round may be the last', () => {
    const first = (steps: readonly Step[]): string[] =>
      steps.filter(({ depth }) => depth === 1).map(({ kind, weight }) => `${kind} ${weight.toFixed(2)}`);
    assert.deepEqual(first(code.from([at('polite', 29)], '').steps), ['call runtime.Gosched 0.97', 'lock 0.03']);
    assert.deepEqual(first(code.after([at('polite', 31)]).steps), ['call runtime.Gosched 0.88', 'lock 0.12']);
    assert.deepEqual(first(code.after([at('polite', 34)]).steps), ['call runtime.Gosched 0.11', 'lock 0.88']);
  });

  it('decides where it leaves no choice, whatever the model believes', () => {
    const { candidates } = fromCodeAlone(code.from([at('polite', 29)], ''), 7);
    const starts = { event: 'GoStart' as const, goroutine: 8, features: [] };
    const chances = heedingCode([0.5, 0.1, 0.1, 0.1, 0.2, 0], [starts, ...candidates]);
    // As likely as before that it acts at all.
    assert.deepEqual(
      chances.map((chance) => Number(chance.toFixed(3))),
      [0.5, 0.005, 0.005, 0.005, 0.485, 0],
    );
  });

  it('decides nothing where it leaves a choice, or where the model is surer', () => {
    const asked = (line: number) => fromCodeAlone(code.after([at('polite', line)]), 7).candidates;
    assert.ok(asked(31).every(({ sure }) => !sure));
    const { candidates } = fromCodeAlone(code.from([at('polite', 29)], ''), 7);
    const sure = [0, 0, 0, 0.99, 0.01];
    assert.deepEqual(heedingCode(sure, candidates), sure);
    const impossible = [0, 0, 0, 0, 0];
    assert.deepEqual(heedingCode(impossible, candidates), impossible);
  });

  /** Goroutine 2 runs work, called by nobody; 1 waits at its receive. */
  const begun = (): SchedulerState =>
    stateAfter([
      event('Known', 1, { known: 'running', by: -1 }),
      event('GoCreate', 2, { by: 1, stack: [at('start', 25)], entry: [at('work', 16)] }),
      event('GoBlock', 1, { reason: 'chan receive', stack: [at('start', 26)] }),
      event('GoStart', 2),
    ]);
  const candidate = (name: SchedulerEvent, goroutine: number) => ({ event: name, goroutine, features: [] });

  it('says what an event that has not happened would look like', () => {
    const state = begun();
    const locking = imagine(candidate('GoBlock', 2), state, code, 'start');
    assert.deepEqual([locking.reason, locking.stack[0]?.line], ['sync', 11]);
    const closing = imagine(candidate('GoUnblock', 2), state, code, 'start');
    assert.equal(closing.goroutine, 1);
    state.take(imagine(candidate('GoEnd', 2), state, code, 'start'));
    assert.equal(state.goroutines.has(2), false);
  });

  it('leads from likely event to likely event, each of which the state allows', async () => {
    const procs = 1;
    const happened = [...Array(24).keys()].flatMap((turn): SchedulingEvent[] => [
      event('GoCreate', 10 + turn, { by: 1, stack: [at('start', 25)], entry: [at('work', 16)] }),
    ]);
    const trace = { procs, events: [event('Known', 1, { known: 'running', by: -1 }), ...happened] };
    let asked = 0;
    const first: Chooser = async (_, { candidates }) => {
      asked++;
      return candidates[0]!;
    };
    assert.deepEqual(await rollout(trace, code, 'start', 2, first), { valid: ROLLOUT_STEPS, agrees: 0 });
    assert.equal(asked, ROLLOUT_STEPS);
    const create: Chooser = async () => 'GoCreate';
    assert.deepEqual(await rollout(trace, code, 'start', 2, create), { valid: ROLLOUT_STEPS, agrees: ROLLOUT_STEPS });
    const wake: Chooser = async () => 'GoEnd';
    assert.deepEqual(await rollout(trace, code, 'start', 2, wake), { valid: 1, agrees: 0 });
    assert.equal(await rollout(trace, code, 'start', 20, first), undefined);
  });

  it('is put in words for a language model, with the code and up to the syllable that all events share', () => {
    const lines = prompt(begun(), code, 'start').split('\n');
    assert.equal(lines.at(-1), 'Next event: Go');
    assert.ok(lines.includes('func work(b *box, done chan bool) {'));
    const comes =
      '- 1.1 running, new in p.work `func work(b *box, done chan bool) {`; comes to: lock 100 %; then unlock 100 %';
    assert.ok(lines.includes(comes), lines.join('\n'));
    assert.ok(lines.includes('- 1 waiting (chan receive), after GoBlock in p.start `<-done`'));
    assert.ok(lines.includes('GoStart 1.1'));
  });

  it('ends a test, and begins it where the testing package does', () => {
    const runner: Frame = { function: 'testing.tRunner', file: '/go/src/testing/testing.go', line: 1 };
    assert.deepEqual(told(code.after([at('start', 26), runner]).steps), ['1 end of the test 1']);
    assert.deepEqual(told(code.from([runner], 'start').steps).slice(0, 2), ['1 go 1', '2 receive 1']);
  });
});

describe("a program's own runs", () => {
  const evenly: EventChances = SCHEDULER_EVENTS.map(() => 1 / 6);

  it('change nothing where nothing like it was seen', () => {
    const evidence = new Evidence();
    evidence.add(['a', 'b'], 'GoEnd');
    assert.deepEqual(evidence.update(evenly, ['c', 'd']), evenly);
  });

  it('come to decide, and always leave a distribution', () => {
    const kinds = fc.constantFrom(...SCHEDULER_EVENTS);
    const words = fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(words, kinds), { maxLength: 60 }), words, (seen, asked) => {
        const evidence = new Evidence();
        for (const [like, kind] of seen) evidence.add(like, kind);
        const chances = evidence.update(evenly, asked);
        assert.ok(Math.abs(chances.reduce((sum, chance) => sum + chance, 0) - 1) < 1e-9);
        assert.ok(chances.every((chance) => chance >= 0));
      }),
      { seed: 1 },
    );
    const evidence = new Evidence();
    let before = 1 / 6;
    for (let run = 0; run < 50; run++) {
      evidence.add(['a', 'b', 'c'], 'GoBlock');
      const now = evidence.update(evenly, ['a', 'b', 'c'])[2]!;
      assert.ok(now > before);
      before = now;
    }
    assert.ok(before > 0.98);
  });
});

describe('baselines and measures', () => {
  it('back off to what was seen', () => {
    const chain = new Markov();
    chain.add(['GoStart', '1'], 'GoEnd');
    chain.add(['GoStart', '2'], 'GoBlock');
    assert.equal(chain.predict(['GoStart', '1'])[5], 1);
    assert.deepEqual(chain.predict(['GoStart', '9']), [0, 0, 0.5, 0, 0, 0.5]);
    assert.equal(chain.predict(['GoSched', '9'])[2], 0.5);
  });

  it('measure by hand what they measure', () => {
    const chances = [0.8, 0.2, 0, 0, 0, 0];
    const { accuracy, ece, nll, brier, perClass } = measure([
      { chances, event: 'GoCreate' },
      { chances, event: 'GoStart' },
    ]);
    assert.equal(accuracy, 0.5);
    assert.ok(Math.abs(ece - 0.3) < 1e-9);
    assert.ok(Math.abs(nll + (Math.log(0.8) + Math.log(0.2)) / 2) < 1e-9);
    assert.ok(Math.abs(brier - (0.08 + 1.28) / 2) < 1e-9);
    assert.deepEqual(perClass, { GoCreate: 1, GoStart: 0 });
  });

  it('know how far from calibrated chance makes answers look that are', () => {
    // A linear congruential generator (Knuth, MMIX): the same numbers each time.
    let seed = 1n;
    const random = () => {
      seed = (seed * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
      return Number(seed >> 11n) / 2 ** 53;
    };
    const [questions, times] = [1_500, 60];
    let [shown, expected] = [0, 0];
    for (let time = 0; time < times; time++) {
      const answers = Array.from({ length: questions }, () => {
        const sure = 1 - random() / 2;
        const event = random() < sure ? ('GoCreate' as const) : ('GoStart' as const);
        return { chances: [sure, 1 - sure, 0, 0, 0, 0], event };
      });
      const { ece, eceByChance } = measure(answers);
      shown += ece / times;
      expected += eceByChance / times;
    }
    assert.ok(Math.abs(shown / expected - 1) < 0.1, `${shown} and ${expected}`);
  });
});
