import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyseTrace } from '../../../core/analyse/analyse';
import { racingPairs } from '../../../core/analyse/racing/racing-pairs';
import { eventAt, type Trace, type TraceEvent } from '../../../core/trace/trace';
import { crowdedTrace, randomTrace } from './random-trace';
import { traceOf } from './trace-of';

/**
 * The slow reference: each event is two nodes, its begin and its end; edges are program order and the Go memory model's
 * rules, written down one by one; happens-before is their transitive closure by depth-first search.
 */
function slowPairs(trace: Trace): Set<string> {
  const events = Array.from({ length: trace.count }, (_, index) => eventAt(trace, index));
  const begin = (index: number): number => 2 * index;
  const end = (index: number): number => 2 * index + 1;
  const next: number[][] = Array.from({ length: 2 * trace.count }, () => []);
  const last = new Map<number, number>();
  for (const { index, goroutine } of events) {
    next[begin(index)]!.push(end(index));
    if (last.has(goroutine)) next[end(last.get(goroutine)!)]!.push(begin(index));
    last.set(goroutine, index);
  }
  const on = (object: number, operation: string) =>
    events.filter((it) => it.object === object && it.operation === operation);
  for (const a of events) {
    if (a.operation === 'start' && a.partner >= 0) next[begin(a.partner)]!.push(end(a.index));
    if (a.operation === 'receive' && a.partner >= 0) next[begin(a.partner)]!.push(end(a.index));
    if (a.operation === 'send' && a.object === 0) next[begin(a.partner)]!.push(end(a.index));
    for (const b of events.slice(a.index + 1)) {
      if (a.object < 0 || a.object !== b.object) continue;
      const ordered =
        (a.operation === 'unlock' && (b.operation === 'lock' || b.operation === 'rlock')) ||
        (a.operation === 'runlock' && b.operation === 'lock') ||
        (a.operation === 'wg-add' && b.operation === 'wg-wait') ||
        (a.operation === 'atomic' && a.argument !== 1 && b.operation === 'atomic');
      if (ordered) next[begin(a.index)]!.push(end(b.index));
    }
  }
  const sends = on(1, 'send');
  const receives = on(1, 'receive').filter(({ argument }) => argument !== 1);
  for (const [order, receive] of receives.entries()) {
    next[begin(sends[order]!.index)]!.push(end(receive.index));
    const later = sends[order + 2];
    if (later) next[begin(receive.index)]!.push(end(later.index));
  }
  const reach = (from: number): Set<number> => {
    const seen = new Set([from]);
    for (const node of seen) for (const successor of next[node]!) seen.add(successor);
    return seen;
  };
  const pairs = new Set<string>();
  const accesses = events.filter(({ operation }) => ['read', 'write', 'atomic'].includes(operation));
  const onlyReads = ({ operation, argument }: TraceEvent): boolean =>
    operation === 'read' || (operation === 'atomic' && argument === 1);
  for (const a of accesses) {
    const after = reach(begin(a.index));
    for (const b of accesses) {
      if (b.index <= a.index || a.goroutine === b.goroutine || !shareBytes(trace, a, b)) continue;
      if ((onlyReads(a) && onlyReads(b)) || (a.operation === 'atomic' && b.operation === 'atomic')) continue;
      // An atomic access comes after what it observes.
      const at = b.operation === 'atomic' ? end(b.index) : begin(b.index);
      if (!after.has(at)) pairs.add(pairKey(trace, a.index, b.index));
    }
  }
  return pairs;
}

function shareBytes(trace: Trace, a: TraceEvent, b: TraceEvent): boolean {
  const [[from, to], [start, end]] = [a, b].map(({ object, operation, argument }): [number, number] => {
    const { region = object, offset = 0 } = trace.header.objects[object]!;
    const first = 1000 * region + offset;
    return [first, first + (operation === 'atomic' ? 1 : Math.max(1, argument))];
  }) as [[number, number], [number, number]];
  return from < end && start < to;
}

function pairKey(trace: Trace, first: number, second: number): string {
  const [a, b] = [first, second].map((index) => {
    const { site, operation, argument, object } = eventAt(trace, index);
    return `${operation}${argument} of ${object}@${site}`;
  });
  return [a, b].sort().join(' ');
}

