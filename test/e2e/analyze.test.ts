/** `lockstep analyze` and `lockstep trace` as people run them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, ended, ROOT, start } from './command';

const folder = join(ROOT, 'test/fixtures/traces');
const lockstep = (...args: string[]): Promise<Ended> => ended(start(folder, args, process.env));

interface Document {
  findings: { kind: string; events: number[]; witness?: number[]; analysis: { name: string; sound: boolean } }[];
}
const findingsOf = ({ stdout }: Ended): Document['findings'] => (JSON.parse(stdout) as Document).findings;

describe('lockstep analyze', function () {
  this.timeout(60_000);
  const scratch = mkdtempSync(join(tmpdir(), 'lockstep-analyze-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('predicts the deadlock that locks by thread alone miss', async () => {
    const result = await lockstep('analyze', 'std/lock-of-parent.std', '--analysis', 'lock-dependencies', '--json');
    assert.equal(result.code, 1, result.stderr);
    const [finding, ...more] = findingsOf(result);
    assert.deepEqual([finding?.kind, finding?.events, more.length], ['deadlock', [4, 9], 0]);
    assert.equal(finding?.analysis.name, 'lock-dependencies');
    assert.deepEqual(
      finding?.witness?.toSorted((a, b) => a - b),
      [1, 2, 3, 8],
    );
  });

  it('finds nothing where the parent guards its child', async () => {
    const result = await lockstep('analyze', 'std/guard-of-parent.std');
    assert.equal(result.code, 0, result.stdout);
    assert.match(result.stdout, /no findings? in 15 events/u);
  });

  it('finds the race of a recorded trace by each relation, at its lines', async () => {
    const result = await lockstep('analyze', 'counter-race.lockstep-trace', '--analysis', 'hb,shb,pwr', '--json');
    assert.equal(result.code, 1, result.stderr);
    const names = new Set(findingsOf(result).map(({ analysis }) => analysis.name));
    assert.deepEqual([...names], ['hb', 'shb', 'pwr']);
  });

  it('says in one line what is wrong, and where', async () => {
    const cut = join(scratch, 'cut.std');
    const whole = readFileSync(join(folder, 'std/two-writes.std'), 'utf8');
    writeFileSync(cut, whole.slice(0, whole.length - 5));
    for (const verb of [['analyze'], ['trace', 'print']]) {
      const result = await lockstep(...verb, cut);
      assert.equal(result.code, 2);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /cut\.std: Line 8: "T1\|rel\(" is not an event/u);
    }
    const unknown = await lockstep('analyze', 'std/two-writes.std', '--analysis', 'psychic');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /--analysis takes hb, hb-sets, .*, all, not "psychic"/u);
  });

  it('reads files that are too long to be kept, and says where things stand in them', async () => {
    const long = join(scratch, 'long.std');
    const lines = ['# a comment', 'T0|fork(T1)|1'];
    for (let round = 0; lines.length < 400_000; round++)
      lines.push(`T0|acq(L)|2`, `T0|w(V${round % 9})|3`, 'T0|rel(L)|4');
    lines.push('T1|w(V0)|5', 'T1|acq(M)|6', 'T0|rel(M)|7', 'T0|acq(L)|8', 'T0|acq(K)|9', 'T0|rel(K)|9', 'T0|rel(L)|9');
    lines.push('T1|acq(K)|10', 'T1|acq(L)|11');
    writeFileSync(long, lines.join('\n'));
    const result = await lockstep('analyze', long, '--analysis', 'hb,lock-dependencies', '--json');
    assert.equal(result.code, 1, result.stderr);
    const events = lines.length - 1;
    const found = findingsOf(result).map(({ analysis, events: positions }) => [analysis.name, positions.at(-1)]);
    assert.deepEqual(found, [
      ['hb', events - 8],
      ['lock-dependencies', events],
    ]);
    const { traces } = JSON.parse(result.stdout) as { traces: { events: number; threads: number }[] };
    assert.deepEqual([traces[0]?.events, traces[0]?.threads], [events, 2]);
    writeFileSync(long, [...lines, 'T1|rel(Q)|12', ''].join('\n'));
    const broken = await lockstep('analyze', long, '--analysis', 'hb');
    assert.equal(broken.code, 2);
    assert.match(
      broken.stderr,
      new RegExp(`long\\.std: Line ${lines.length + 1}: T1 releases Q, which nobody holds`, 'u'),
    );
  });

  it('converts a trace to STD that gives the same races', async () => {
    const out = join(scratch, 'counter.std');
    const converted = await lockstep(
      'trace',
      'convert',
      'counter-race.lockstep-trace',
      '--format',
      'std',
      '--out',
      out,
    );
    assert.equal(converted.code, 0, converted.stderr);
    const [own, std] = await Promise.all([
      lockstep('analyze', 'counter-race.lockstep-trace', '--analysis', 'hb', '--json'),
      lockstep('analyze', out, '--analysis', 'hb', '--json'),
    ]);
    assert.equal(findingsOf(std).length, findingsOf(own).length);
  });

  it('puts two events side by side', async () => {
    const result = await lockstep(
      'trace',
      'reorder',
      'std/two-writes-ordered.std',
      '--pair',
      '2,6',
      '--format',
      'json',
    );
    assert.deepEqual(JSON.parse(result.stdout), { version: 1, reorderings: [[1, 5, 2, 6]] });
    const none = await lockstep('trace', 'reorder', 'std/guard-of-parent.std', '--pair', '4,12');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /no correct reordering was found that puts 4 and 12 side by side/u);
  });
});
