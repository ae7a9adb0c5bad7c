/** What the analyses find in traces of a few events, for tests. */
import assert from 'node:assert/strict';
import { analyseTrace } from '../../../core/analyse/analyse';
import type { Finding } from '../../../protocol/finding';
import type { TraceHeader } from '../../../protocol/trace';
import { traceOf } from './trace-of';

export const found = (text: string, header: Partial<TraceHeader>): Finding[] =>
  analyseTrace(traceOf(text, header), { package: 'example.com/p', test: 'TestX' }).findings;

/** The only finding. */
export function only(text: string, header: Partial<TraceHeader>): Finding {
  const [finding, ...others] = found(text, header);
  assert.deepEqual(
    others.map(({ message }) => message),
    [],
  );
  assert.ok(finding);
  return finding;
}

export const BLOCKED: Partial<TraceHeader> = { outcome: 'blocked', returned: false };
export const RETURNED: Partial<TraceHeader> = { outcome: 'blocked', returned: true };
