/** Runs that were stopped at their bound on steps: what is said of them, and what is not. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { Finding } from '../../../protocol/finding';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

const found = (text: string, header: Partial<TraceHeader>): Finding[] =>
  analyseTrace(traceOf(text, header), { package: 'example.com/p', test: 'TestX' }).findings;

const LIMIT: Partial<TraceHeader> = { outcome: 'limit', returned: false };
const spin = (goroutine: string, times: number): string => `${goroutine} yield :90\n`.repeat(times);

/** Each waits to send to the other, having received from it before. */
const crossed = `
  1 go >1.1 :1
  1 go >1.2 :2
  1 go >1.3 :3
  1.1 make chan/a :4
  1.1 make chan/b :5
  1.1 send chan/a :10
  1.2 receive chan/a ~ :20
  1.2 send chan/b :21
  1.1 receive chan/b ~ :11
  1.1 send!block chan/a :12
  1.2 send!block chan/b :22
`;

describe('a run stopped at its bound', () => {
  it('has a deadlock over channels when its members have not moved for long, but not for certain', () => {
    const [finding, ...others] = found(crossed + spin('1.3', 3000), LIMIT);
    assert.deepEqual(others, []);
    assert.equal(finding!.kind, 'deadlock');
    assert.deepEqual(finding!.analysis, { name: 'deadlock', sound: false });
    assert.match(finding!.message, /1\.1 waits to send on a .*; goroutine 1\.2 waits to send on b/u);
    assert.match(finding!.explanation.join(' '), /for its last 3000 events none of these moved/u);
  });

  it('has none when they have not waited long, in events or in part of the run', () => {
    assert.deepEqual(found(crossed + spin('1.3', 1500), LIMIT), []);
    assert.deepEqual(found(spin('1', 4000) + crossed + spin('1', 2500), LIMIT), []);
  });

  it('has none when somebody who runs or sleeps could help one of them', () => {
    const helper = (how: string): string => `1.3 receive chan/a :30\n${how}`;
    assert.deepEqual(found(helper('') + crossed + spin('1.3', 3000), LIMIT), []);
    assert.deepEqual(found(`${helper('') + crossed}1.3 sleep!block :31\n${spin('1', 3000)}`, LIMIT), []);
  });

  it('has none when one of them waits in a select with a case that nobody is known for', () => {
    const select = (cases: string): string =>
      crossed.replace('1.2 send!block chan/b :22', `1.2 select!block :22\n1.2 select-case!block chan/b =1 :22${cases}`);
    assert.equal(found(select('') + spin('1.3', 3000), LIMIT).length, 1);
    assert.deepEqual(found(select('\n1.2 select-case!block chan/done =2 :22') + spin('1.3', 3000), LIMIT), []);
  });

  it('is certain of a cycle of locks at once', () => {
    const locks = '1 go >1.1 :1\n1 lock mutex/a\n1.1 lock mutex/b\n1 lock!block mutex/b\n1.1 lock!block mutex/a';
    const [finding] = found(locks, LIMIT);
    assert.deepEqual(finding!.analysis, { name: 'deadlock', sound: true });
  });
});

describe('a goroutine that still runs', () => {
  const RETURNED: Partial<TraceHeader> = { outcome: 'limit', returned: true };
  const rounds = (times: number): string =>
    `1.1 lock mutex/m :50\n1.1 unlock mutex/m :51\n1.1 select!refused :52\n`.repeat(times);

  it('is a leak, with the place where it goes round', () => {
    const [finding, ...others] = found(`1 go >1.1 :5\n1 test-end\n1.1 start ~0\n${rounds(300)}`, RETURNED);
    assert.deepEqual(others, []);
    assert.equal(finding!.kind, 'goroutine-leak');
    assert.deepEqual(finding!.analysis, { name: 'still-running', sound: false });
    assert.equal(
      finding!.message,
      'Goroutine 1.1 still runs long after the test has returned: it goes round at main.go:52 (select)',
    );
    assert.deepEqual(
      finding!.sites.map(({ line, role }) => `${line} ${role}`),
      ['52 goes round here after the test has returned', '5 goroutine 1.1 was started here'],
    );
  });

  it('keeps its id wherever the run was cut', () => {
    const cut = (text: string): string => found(`1 go >1.1 :5\n1 test-end\n${text}`, RETURNED)[0]!.id;
    assert.equal(cut(rounds(300)), cut(`${rounds(299)}1.1 lock mutex/m :50\n`));
  });

  it('is none when it did little, did it before, ended, or is not the user’s', () => {
    assert.deepEqual(found(`1 go >1.1 :5\n1 test-end\n${rounds(100)}`, RETURNED), []);
    assert.deepEqual(found(`1 go >1.1 :5\n${rounds(300)}1 test-end\n${rounds(100)}`, RETURNED), []);
    assert.deepEqual(found(`1 go >1.1 :5\n1 test-end\n${rounds(300)}1.1 end`, RETURNED), []);
    assert.deepEqual(found(`1 go >1.1 :5\n1 test-end\n${rounds(300)}`, { ...RETURNED, outcome: 'hang' }), []);
    const trace = traceOf(`1 go >1.1 :5\n1 test-end\n${rounds(300)}`, RETURNED);
    trace.header.sites.find(({ operation }) => operation === 'go')!.internal = true;
    assert.deepEqual(analyseTrace(trace, { package: 'p', test: 'TestX' }).findings, []);
  });

  it('says nothing of those that are blocked meanwhile and that nothing touched', () => {
    const others = '1 go >1.2 :6\n1.2 receive!block chan/c :60\n';
    const findings = found(`1 go >1.1 :5\n${others}1 test-end\n${rounds(300)}`, RETURNED);
    assert.deepEqual(
      findings.map(({ kind, sites }) => `${kind} ${sites[0]!.line}`),
      ['goroutine-leak 52'],
    );
  });
});
