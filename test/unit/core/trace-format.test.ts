import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyseTrace } from '../../../core/analyse/analyse';
import { goroutineEvents, preemptionsOf } from '../../../core/trace/events';
import { caseChannel, namesOf, unique } from '../../../core/trace/names';
import { parseTrace } from '../../../core/trace/parse-text';
import { readTrace } from '../../../core/trace/read';
import { printTrace } from '../../../core/trace/text';
import { eventsOf, type Trace, type TraceEvent } from '../../../core/trace/trace';
import { decodeUtf8, encodeUtf8 } from '../../../core/trace/utf8';
import { traceOfEvents, withSites, writeTrace } from '../../../core/trace/write';
import { NONE, OBJECT_KINDS, OPERATIONS, OUTCOMES, PHASES, type TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

const word = fc.oneof(
  fc.constantFrom('', '-', 'm.mu', 'ch', 'a b', '"', 'a=[', 'time=5', 'x #2', 'TestX.func1', 'é 世'),
  fc.string(),
);

/** Each behind its caller. */
const anyFrames = fc
  .array(
    fc.record(
      { function: word, file: word, line: fc.nat(), caller: fc.nat(), outside: fc.constant(true as const) },
      { requiredKeys: ['function', 'file', 'line'], noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((frames) =>
    frames.map(({ caller, ...frame }, at) =>
      caller === undefined || at === 0 ? frame : { ...frame, caller: caller % at },
    ),
  );

/** Any header and any events whose indices are in range; whether such a run is possible does not matter here. */
const anyTrace: fc.Arbitrary<Trace> = fc
  .record({ sites: fc.nat(4), objects: fc.nat(4), goroutines: fc.integer({ min: 1, max: 4 }), events: fc.nat(30) })
  .chain(({ sites, objects, goroutines, events }) => {
    const indexOr = (bound: number, absent: number): fc.Arbitrary<number> =>
      bound === 0 ? fc.constant(absent) : fc.oneof(fc.constant(absent), fc.nat(bound - 1));
    const site = fc.record(
      {
        id: fc.nat(2 ** 32 - 2),
        file: word,
        line: fc.nat(),
        column: fc.nat(),
        operation: fc.constantFrom(...OPERATIONS),
        function: word,
        expression: word,
        cases: fc.array(word, { maxLength: 3 }),
        internal: fc.constant(true as const),
      },
      { requiredKeys: ['id', 'file', 'line', 'column', 'operation', 'function', 'expression'] },
    );
    const header: fc.Arbitrary<TraceHeader> = fc.record(
      {
        version: fc.constant(1),
        mode: fc.constantFrom('control', 'record'),
        package: word,
        test: word,
        seed: word,
        strategy: word,
        outcome: fc.constantFrom(...OUTCOMES),
        returned: fc.boolean(),
        foreign: fc.boolean(),
        early: fc.boolean(),
        ahead: fc.nat(),
        events: fc.constant(events),
        dropped: fc.nat(),
        message: fc.string(),
        goroutines: fc.array(fc.record({ path: word, site: indexOr(sites, NONE) }), {
          minLength: goroutines,
          maxLength: goroutines,
        }),
        objects: fc.array(
          fc.record(
            { kind: fc.constantFrom(...OBJECT_KINDS), site: indexOr(sites, NONE), capacity: fc.nat() },
            { requiredKeys: ['kind', 'site'] },
          ),
          { minLength: objects, maxLength: objects },
        ),
        sites: fc.array(site, { minLength: sites, maxLength: sites }),
        frames: anyFrames,
      },
      {
        noNullPrototype: true,
        requiredKeys: [
          'version',
          'mode',
          'package',
          'test',
          'seed',
          'strategy',
          'outcome',
          'returned',
          'foreign',
          'early',
          'events',
          'dropped',
          'goroutines',
          'objects',
          'sites',
        ],
      },
    );
    const event = fc.record({
      operation: fc.constantFrom(...OPERATIONS),
      phase: fc.constantFrom(...PHASES),
      aux: fc.nat(0xffff),
      goroutine: fc.nat(goroutines - 1),
      object: indexOr(objects, -1),
      site: indexOr(sites, -1),
      partner: indexOr(events, -1),
      argument: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      time: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    });
    return fc
      .tuple(header, fc.array(event, { minLength: events, maxLength: events }), fc.array(fc.nat(), { minLength: 1 }))
      .map(([it, list, picks]) => {
        const trace = traceOfEvents(it, list);
        const { frames } = it;
        // The frame behind the last stands for none.
        const stack = (_: unknown, at: number) => ((picks[at % picks.length]! + at) % (frames!.length + 1)) - 1;
        return frames ? { ...trace, stacks: Int32Array.from(list, stack) } : trace;
      });
  });

const plain = (trace: Trace): unknown =>
  JSON.parse(JSON.stringify({ header: trace.header, events: [...eventsOf(trace)], stacks: [...(trace.stacks ?? [])] }));

describe('trace format', () => {
  it('comes back from bytes as it went in, at any alignment', () => {
    fc.assert(
      fc.property(anyTrace, fc.nat(7), (trace, offset) => {
        const bytes = writeTrace(trace);
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        const { trace: back, problems } = readTrace(moved.subarray(offset));
        assert.deepEqual(problems, []);
        assert.deepEqual(plain(back!), plain(trace));
      }),
    );
  });

  it('comes back from text as it went in', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const text = printTrace(trace);
        const { trace: back, problems } = parseTrace(text);
        assert.deepEqual(problems, [], text);
        assert.deepEqual(plain(back!), plain(trace), text);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the whole events of a file that was cut off anywhere, and says so', () => {
    fc.assert(
      fc.property(anyTrace, fc.nat(), (trace, cut) => {
        const bytes = writeTrace(trace);
        const length = cut % bytes.length;
        const size = trace.stacks ? 36 : 32;
        const { trace: back, problems } = readTrace(bytes.subarray(0, length));
        assert.ok(problems.length > 0 || back?.count === trace.count);
        if (back)
          assert.deepEqual(
            [...eventsOf(back)].length,
            Math.min(trace.count, Math.floor((length - (bytes.length - trace.count * size)) / 32)),
          );
      }),
    );
  });

  it('survives any damage, and so do the analyses and the text', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(anyTrace, damage, (trace, changes) => {
        const bytes = writeTrace(trace);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const { trace: back } = readTrace(bytes);
        if (!back) return;
        const { problems } = analyseTrace(back, { package: 'p', test: 'TestX' });
        assert.deepEqual(
          problems.filter((problem) => problem.startsWith('An analysis')),
          [],
        );
        assert.equal(parseTrace(printTrace(back)).trace?.count, back.count);
        goroutineEvents(back);
      }),
      { numRuns: 400 },
    );
  });

  it('survives any bytes and any text', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readTrace(bytes)));
    fc.assert(fc.property(fc.string(), (text) => void parseTrace(text)));
    fc.assert(fc.property(fc.string(), (text) => void parseTrace(`lockstep-trace 1\n${text}`)));
  });

  it('names what is wrong', () => {
    const trace = traceOf('1 start\n1 lock mutex/m.mu');
    const wrong = (at: number, value: number): string[] => {
      const bytes = writeTrace(trace);
      new DataView(bytes.buffer).setUint32(bytes.length - 32 + 4 * at, value, true);
      return readTrace(bytes).problems;
    };
    assert.deepEqual(wrong(0, 200), [
      'Event 1 of the trace names operation code 200, which does not exist; it and the rest are left out.',
    ]);
    assert.deepEqual(wrong(2, 7), [
      'Event 1 of the trace names object 7, which does not exist; it and the rest are left out.',
    ]);
    assert.deepEqual(readTrace(writeTrace(trace).subarray(0, -1)).problems, [
      'The trace was cut off after 1 of 2 events.',
    ]);
    assert.deepEqual(readTrace(encodeUtf8('x'.repeat(99))).problems, [
      'This is not a Lockstep trace: it does not begin with LOCKSTEP.',
    ]);
  });

  it('fills in the sites of a raw trace by their ids', () => {
    const trace = traceOf('1 start\n1 lock mutex/m.mu :5');
    const { sites, ...rest } = trace.header;
    const raw = writeTrace({ ...trace, header: { ...rest, sites: [], siteIds: sites.map(({ id }) => id) } });
    const filled = withSites(raw, new Map(sites.map((site) => [site.id, site])));
    assert.deepEqual(filled.problems, []);
    assert.deepEqual(plain(readTrace(writeTrace(filled.trace!)).trace!), plain(trace));
    assert.match(withSites(raw, new Map()).problems.join(), /names site 1, which is not among those of this build/u);
  });

  it('reads as text what people write by hand', () => {
    const { trace, problems } = parseTrace(`lockstep-trace 1
package p
test TestX
mode control
seed 1
strategy random
outcome pass
returned yes
// a comment
site a.go:3:2 lock TestX m.mu
goroutine 1 -
object m.mu mutex a.go:3:2
events 1
0 1 lock done m.mu a.go:3:2
`);
    assert.deepEqual(problems, []);
    assert.equal([...eventsOf(trace!)][0]!.operation, 'lock');
  });

  it('decodes and encodes UTF-8 as the platform does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
        assert.equal(decodeUtf8(encodeUtf8(text)), text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const fatal = (): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        let expected: string | undefined;
        try {
          expected = fatal();
        } catch {
          // Not UTF-8: only that it does not throw matters.
        }
        const decoded = decodeUtf8(bytes);
        if (expected !== undefined) assert.equal(decoded, expected);
      }),
    );
  });
});

