import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import { traceOf } from './trace-of';

const findings = (text: string) =>
  analyseTrace(traceOf(text), { package: 'p', test: 'TestP' }).findings.filter(
    ({ kind }) => kind === 'waitgroup-misuse',
  );

describe('Add and Wait', () => {
  const misused: Record<string, string> = {
    'an Add after Wait has found nothing to wait for': `
      1 go >1.1
      1 wg-wait wg/g :7
      1.1 start ~0
      1.1 wg-add wg/g =1 :5`,
    // That Wait learns of it from Done is luck.
    'an Add that was in time by chance': `
      1 go >1.1
      1.1 start ~0
      1.1 wg-add wg/g =1 :5
      1.1 wg-add wg/g =-1 :6
      1 wg-wait wg/g :7`,
    'an Add that begins the next round before Wait has returned': `
      1 wg-add wg/g =1 :2
      1 go >1.1
      1 wg-wait!block wg/g :7
      1.1 start ~1
      1.1 wg-add wg/g =-1 :4
      1.1 wg-add wg/g =1 :5
      1 wg-wait!wake wg/g :7`,
  };
  for (const [name, text] of Object.entries(misused)) {
    it(`finds ${name}`, () => {
      const [finding, ...more] = findings(text);
      assert.equal(more.length, 0);
      assert.deepEqual(finding?.sites.map(({ line, operation }) => [line, operation]).slice(0, 2), [
        [5, 'wg-add'],
        [7, 'wg-wait'],
      ]);
      assert.equal(
        finding.message,
        'Goroutine 1.1 adds to g (main.go:5) from zero while goroutine 1 waits for it (main.go:7): nothing orders the two, so Wait may return too early',
      );
    });
  }

  const right: Record<string, string> = {
    'an Add before the goroutine starts': `
      1 wg-add wg/g =1
      1 go >1.1
      1.1 start ~1
      1.1 wg-add wg/g =-1
      1 wg-wait wg/g`,
    'an Add of a worker that itself is waited for': `
      1 wg-add wg/g =1
      1 go >1.1
      1.1 start ~1
      1 wg-wait!block wg/g
      1.1 wg-add wg/g =1
      1.1 wg-add wg/g =-2
      1 wg-wait!wake wg/g`,
    'an Add that a lock puts before Wait': `
      1 go >1.1
      1.1 start ~0
      1.1 lock mutex/m
      1.1 wg-add wg/g =1
      1.1 unlock mutex/m
      1.1 wg-add wg/g =-1
      1 lock mutex/m
      1 unlock mutex/m
      1 wg-wait wg/g`,
    'an Add of the next round, told by a channel that Wait has returned': `
      1 make chan/c/1
      1 go >1.1
      1 wg-add wg/g =1
      1 wg-add wg/g =-1
      1 wg-wait wg/g
      1 send chan/c
      1.1 start ~1
      1.1 receive chan/c ~5
      1.1 wg-add wg/g =1
      1.1 wg-add wg/g =-1`,
    'two that wait for one group': `
      1 wg-add wg/g =1
      1 go >1.1
      1.1 start ~1
      1 wg-add wg/g =-1
      1.1 wg-wait wg/g
      1 wg-wait wg/g`,
  };
  for (const [name, text] of Object.entries(right)) {
    it(`is silent about ${name}`, () => assert.deepEqual(findings(text), []));
  }
});
