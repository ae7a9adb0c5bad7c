/** The runs that the tests of the trace page show. */
import { writeTrace } from '../../../core/trace/write';
import type { Finding } from '../../../protocol/finding';
import { traceOf } from '../../unit/core/trace-of';

export const GOROUTINES = 8;
export const ROUNDS = 1_000;

export const finding: Finding = {
  id: '0123456789ab',
  kind: 'deadlock',
  verdict: 'confirmed',
  message: 'Goroutine 1.2 waits for <b>m.mu</b>',
  explanation: ['<img src=x onerror=alert(1)>'],
  package: 'p',
  test: 'TestP',
  sites: [{ file: 'main.go', line: 5, column: 1, role: 'waits', operation: 'lock' }],
  schedule: 'schedules/0123456789ab.json',
  analysis: { name: 'deadlock', sound: true },
};

/** Every goroutine locks and unlocks in turn; the last waits for ever. */
export function longTrace(): Uint8Array {
  const lines = Array.from({ length: GOROUTINES }, (_, index) => `1 go >1.${index + 1} :1`);
  for (let round = 0; round < ROUNDS; round++) {
    for (let goroutine = 1; goroutine <= GOROUTINES; goroutine++) {
      lines.push(`1.${goroutine} lock mutex/m.mu :2`, `1.${goroutine} unlock mutex/m.mu :3`);
    }
  }
  lines.push('1.1 lock mutex/m.mu :4', '1.2 lock!block mutex/m.mu :5');
  return writeTrace(traceOf(lines.join('\n'), { test: 'TestP', outcome: 'blocked' }));
}

export const CROSSING = `
  1 go >1.1 :1
  1 lock mutex/a :3
  1.1 start ~0
  1.1 lock mutex/b :5
  1.1 send chan/results/4 :6
  1 lock!block mutex/b :8
  1.1 lock!block mutex/a :9`;
export const crossing = (): Uint8Array => writeTrace(traceOf(CROSSING, { test: 'TestP', outcome: 'blocked' }));
/** Each event is a step of its own. */
export const TURNS = ['1', '1', '1.1', '1.1', '1.1', '1', '1.1'].map((g, at) => ({ at, g }));