describe('race', () => {
  for (const [size, traces, numRuns] of [
    ['few', randomTrace, 1500],
    ['many', crowdedTrace, 150],
  ] as const) {
    it(`finds the pairs of sites that the transitive closure leaves unordered, of ${size} goroutines`, () => {
      fc.assert(
        fc.property(traces, (trace) => {
          const fast = new Set(racingPairs(trace).pairs.map(({ first, second }) => pairKey(trace, first, second)));
          assert.deepEqual([...fast].sort(), [...slowPairs(trace)].sort());
        }),
        { numRuns },
      );
    });
  }

  it('says where it gave up when ordering costs too much', () => {
    const trace = traceOf(`
      1 go >1.1
      1.1 start ~0
      1 write var/n :10
      1.1 write var/n :20
      1 write var/n :30`);
    const { pairs, stoppedAt } = racingPairs(trace, 0);
    assert.deepEqual(pairs, []);
    assert.ok(stoppedAt !== undefined && stoppedAt < trace.count);
  });

  const racesOf = (text: string): string[] =>
    analyseTrace(traceOf(text, { returned: true }), { package: 'p', test: 'TestX' }).findings.map(
      ({ message }) => message,
    );

  it('names both accesses and the locks held', () => {
    const [message, ...others] = racesOf(`
      1 go >1.1
      1.1 start ~1
      1 lock mutex/mu
      1 write var/n :10
      1 unlock mutex/mu
      1.1 read var/n :20`);
    assert.deepEqual(others, []);
    assert.equal(
      message,
      'Goroutine 1 writes n (main.go:10) while goroutine 1.1 reads n (main.go:20): nothing orders the two ' +
        '(goroutine 1 holds mu, goroutine 1.1 holds no lock)',
    );
  });

  for (const [second, words] of [
    ['write map/m :20', 'concurrent map writes'],
    ['read map/m :20', 'concurrent map read and map write'],
    ['read map/m :20 =1', 'concurrent map iteration and map write'],
  ] as const) {
    it(`says in Go's words: ${words}`, () => {
      const trace = traceOf(`
        1 go >1.1
        1.1 start ~0
        1 write map/m :10
        1.1 ${second}`);
      const { findings } = analyseTrace(trace, { package: 'p', test: 'TestX' });
      assert.deepEqual(
        findings.map(({ kind }) => kind),
        ['concurrent-map-access'],
      );
      assert.ok(findings[0]!.message.includes(`: ${words}, nothing orders the two`), findings[0]!.message);
    });
  }

  it('finds a struct that is copied while a field of it is written, but not two fields', () => {
    const trace = traceOf(`
      1 go >1.1
      1.1 start ~0
      1 read var/*p :10 =16
      1 write var/p.a :11 =8
      1.1 write var/p.b :20 =8`);
    const [whole, , b] = trace.header.objects;
    Object.assign(whole!, { region: 0, offset: 0 });
    Object.assign(trace.header.objects[1]!, { region: 0, offset: 0 });
    Object.assign(b!, { region: 0, offset: 8 });
    const { findings } = analyseTrace(trace, { package: 'p', test: 'TestX' });
    assert.equal(findings.length, 1);
    assert.match(findings[0]!.message, /^Goroutine 1\.1 writes p\.b \(main\.go:20\) while goroutine 1 reads \*p /u);
  });

  it('counts n++ in two goroutines once', () => {
    const found = racesOf(`
      1 go >1.1
      1 go >1.2
      1.1 start ~0
      1.2 start ~1
      1.1 read var/n :10
      1.1 write var/n :10
      1.2 read var/n :10
      1.2 write var/n :10`);
    assert.equal(found.length, 1);
    assert.match(found[0]!, /1\.1 writes n .* 1\.2 writes n/u);
  });

  for (const [why, text] of Object.entries({
    'WaitGroup: Done before Wait': `
      1 wg-add wg/wg =1
      1 go >1.1
      1.1 start ~1
      1.1 write var/n
      1.1 wg-add wg/wg =-1
      1 wg-wait wg/wg
      1 read var/n`,
    'close before the receive that finds it': `
      1 go >1.1
      1.1 start ~0
      1 receive!block chan/done
      1.1 write var/n
      1.1 close chan/done
      1 receive!wake chan/done ~4 =1
      1 read var/n`,
    'unbuffered: the receive before the completion of the send': `
      1 go >1.1
      1.1 start ~0
      1.1 send!block chan/c
      1 write var/n
      1.1 send!wake chan/c
      1 receive chan/c ~
      1.1 read var/n`,
    'Once: the function before every Do that returns': `
      1 go >1.1
      1.1 start ~0
      1.1 once-begin once/o
      1 once!block once/o
      1.1 write var/n
      1.1 once once/o
      1 once!wake once/o
      1 read var/n`,
    'a timer: what was done before it was set': `
      1 write var/n
      1 timer timer/t =1
      1 fire timer/t
      1.1 start ~2
      1.1 write var/n`,
    'the end of a subtest before t.Run returns': `
      1 go >1.1
      1.1 start ~0
      1 child-wait!block
      1.1 write var/n
      1.1 test-end
      1 child-wait!wake
      1 write var/n`,
    'a condition: signal before the wait it ends': `
      1 go >1.1
      1.1 start ~0
      1 cond-wait!block cond/c
      1.1 write var/n
      1.1 cond-signal cond/c
      1 cond-wait!wake cond/c
      1 write var/n`,
    'an atomic load and a plain read': `
      1 go >1.1
      1.1 start ~0
      1.1 atomic var/n =1
      1 read var/n`,
    'an atomic load behind the store it observes': `
      1 go >1.1
      1.1 start ~0
      1.1 write var/n
      1.1 atomic var/flag =2
      1 atomic var/flag =1
      1 read var/n`,
    'a return from code that is not instrumented: what came before it': `
      1 go >1.1
      1.1 start ~0
      1.1 write var/n
      1 none!wake
      1 read var/n`,
    atomics: `
      1 go >1.1
      1.1 start ~0
      1.1 write var/n
      1.1 atomic var/flag
      1 atomic var/flag
      1 read var/n`,
  })) {
    it(`is silent: ${why}`, () => assert.deepEqual(racesOf(text), []));
  }

  it('finds a variable that is used atomically in one goroutine and plainly in another', () => {
    const [message, ...others] = racesOf(`
      1 go >1.1
      1.1 start ~0
      1.1 atomic var/&c.n :5
      1 read var/&c.n :9`);
    assert.deepEqual(others, []);
    assert.match(message!, /1 reads c\.n \(main\.go:9\) while goroutine 1\.1 uses c\.n atomically/u);
  });

  it('takes an atomic load for no store, but still for an access', () => {
    assert.equal(racesOf('1 go >1.1\n1.1 start ~0\n1.1 atomic var/n =1\n1 write var/n').length, 1);
    assert.equal(racesOf('1 go >1.1\n1.1 start ~0\n1.1 atomic var/n =2\n1 read var/n').length, 1);
    // What was read before a load is not ordered before a later store.
    assert.equal(
      racesOf(`
      1 go >1.1
      1.1 start ~0
      1.1 write var/n
      1.1 atomic var/flag =1
      1 atomic var/flag =2
      1 read var/n`).length,
      1,
    );
  });

  it('counts on no order of events in a recording that Go may have turned round', () => {
    const races = (text: string, mode: 'control' | 'record') =>
      analyseTrace(traceOf(text, { mode }), { package: 'p', test: 'T' }).findings.length;
    const waitingSender = `
      1 go >1.1
      1.1 start ~0
      1.1 write var/n
      1.1 send!block chan/c/1
      1 receive chan/c/1
      1 read var/n
      1.1 send!wake chan/c/1`;
    const loadBeforeStore = `
      1 go >1.1
      1.1 start ~0
      1.1 write var/n
      1 atomic var/flag =1
      1.1 atomic var/flag =2
      1 read var/n`;
    for (const text of [waitingSender, loadBeforeStore]) assert.equal(races(text, 'record'), 0, text);
    assert.equal(races(loadBeforeStore, 'control'), 1);
    assert.equal(races('1 go >1.1\n1.1 start ~0\n1.1 write var/n\n1 read var/n', 'record'), 1);
  });

  it('does not take Add for Done, nor the firing of a timer for an order with who was running', () => {
    assert.equal(
      racesOf(`
      1 go >1.1
      1 wg-add wg/wg =1
      1.1 start ~0
      1.1 write var/n
      1.1 wg-add wg/wg =1
      1 wg-wait wg/wg
      1 read var/n`).length,
      1,
    );
    assert.equal(
      racesOf(`
      1 timer timer/t =1
      1 write var/n
      1 fire timer/t
      1.1 start ~2
      1.1 write var/n`).length,
      1,
    );
  });
});