describe('goroutine events', () => {
  it('derives the vocabulary of the execution tracer', () => {
    const trace = traceOf(`
      1 start
      1 go >1.1
      1.1 start ~1
      1.1 receive!block chan/c
      1 send chan/c
      1.1 receive!wake chan/c ~
      1 yield
      1.1 end
      1 test-end`);
    assert.deepEqual(
      goroutineEvents(trace).map((event) => `${event.type} ${event.goroutine}`),
      [
        'GoStart 0',
        'GoCreate 0',
        'GoSched 0',
        'GoStart 1',
        'GoBlock 1',
        'GoStart 0',
        'GoUnblock 1',
        'GoSched 0',
        'GoStart 1',
        'GoEnd 1',
        'GoStart 0',
        'GoEnd 0',
      ],
    );
    assert.equal(preemptionsOf(trace), 1);
  });

  it('has a GoBlock for a select, however many cases it has', () => {
    const trace = traceOf('1 start\n1 select!block\n1 select-case!block chan/a =2\n1 select-case!block chan/b =2 #1');
    assert.deepEqual(
      goroutineEvents(trace).map(({ type }) => type),
      ['GoStart', 'GoBlock'],
    );
  });
});

describe('names', () => {
  it('takes the channel out of a case label', () => {
    assert.equal(caseChannel('<-ctx.Done()'), 'ctx.Done()');
    assert.equal(caseChannel('v, ok := <-s.results'), 's.results');
    assert.equal(caseChannel('out <- v'), 'out');
    assert.equal(caseChannel('out <- <-in'), 'out');
    assert.equal(caseChannel('default'), '');
  });

  it('tells objects of one name apart', () => {
    assert.deepEqual(unique(['ch', 'ch', 'mu', 'ch #2', 'ch']), ['ch', 'ch #3', 'mu', 'ch #2', 'ch #4']);
  });

  it('names goroutines after the function literal they run', () => {
    const trace = traceOf('1 go >1.1\n1.1 start ~0\n1.1 lock mutex/m.mu');
    trace.header.sites[0]!.function = 'TestX';
    trace.header.sites[1]!.function = 'TestX.func1';
    const names = namesOf(trace);
    assert.deepEqual(names.functions, ['TestX', 'TestX.func1']);
    assert.deepEqual(names.objects, ['m.mu']);
  });
});

// An event's words must survive on their own, whatever the table says: keeps the type and the layout together.
const _every: (keyof TraceEvent)[] = [
  'index',
  'operation',
  'phase',
  'aux',
  'goroutine',
  'object',
  'site',
  'partner',
  'argument',
  'time',
];
void _every;
