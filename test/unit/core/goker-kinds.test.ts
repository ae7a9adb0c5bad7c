import assert from 'node:assert/strict';
import { describesBug } from '../../../core/benchmark/goker-kinds';
import type { Finding, FindingKind } from '../../../protocol/finding';

const found = (kind: FindingKind, ...operations: string[]): Finding => ({
  id: '0123456789ab',
  kind,
  verdict: 'confirmed',
  message: '',
  explanation: [],
  package: 'p',
  sites: operations.map((operation, at) => ({ file: 'a_test.go', line: at + 1, column: 1, role: '', operation })),
  analysis: { name: 'deadlock', sound: true },
});

describe('what GoBench calls a bug', () => {
  const cases: [finding: Finding, type: string, subtype: string, right: boolean][] = [
    [found('deadlock', 'lock', 'lock'), 'Resource Deadlock', 'AB-BA deadlock', true],
    [found('goroutine-leak', 'rlock'), 'Resource Deadlock', 'RWR Deadlock', true],
    [found('deadlock', 'send'), 'Resource Deadlock', 'Double Locking', false],
    [found('data-race', 'lock'), 'Resource Deadlock', 'Double Locking', false],
    // A lock that is held while a channel is waited for, not the one or the other alone.
    [found('deadlock', 'send', 'lock'), 'Mixed Deadlock', 'Channel & Lock', true],
    [found('goroutine-leak', 'receive', 'go', 'make'), 'Mixed Deadlock', 'Channel & Lock', false],
    [found('concurrent-map-access', 'write', 'read'), 'Traditional', 'Data race', true],
    [found('goroutine-leak', 'send'), 'Traditional', 'Data race', false],
    [found('panic', 'panic'), 'Go-Specific', 'Testing library', true],
    [found('deadlock', 'lock'), '', '', false],
  ];
  for (const [finding, type, subtype, right] of cases) {
    const operations = finding.sites.map(({ operation }) => operation).join(', ');
    it(`${right ? 'is' : 'is not'} a ${finding.kind} at ${operations}: ${type} / ${subtype}`, () => {
      assert.equal(describesBug(finding, type, subtype), right);
    });
  }
});
