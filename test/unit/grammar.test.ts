// The colours of textual traces: what a trace can say is known to the grammar of syntaxes/.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { printTrace } from '../../core/trace/text';
import { emptyHeader, traceOfEvents } from '../../core/trace/write';
import { OPERATIONS, PHASES } from '../../protocol/trace';

interface Rule {
  begin?: string;
  match?: string;
  include?: string;
  patterns?: Rule[];
}
const grammar: { patterns: Rule[]; repository: Record<string, Rule> } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../syntaxes/lockstep-trace.tmLanguage.json'), 'utf8'),
);
const rule = (name: string): Rule => grammar.repository[name] ?? assert.fail(name);
const beginnings = grammar.patterns.map(({ include = '' }) => {
  const { begin, match } = rule(include.slice(1));
  return new RegExp(begin ?? match ?? assert.fail(include), 'u');
});

describe('the grammar of textual traces', () => {
  it('knows each line of a trace', () => {
    const trace = traceOfEvents(
      {
        ...emptyHeader(),
        package: 'example.com/a',
        test: 'TestA',
        message: 'it said "no"',
        sites: [{ id: 1, file: 'a.go', line: 3, column: 2, function: '(*T).f', operation: 'send', expression: 'x y' }],
        goroutines: [{ path: '1', site: 0 }],
        objects: [{ kind: 'channel', site: 0, capacity: 2 }],
        frames: [
          { function: 'example.com/a.(*T).f', file: 'a.go', line: 3 },
          { function: 'example.com/a.TestA', file: 'with blank.go', line: 7, caller: 0, outside: true },
        ],
      },
      [],
    );
    trace.stacks = new Int32Array(0);
    const lines = printTrace(trace).trimEnd().split('\n');
    assert.ok(lines.some((line) => line.startsWith('frame ')));
    assert.deepEqual(
      lines.filter((line) => !beginnings.some((begins) => begins.test(line))),
      [],
    );
  });

  it('knows the phases of events, and all operations', () => {
    const event = new RegExp(rule('event').begin ?? '', 'u');
    for (const phase of PHASES) assert.match(`   12 1.2     send        ${phase} m.ch a.go:7:3 partner=4`, event);
    const operation = new RegExp(rule('operation').match ?? '', 'u');
    assert.deepEqual(
      OPERATIONS.filter((name) => operation.exec(` ${name} `)?.[0] !== name),
      [],
    );
  });
});
