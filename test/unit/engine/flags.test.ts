import assert from 'node:assert/strict';
import { readCount, readFlags, readSeconds, readSeed, readWord } from '../../../cli/flags';
import { type Output, Terminal } from '../../../cli/terminal';
import { workerSeed } from '../../../engine/explore/seeds';
import { testFilter } from '../../../engine/explore/tests-to-run';

describe('flags', () => {
  const spec = { run: 'value', json: 'switch' } as const;
  const problem = (result: { ok: boolean; problem?: string }) => (result.ok ? '' : result.problem);

  it('are read with one dash or two, before and after packages', () => {
    for (const args of [
      ['./a', '--run', 'X', '--json'],
      ['-json', '-run=X', './a'],
    ]) {
      const flags = readFlags(args, spec);
      assert.ok(flags.ok);
      assert.equal(flags.value.text.get('run'), 'X');
      assert.ok(flags.value.switches.has('json'));
      assert.deepEqual(flags.value.positionals, ['./a']);
    }
  });

  it('that are unknown or lack their value are one line', () => {
    assert.equal(problem(readFlags(['--fast'], spec)), "Unknown option '--fast'");
    assert.match(problem(readFlags(['--run'], spec)) ?? '', /^Option '--run <value>' argument missing$/);
  });

  for (const [text, seconds] of [
    ['30s', 30],
    ['1m30s', 90],
    ['500ms', 0.5],
    ['2h', 7200],
    ['7', 7],
    ['1.5s', 1.5],
  ] as const) {
    it(`read ${text} as ${seconds} seconds`, () => assert.deepEqual(readSeconds(text), { ok: true, value: seconds }));
  }
  for (const text of ['', 's', '-1s', '0s', '5 s', '3d']) {
    it(`refuse "${text}" as a duration`, () => assert.equal(readSeconds(text).ok, false));
  }

  it('read counts, seeds and words', () => {
    assert.deepEqual(readCount('times', '3'), { ok: true, value: 3 });
    for (const text of ['0', '-1', '1.5', 'x', '']) assert.equal(readCount('times', text).ok, false);
    assert.deepEqual(readSeed('18446744073709551615'), { ok: true, value: '18446744073709551615' });
    assert.equal(readSeed('18446744073709551616').ok, false);
    assert.equal(problem(readWord('format', 'xml', ['text', 'json'])), '--format takes text, json, not "xml"');
  });
});

describe('the terminal', () => {
  class Screen implements Output {
    text = '';
    constructor(readonly isTTY: boolean) {}
    readonly columns = 20;
    write(text: string) {
      this.text += text;
    }
  }

  it('writes one progress line over and removes it before results', () => {
    const [out, err] = [new Screen(false), new Screen(true)];
    let now = 0;
    const terminal = new Terminal(out, err, () => now);
    terminal.status('first');
    terminal.status('too soon');
    now = 1000;
    terminal.status('a line that is longer than the screen');
    terminal.print('result');
    assert.equal(err.text, '\r\x1b[Kfirst\r\x1b[Ka line that is long\r\x1b[K');
    assert.equal(out.text, 'result\n');
  });

  it('writes sparse lines where nothing can be written over', () => {
    const err = new Screen(false);
    let now = 0;
    const terminal = new Terminal(new Screen(false), err, () => now);
    for (const at of [0, 1000, 4000, 6000]) {
      now = at;
      terminal.status(`at ${at}`);
    }
    assert.equal(err.text, 'at 0\nat 6000\n');
  });
});

describe('seeds and names', () => {
  it('give each worker its own, the first the seed itself', () => {
    const seeds = [0, 1, 2, 3].map((worker) => workerSeed('42', worker));
    assert.equal(seeds[0], '42');
    assert.equal(new Set(seeds).size, 4);
    assert.deepEqual(
      seeds,
      [0, 1, 2, 3].map((worker) => workerSeed('42', worker)),
    );
  });

  it('match tests as go test does: anywhere in the name, up to the first slash', () => {
    const matches = (expression: string | undefined, test: string) => {
      const filter = testFilter(expression);
      return filter.ok && filter.value(test);
    };
    assert.ok(matches(undefined, 'TestA') && matches('A', 'TestA') && matches('TestA/sub', 'TestA'));
    assert.ok(!matches('^A', 'TestA'));
    assert.equal(testFilter('(').ok, false);
  });
});
