/** Livelocks: what goes round in circles, and what only looks like it. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { Finding } from '../../../protocol/finding';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

const LIMIT: Partial<TraceHeader> = { outcome: 'limit', returned: false };

const found = (text: string, header: Partial<TraceHeader> = LIMIT): Finding[] =>
  analyseTrace(traceOf(text, header), { package: 'example.com/p', test: 'TestX' }).findings;

const START = `
  1 go >1.1 :1
  1 wg-wait!block wg/w :2
  1.1 start ~0
`;
/** One round of goroutine 1.1, of three places. */
const rounds = (times: number, goroutine = '1.1', line = 10): string =>
  `${goroutine} lock mutex/m :${line}\n${goroutine} unlock mutex/m :${line + 1}\n${goroutine} atomic var/v =1 :${line + 2}\n`.repeat(
    times,
  );

describe('a livelock', () => {
  it('names who goes round, where, and who is blocked all the while', () => {
    const [finding, ...others] = found(START + rounds(2000));
    assert.deepEqual(others, []);
    assert.equal(finding?.kind, 'livelock');
    assert.deepEqual(finding.analysis, { name: 'livelock', sound: false });
    assert.equal(finding.message, 'Goroutine 1.1 (main.go:10) goes round and round without getting anywhere');
    assert.deepEqual(
      finding.sites.map(({ line, role }) => `${line} ${role}`),
      ['10 goes round here', '2 waits for the wait group', '1 goroutine 1.1 was started here'],
    );
    assert.match(finding.explanation.join('\n'), /Goroutine 1 waits for the wait group w \(main\.go:2\) all the while/);
  });

  it('keeps its id wherever the run was cut', () => {
    const cut = (text: string): string | undefined => found(START + text)[0]?.id;
    assert.equal(cut(rounds(2000)), cut(`${rounds(2100)}1.1 lock mutex/m :10\n`));
  });

  it('takes all who had their share', () => {
    const two = `1 go >1.2 :3\n${START}`.replace('~0', '~1');
    const [finding] = found(two + (rounds(4) + rounds(4, '1.2', 20)).repeat(300));
    assert.match(finding?.message ?? '', /^Goroutine 1\.2 \(main\.go:20\), goroutine 1\.1 \(main\.go:10\) go round/);
  });

  const innocent: Record<string, string> = {
    'too few events to tell': START + rounds(1000),
    'somebody came to a new place': `${START + rounds(1500)}1.1 yield :50\n${rounds(500)}`,
    'a goroutine began': `${START + rounds(1500)}1.1 go >1.1.1 :50\n${rounds(500)}`,
    'somebody who could run did not': `${START.replace('1 wg-wait!block wg/w', '1 yield')}${rounds(2000)}`,
    'somebody ran little': START.replace('1 wg-wait!block wg/w', '1 yield') + `${rounds(100)}1 yield :2\n`.repeat(20),
    'a timer is still to come': `1 timer timer/t =1 :3\n${START.replace('~0', '~1')}${rounds(2000)}`,
    'timers fire': `1 timer timer/t =1 :3\n${START.replace('~0', '~1')}${`${rounds(100)}1 fire timer/t\n`.repeat(20)}`,
    'somebody sleeps': `${START}1 go >1.2 :5\n1.2 sleep!block :6\n${rounds(2000)}`,
  };
  for (const [why, text] of Object.entries(innocent)) {
    it(`is none when ${why}`, () => assert.deepEqual(found(text), []));
  }

  it('is none in a run that ended otherwise, that time ran ahead of, or that was not wholly under control', () => {
    const text = START + rounds(2000);
    assert.equal(found(text).length, 1);
    for (const header of [{ outcome: 'hang' }, { early: true }, { foreign: true }, { returned: true }] as const) {
      const kinds = found(text, { ...LIMIT, ...header }).map(({ kind }) => kind);
      assert.ok(!kinds.includes('livelock'), JSON.stringify(header));
    }
  });

  it('may have a timer that was stopped', () => {
    const stopped = `1 timer timer/t =1 :3\n1 timer timer/t =3 :4\n${START.replace('~0', '~2')}`;
    assert.equal(found(stopped + rounds(2000))[0]?.kind, 'livelock');
  });
});
